/**
 * The table of the articles: what each setting keeps and loses, and what it costs. A row for each combination of the
 * values that `--vary` names.
 */
import { formatShare } from './distribution.ts';
import { distributionOf } from './statistics.ts';
import { type Combination, type Sweep, VERDICTS, verdictsOf } from './sweep.ts';

interface Column {
  /** Of the columns that have the same one, over the first. */
  readonly above?: string;
  readonly head: string;
  readonly left?: true;
  cell(row: Combination): string;
}

const PHASES = ['before', 'during', 'after'] as const;

/** The table, and what its numbers are. */
export function tableLines({ paths, combinations }: Sweep): string[] {
  const checker = judgeOf(combinations);
  const columns: Column[] = [
    ...paths.map(
      (path, at): Column => ({ head: shortOf(path, paths), left: true, cell: ({ values }) => values[at] ?? '' }),
    ),
    ...runColumns(combinations),
    ...(checker === undefined ? [] : shareColumns(checker)),
    ...phaseColumns(combinations),
  ];
  return [...layOut(columns, combinations), '', ...explained(checker, columns, combinations), ...pathLines(paths), ''];
}

/** The last key where it tells the paths apart: `write_concern`. */
export function shortOf(path: string, paths: readonly string[]): string {
  const last = (one: string) => one.slice(one.lastIndexOf('.') + 1);
  const clashes = paths.some((other) => other !== path && last(other) === last(path));
  return clashes ? path : last(path);
}

function pathLines(paths: readonly string[]): string[] {
  const shortened = paths.filter((path) => shortOf(path, paths) !== path);
  return shortened.map((path) => `${shortOf(path, paths)}: ${path}`);
}

/** Whatever never happened has no column. */
function runColumns(combinations: readonly Combination[]): Column[] {
  const sizes = new Set(combinations.map(({ runs }) => runs.length));
  const runs: Column = { head: 'runs', cell: (row) => String(row.runs.length) };
  const seen = VERDICTS.filter((verdict) => combinations.some((row) => verdictsOf(row.runs)[verdict].count > 0));
  const counts = seen.map(
    (verdict): Column => ({
      head: verdict,
      cell: (row) => String(verdictsOf(row.runs)[verdict].count),
    }),
  );
  return [...(sizes.size > 1 ? [runs] : []), ...counts];
}

/** The checker that tells what was lost: the first that has a loss rate. */
function judgeOf(combinations: readonly Combination[]): string | undefined {
  const names = combinations.flatMap(({ runs }) => runs.flatMap(({ numbers }) => Object.keys(numbers)));
  return names.find((name) => name.endsWith('.loss_rate'))?.split('.')[0];
}

function shareColumns(checker: string): Column[] {
  const share = (name: string) => (row: Combination) => {
    const values = valuesOf(row, `${checker}.${name}`);
    return values.length === 0 ? '-' : formatShare(distributionOf(values).median);
  };
  const extent = (row: Combination) => {
    const values = valuesOf(row, `${checker}.loss_rate`);
    if (values.length === 0) return '';
    const { min, max } = distributionOf(values);
    return min === max ? '' : `${formatShare(min)} to ${formatShare(max)}`;
  };
  return [
    { head: 'acked', cell: share('ack_rate') },
    { head: 'lost', cell: share('loss_rate') },
    { head: '', left: true, cell: extent },
    { head: 'recovered', cell: share('recovered_rate') },
  ];
}

function phaseColumns(combinations: readonly Combination[]): Column[] {
  const name = (phase: string, quantile: string) => `latency_by_phase_ms.${phase}.${quantile}`;
  const some = combinations.some((row) => PHASES.some((phase) => valuesOf(row, name(phase, 'p50')).length > 0));
  if (!some) return [];
  return PHASES.map(
    (phase): Column => ({
      above: 'p50 / p99 ms',
      head: phase,
      cell(row) {
        const both = ['p50', 'p99'].map((quantile) => valuesOf(row, name(phase, quantile)));
        if (both.some((values) => values.length === 0)) return '-';
        return both.map((values) => shortMs(distributionOf(values).median)).join(' / ');
      },
    }),
  );
}

function valuesOf({ runs }: Combination, name: string): number[] {
  return runs.flatMap(({ numbers }) => numbers[name] ?? []);
}

/** Three digits: more than a run repeats, and all as wide. */
function shortMs(ms: number): string {
  return ms < 999.5 ? ms.toPrecision(3) : String(Math.round(ms));
}

function layOut(columns: readonly Column[], rows: readonly Combination[]): string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map(({ head }, at) =>
    Math.max(head.length, ...cells.map((row) => (row[at] as string).length)),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, at) => (columns[at]?.left ? text.padEnd(widths[at] as number) : text.padStart(widths[at] as number)))
      // a column that is empty takes no room
      .filter((_, at) => widths[at] !== 0)
      .join('  ')
      .trimEnd();
  const grouped = columns.findIndex(({ above }) => above !== undefined);
  const before = widths.slice(0, grouped).filter((width) => width > 0);
  const above = ' '.repeat(before.reduce((sum, width) => sum + width + 2, 0));
  return [
    ...(grouped < 0 ? [] : [`${above}${columns[grouped]?.above}`]),
    line(columns.map(({ head }) => head)),
    ...cells.map(line),
  ];
}

function explained(checker: string | undefined, columns: readonly Column[], rows: readonly Combination[]): string[] {
  const shares =
    checker === undefined
      ? []
      : [
          'acked: acknowledged, of the attempted writes. lost: of the acknowledged, what is gone.',
          'recovered: what is there though never acknowledged, as a share of the acknowledged.',
        ];
  const latency = columns.some(({ above }) => above !== undefined)
    ? ['before, during, after the faults: latency of what ended ok, the reads at the end left out.']
    : [];
  if (shares.length + latency.length === 0) return [];
  const over = `Shares and latencies are medians over ${countOf(rows)}`;
  return [...shares, ...latency, checker === undefined ? `${over}.` : `${over}; behind lost, the least and the most.`];
}

function countOf(rows: readonly Combination[]): string {
  const sizes = new Set(rows.map(({ runs }) => runs.length));
  const [only] = sizes;
  if (sizes.size > 1) return 'the runs of the row';
  return only === 1 ? 'one seed' : `${only} seeds`;
}
