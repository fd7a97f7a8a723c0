import { EXIT } from '../base/errors.ts';
import { ganttOf, renderTimeline, type Timeline } from '../timeline/index.ts';
import type { PlanOptions } from './main.ts';
import { loadPlans } from './plans.ts';
import { isColored, problemsText } from './validate.ts';

/** `plan-run timeline`: what a plan compiles to. Same plan and seed, same bytes. */
export async function timelineCommand(file: string, options: PlanOptions & { format: string }): Promise<number> {
  const loaded = await loadPlans([file], options);
  process.stderr.write(problemsText(loaded, isColored(process.stderr)));
  if (loaded.length > 1) {
    process.stderr.write(`error: ${file} names ${loaded.length} plans; timeline takes one\n`);
    return EXIT.usage;
  }
  const ready = loaded[0]?.ready;
  if (ready === undefined) return EXIT.refused;
  process.stdout.write(textOf(ready.timeline, options.format));
  return EXIT.expected;
}

function textOf(timeline: Timeline, format: string): string {
  if (format === 'json') return `${JSON.stringify(timeline, null, 2)}\n`;
  return format === 'mermaid' ? ganttOf(timeline) : renderTimeline(timeline);
}
