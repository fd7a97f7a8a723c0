import { messageOf } from '../base/errors.ts';
import { printable, printableLines } from '../base/printable.ts';
import { formatMs } from '../base/units.ts';
import type { CheckerResult, Registry } from '../contract/index.ts';
import { brokenLines, type FaultTime } from './broken.ts';

/** The part of results.json that the report reads: see `executor/judge.ts`. */
export interface Judged {
  readonly plan: string;
  readonly environment: string;
  /** What was simulated; null where it was real. */
  readonly simulated: string | null;
  readonly seed: number;
  readonly valid: boolean | 'unknown';
  readonly expect: 'valid' | 'invalid';
  readonly as_expected: boolean;
  readonly why: readonly string[];
  readonly checkers: Readonly<Record<string, CheckerResult>>;
  readonly faults: readonly {
    readonly fault: string;
    readonly nemesis: string;
    readonly words: string;
    readonly hit: unknown;
    readonly due_ms: number;
    readonly onset_ms: number;
    readonly undo_last_node_ms: number | null;
    readonly presence: string;
    readonly ok_during: number;
    readonly from_ns: number;
    readonly until_ns: number | null;
  }[];
  /** When the workload began, nanoseconds of the history. */
  readonly start_ns: number;
  readonly operations: Readonly<Record<'invoked' | 'ok' | 'fail' | 'info', number>>;
  readonly latency_ms: Quantiles;
  readonly latency_by_phase_ms: Readonly<Record<'before' | 'during' | 'after', Quantiles | null>> | null;
  readonly lateness_ms: Quantiles | null;
  readonly notes: readonly string[];
}

/** What a run's dates count from, and lie in. */
export type Dated = Pick<Judged, 'start_ns'> & { readonly faults: readonly FaultTime[] };

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The verdict in three words. */
export function verdict({ valid, as_expected, expect }: Pick<Judged, 'valid' | 'as_expected' | 'expect'>): string {
  const word = valid === 'unknown' ? 'unknown' : valid ? 'valid' : 'invalid';
  return as_expected ? `${word}, as expected` : `${word}, but ${expect} was expected`;
}

/**
 * What a run found, for a person: the verdict first, then what the plan is about, each checker's words, the faults, what
 * the trace says (`quoted`), the operations. A plain text that ends in a newline.
 */
export function textReport(results: Judged, registry: Registry, about = '', quoted: readonly string[] = []): string {
  const lines = [
    `${results.plan}: ${verdict(results)}  (${whereOf(results)}, seed ${results.seed})`,
    ...becauseLines(results.why),
  ];
  if (about.trim() !== '') lines.push('', 'about:', ...printableLines(about, '    '));
  lines.push(...checkersText(results.checkers, registry, results));
  if (results.faults.length > 0) lines.push('', 'faults:', ...results.faults.map(faultLine));
  lines.push(...quoted, '', `operations: ${operationsLine(results)}`, ...phasesLine(results));
  for (const note of results.notes) lines.push(`note: ${printable(note)}`);
  return `${lines.join('\n')}\n`;
}

/** A simulation is never taken for the real thing. */
function whereOf({ environment, simulated }: Judged): string {
  return simulated === null ? environment : `${environment}: a simulation of ${simulated}`;
}

/** Words of a history, whoever recorded it, command no terminal. */
export function becauseLines(why: readonly string[]): string[] {
  return why.map((reason) => `  because ${printable(reason)}`);
}

/** Each checker's words below its name, with what it dates; times count from the workload's start, and faults are named with them. */
export function checkersText(
  checkers: Readonly<Record<string, CheckerResult>>,
  registry: Registry,
  { start_ns, faults }: Dated = { start_ns: 0, faults: [] },
): string[] {
  return Object.entries(checkers).flatMap(([name, result]) => {
    const text = [...textOf(name, result, registry), ...brokenLines(result.broken ?? [], start_ns, faults)];
    return text.length === 0 ? [] : ['', `${name}:`, ...text.map((line) => `    ${printable(line)}`)];
  });
}

/** A checker that cannot tell its finding keeps nobody from the verdict. */
function textOf(name: string, result: CheckerResult, registry: Registry): string[] {
  try {
    return result.failed === true ? [] : (registry.checkers.get(name)?.text(result) ?? []);
  } catch (error) {
    return [`(its words failed: ${messageOf(error)})`];
  }
}

function faultLine(fault: Judged['faults'][number]): string {
  const undone =
    fault.undo_last_node_ms === null ? 'never undone' : `undone in ${fault.undo_last_node_ms.toFixed(1)} ms`;
  return (
    `    ${fault.fault} ${fault.nemesis} at ${formatMs(fault.due_ms)}: ${fault.words}; ${fault.presence}, ` +
    `${fault.onset_ms.toFixed(1)} ms after it was due; ${undone}; ${fault.ok_during} ok meanwhile`
  );
}

function operationsLine({ operations, latency_ms, lateness_ms }: Judged): string {
  const { invoked, ok, fail, info } = operations;
  const late = lateness_ms === null ? '' : `; behind schedule p50 ${lateness_ms.p50} ms, p99 ${lateness_ms.p99} ms`;
  return `${invoked} invoked: ${ok} ok, ${fail} fail, ${info} info; latency p50 ${latency_ms.p50} ms, p99 ${latency_ms.p99} ms${late}`;
}

/** What the faults cost those operations that ended ok all the same. */
function phasesLine({ latency_by_phase_ms: phases }: Judged): string[] {
  if (phases === null) return [];
  const places = [
    ['before the first fault', phases.before],
    ['during', phases.during],
    ['after the last', phases.after],
  ] as const;
  const told = places.map(([place, found]) =>
    found === null ? `${place} none ended ok` : `${place} p50 ${found.p50} ms, p99 ${found.p99} ms`,
  );
  return [`latency: ${told.join('; ')}`];
}
