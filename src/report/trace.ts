import { NS_PER_S } from '../base/clock.ts';
import type { CheckerResult, Registry, TraceEntry } from '../contract/index.ts';
import type { History } from '../history/index.ts';

/** Longest quotation for one element; the middle is left out. */
const LINES = 14;

/** The elements that the checkers would have explained. */
export function suspectsOf(checkers: Readonly<Record<string, CheckerResult>>, registry: Registry): number[] {
  const all = Object.entries(checkers).flatMap(([name, result]) =>
    result.failed === true ? [] : (registry.checkers.get(name)?.suspects?.(result) ?? []),
  );
  return [...new Set(all)];
}

/**
 * Why each suspect is where it is: what its client did and what the trace says of it, as lines of the report. Times are
 * seconds since the workload began, which was `startNs` after the run did.
 */
export function quoteTrace(
  trace: readonly TraceEntry[],
  history: History,
  suspects: readonly number[],
  startNs: number,
): string[] {
  if (suspects.length === 0) return [];
  // Of one moment: an operation is invoked, then something happens, then it ends.
  const operations = operationsOn(suspects, history);
  const begun = operations.filter(({ what }) => what === 'invoke');
  const ended = operations.filter(({ what }) => what !== 'invoke');
  const entries = [...begun, ...trace, ...ended].sort((a, b) => a.time - b.time);
  return suspects.flatMap((element) => {
    const lines = entries.flatMap((entry) => (entry.elements?.includes(element) ? [line(entry, startNs)] : []));
    return lines.length === 0 ? [] : ['', `what became of ${element} (trace.jsonl):`, ...shortened(lines)];
  });
}

function operationsOn(suspects: readonly number[], history: History): TraceEntry[] {
  const wanted = new Set<unknown>(suspects);
  const entries: TraceEntry[] = [];
  for (const { time, type, process, f, value, error } of history.ops()) {
    if (!wanted.has(value)) continue;
    const ended = error === undefined ? type : `${type} (${error})`;
    const words = type === 'invoke' ? `${f} ${value}` : `${f} ${value} ends ${ended}`;
    entries.push({
      time,
      node: `process ${process}`,
      process: 'client',
      what: type,
      words,
      elements: [value as number],
    });
  }
  return entries;
}

function line({ time, node, process, words }: TraceEntry, startNs: number): string {
  const at = ((time - startNs) / NS_PER_S).toFixed(6);
  const begins = words.startsWith(`${node} `) ? words : `${node}: ${words}`;
  return `    ${at.padStart(11)}s  ${process.padEnd(8)}  ${begins}`;
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= LINES) return lines;
  const [head, tail] = [lines.slice(0, LINES / 2), lines.slice(-LINES / 2)];
  return [...head, `    ... ${lines.length - LINES} more ...`, ...tail];
}
