/**
 * Distributions as text: a line for each number that differs from run to run, and one for all that never do.
 */
import { binsOf, type Distribution, distributionOf } from './statistics.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** A bin without a run: it must not look like one with few. */
const NONE = '·';
const COLUMNS = ['min', 'q1', 'median', 'q3', 'max'] as const;
const WIDTH = 100;

/** A number by its name, `set.lost`, with its values; a run that does not have it has none there. */
export interface Measured {
  readonly name: string;
  readonly values: readonly number[];
}

/**
 * Lines below a heading for each group, which is what stands before a name's first point. `runs` is how many could have
 * had a value.
 */
export function distributionLines(measured: readonly Measured[], runs: number): string[] {
  const isConstant = ({ values }: Measured) => values.length === runs && new Set(values).size === 1;
  const varying = measured.filter((one) => one.values.length > 0 && !isConstant(one));
  return [...varyingLines(varying, runs), ...wrapped('always:', constantItems(measured.filter(isConstant)))];
}

/** `set attempted 2000`, `unexpected 0`, ...: the group with its first one. */
function constantItems(measured: readonly Measured[]): string[] {
  return measured.map((one, at) => {
    const [group, name] = partsOf(one);
    const other = at === 0 || partsOf(measured[at - 1] as Measured)[0] !== group;
    return `${other ? `${group} ` : ''}${name} ${formatNumber(one.values[0] as number)}`;
  });
}

function partsOf({ name }: Measured): [group: string, name: string] {
  const point = name.indexOf('.');
  return [name.slice(0, point), name.slice(point + 1)];
}

function varyingLines(measured: readonly Measured[], runs: number): string[] {
  const rows = measured.map((one) => {
    const [group, name] = partsOf(one);
    const { values } = one;
    const few = values.length < runs ? `  in ${values.length} of ${runs} runs` : '';
    return { group, name, few, cells: cellsOf(distributionOf(values)), bars: barsOf(binsOf(values)) };
  });
  const nameWidth = Math.max(0, ...rows.map((row) => row.name.length), ...rows.map((row) => row.group.length - 3));
  const widths = COLUMNS.map((column, at) =>
    Math.max(column.length, ...rows.map((row) => (row.cells[at] as string).length)),
  );
  const line = (name: string, cells: readonly string[]) =>
    `${name.padEnd(nameWidth + 4)}${cells.map((cell, at) => `  ${cell.padStart(widths[at] as number)}`).join('')}`;
  const groups = [...new Set(rows.map((row) => row.group))];
  return groups.flatMap((group) => [
    line(`${group}:`, COLUMNS),
    ...rows
      .filter((row) => row.group === group)
      .map(({ name, cells, bars, few }) => `${line(`    ${name}`, cells)}  ${bars}${few}`),
    '',
  ]);
}

function cellsOf(distribution: Distribution): string[] {
  return COLUMNS.map((column) => formatNumber(distribution[column]));
}

/** Counts as bars, the greatest as the full one: `▁▂·█`. */
export function barsOf(bins: readonly number[]): string {
  const most = Math.max(...bins);
  return bins.map((count) => (count === 0 ? NONE : BARS[Math.ceil((count / most) * BARS.length) - 1])).join('');
}

/** Whole numbers as they are, others with four digits that count. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** A share in percent, with as many decimals as keep what is not none from reading 0%, and not all from reading 100%. */
export function formatShare(share: number): string {
  if (share === 0 || share === 1) return `${share * 100}%`;
  for (let decimals = 1; decimals < 5; decimals++) {
    const text = (share * 100).toFixed(decimals);
    if (Number(text) > 0 && Number(text) < 100) return `${text}%`;
  }
  return share < 0.5 ? '<0.0001%' : '>99.9999%';
}

/** Items behind a heading, separated by commas, in lines that fit. */
function wrapped(heading: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const lines = [heading];
  for (const [at, item] of items.entries()) {
    const text = at === items.length - 1 ? item : `${item},`;
    const line = lines.at(-1) as string;
    if (line.length + 1 + text.length <= WIDTH) lines[lines.length - 1] = `${line} ${text}`;
    else lines.push(`${' '.repeat(heading.length)} ${text}`);
  }
  return lines;
}
