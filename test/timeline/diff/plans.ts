/** Plans to compare: one, and what edits make of it. */
import { makeRegistry } from '../../../src/cli/registry.ts';
import { type Change, diffTimelines } from '../../../src/timeline/diff/index.ts';
import type { Timeline } from '../../../src/timeline/index.ts';
import { validatePlan } from '../../../src/timeline/validate.ts';

export const registry = makeRegistry();

export const PLAN = `plan: 1
name: test
seed: 3
nodes: 5
database:
  mongodb: { write_concern: majority }
workload:
  clients: 5
  rate: 100/s
  timeout: 5s
  set: { writes: 6000 }
faults:
  - at: 10s
    for: 20s
    partition: [[n1, n2], [n3, n4, n5]]
  - every: 10s
    from: 35s
    until: 58s
    for: 2s
    kill: one
settle: 15s
checker:
  set: { lost: 0 }
  availability: { acknowledged: ">= 90%" }
`;

export type Edit = readonly [from: string, to: string];

export function edited(text: string, ...edits: readonly Edit[]): string {
  return edits.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`the plan has no ${JSON.stringify(from)}`);
    return now.replace(from, () => to);
  }, text);
}

/** What a plan compiles to. @throws with the problems where it is refused. */
export function timelineOf(text: string, set: readonly string[] = []): Timeline {
  const { ready, problems } = validatePlan({ file: 'test.yaml', bytes: Buffer.from(text) }, registry, { set });
  if (ready === undefined) throw new Error(JSON.stringify(problems, null, 1));
  return ready.timeline;
}

export function diff(before: string, after: string): Change[] {
  return diffTimelines(timelineOf(before), timelineOf(after), registry);
}

/** What `PLAN` and the same with these edits differ in. */
export function changes(...edits: readonly Edit[]): Change[] {
  return diff(PLAN, edited(PLAN, ...edits));
}
