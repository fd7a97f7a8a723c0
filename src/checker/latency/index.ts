import Type from 'typebox';
import { isWithin } from '../../base/bound.ts';
import { NS_PER_MS } from '../../base/clock.ts';
import type { Histogram } from '../../base/histogram.ts';
import { durationMs, formatMs } from '../../base/units.ts';
import { type CheckerModule, type CheckerResult, Duration, type Settings } from '../../contract/index.ts';
import { type History, NEMESIS, pairs } from '../../history/index.ts';
import { boundOf, DurationBound } from '../bound.ts';
import { nemesisIntervals } from '../nemesis.ts';
import { Times, Windows } from './windows.ts';

const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99, p999: 0.999, max: 1 } as const;
type Quantile = keyof typeof QUANTILES;

const bound = (what: string, example: string) =>
  Type.Optional(
    DurationBound(`How long ${what} may take, of each kind of operation, from the time it was due.`, example),
  );

const settings = Type.Object(
  {
    window: Duration({
      description:
        'Quantiles are given for parts of the run, each so long; longer where that makes more than 240 of them.',
      default: '10s',
      examples: ['10s', '1m'],
    }),
    p50: bound('the faster half of the operations', '< 20ms'),
    p95: bound('95 of 100 operations', '< 100ms'),
    p99: bound('99 of 100 operations', '< 200ms'),
    p999: bound('999 of 1000 operations', '< 1s'),
    max: bound('any operation', '< 5s'),
  },
  { additionalProperties: false },
);

type Row = { readonly count: number } & Readonly<Record<Quantile, number>>;

/** Milliseconds. `response_ms` is there only where operations had due times: an open-loop schedule. */
interface TimesRow {
  readonly service_ms: Row;
  readonly response_ms?: Row;
}

export interface LatencyFinding extends CheckerResult {
  readonly by_f: Readonly<Record<string, TimesRow>>;
  /** Times since the first operation was due. */
  readonly windows: readonly ({ readonly from_ms: number; readonly until_ms: number } & TimesRow)[];
  /** The nemesis's intervals: as indexes of operations, and as times; null: until the end. */
  readonly nemesis_intervals: readonly (readonly [number, number | null])[];
  readonly nemesis_intervals_ns: readonly (readonly [number, number | null])[];
}

/**
 * Quantiles of the time that operations took which ended ok, by kind and over the run (jepsen.checker/perf; the others
 * tell how long a client waits, not how long the database takes). *Service* time counts from the invocation, *response* time from
 * when the schedule wanted it (`late`): a client that is held up by a slow operation invokes the next one late, and only the response
 * time has that wait in it (Schroeder, Wierman and Harchol-Balter, Open Versus Closed: A Cautionary Tale, NSDI 2006). Quantiles
 * are at most 0.07% above the true ones. Without a bound it measures, and is valid. One pass and one more for the nemesis; memory is bounded.
 */
export const latency: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'latency',
  summary: 'Quantiles of response and service times by kind of operation and over the run, against bounds if wanted.',
  settings,
  judges: 'any',
  check(history, given: Settings<typeof settings>): LatencyFinding {
    const kinds = new Map<string, Times>();
    const start = startOf(history);
    let timed = false;
    const windows = new Windows(durationMs(given.window) * NS_PER_MS);
    for (const { invoke, completion } of pairs(history)) {
      if (completion?.type !== 'ok') continue;
      timed ||= (completion.time ?? 0) > 0;
      const kind = kinds.get(invoke.f) ?? new Times();
      kinds.set(invoke.f, kind);
      const took = (completion.time ?? 0) - (invoke.time ?? 0);
      for (const times of [kind, windows.at(Math.max(0, (invoke.time ?? 0) - start))]) times.add(took, invoke.late);
    }
    const intervals = nemesisIntervals(history);
    const by_f = Object.fromEntries([...kinds].map(([f, times]) => [f, rowsOf(times)]));
    return {
      ...judge(by_f, given, timed),
      by_f,
      windows: windows.entries().map(([from, times]) => {
        return { from_ms: ms(from), until_ms: ms(from + windows.lengthNs), ...rowsOf(times) };
      }),
      nemesis_intervals: intervals.map(([start, stop]) => [start.index, stop?.index ?? null]),
      nemesis_intervals_ns: intervals.map(([start, stop]) => [
        start.time ?? 0,
        stop === undefined ? null : (stop.time ?? 0),
      ]),
    };
  },
  text(result) {
    const { by_f, windows } = result as LatencyFinding;
    const kinds = Object.entries(by_f);
    if (kinds.length === 0) return ['no operation ended ok'];
    const worst = [...windows].sort((a, b) => measured(b).p99 - measured(a).p99)[0];
    return [
      ...kinds.flatMap(([f, { service_ms, response_ms }]) => [
        ...(response_ms === undefined ? [] : [`${f} response: ${line(response_ms)}`]),
        `${f} service:  ${line(service_ms)}`,
      ]),
      ...(worst === undefined || windows.length < 2
        ? []
        : [`slowest from ${formatMs(worst.from_ms)} to ${formatMs(worst.until_ms)}: ${line(measured(worst))}`]),
    ];
  },
};

/** When the first operation was due: windows count from there, as a plan's times do. */
function startOf(history: History): number {
  for (const { process, time = 0, late = 0 } of history.ops()) if (process !== NEMESIS) return time - late;
  return 0;
}

function rowsOf({ service, response }: Times): TimesRow {
  return { service_ms: rowOf(service), ...(response.count > 0 && { response_ms: rowOf(response) }) };
}

function rowOf(histogram: Histogram): Row {
  const quantiles = Object.entries(QUANTILES).map(([name, q]) => [name, ms(histogram.quantile(q))]);
  return { count: histogram.count, ...(Object.fromEntries(quantiles) as Record<Quantile, number>) };
}

function ms(ns: number): number {
  return Math.round(ns / (NS_PER_MS / 1000)) / 1000;
}

/** What a client had to wait, where that is known. */
function measured({ service_ms, response_ms }: TimesRow): Row {
  return response_ms ?? service_ms;
}

function judge(
  by_f: LatencyFinding['by_f'],
  given: Partial<Record<Quantile, string>>,
  timed: boolean,
): Pick<CheckerResult, 'valid' | 'why'> {
  const bounded = (Object.keys(QUANTILES) as Quantile[]).filter((name) => given[name] !== undefined);
  if (bounded.length === 0) return { valid: true };
  const kinds = Object.entries(by_f);
  if (kinds.length === 0) return { valid: 'unknown', why: 'no operation ended ok, so none took any time' };
  if (!timed) return { valid: 'unknown', why: 'the history has no times' };
  const wrong = kinds.flatMap(([f, times]) =>
    bounded.flatMap((name) => {
      const value = measured(times)[name];
      return isWithin(boundOf(given[name] as string), value)
        ? []
        : [`${f} ${name} is ${formatMs(value)}, not ${given[name]}`];
    }),
  );
  return wrong.length === 0 ? { valid: true } : { valid: false, why: wrong.join('; ') };
}

function line(row: Row): string {
  return `p50 ${formatMs(row.p50)}, p95 ${formatMs(row.p95)}, p99 ${formatMs(row.p99)}, max ${formatMs(row.max)} (${row.count})`;
}
