/**
 * Mermaid's gantt language: sections of bars over a time that counts from zero, as the text that GitHub draws. Nothing in it
 * depends on where the reader is, and no text of a plan becomes more than text.
 */
import { printable } from '../base/printable.ts';

export interface Section {
  readonly name: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly text: string;
  readonly fromMs: number;
  /** What is too short to be seen is drawn as a moment, a diamond. */
  readonly toMs: number;
  /** Mermaid's own: red, grey, and framed; without one, the plain colour of its section. */
  readonly look?: 'crit' | 'done' | 'active';
}

/**
 * The chart of these sections, without the fence around it; ends in a newline. Mermaid reads and writes dates in the
 * reader's own time zone, so that zero is a midnight everywhere: one after which for 50 days no zone of the IANA database
 * changes its clocks (workloads last 42 at most).
 */
export function gantt(sections: readonly Section[]): string {
  const drawn = sections.filter(({ bars }) => bars.length > 0);
  const lengthMs = drawn.flatMap(({ bars }) => bars).reduce((most, { toMs }) => Math.max(most, toMs), 0);
  const names = distinct(drawn.map(({ name }) => asText(name, NAME_MAX)));
  const lines = drawn.flatMap(({ bars }, index) => [
    `  section ${names[index]}`,
    ...bars.map((bar) => task(bar, lengthMs)),
  ]);
  return `${[
    // the names of the sections stand in the padding, which is for some ten letters otherwise
    `%%{init: {"gantt": {"leftPadding": 130}}}%%`,
    'gantt',
    `  dateFormat ${DATE_FORMAT}`,
    ...axis(lengthMs).map((line) => `  ${line}`),
    '  todayMarker off',
    ...lines,
  ].join('\n')}\n`;
}

/** What fits into the padding; and beside a bar, wherever it is, in a chart as wide as a comment on GitHub (some 760 px). */
const NAME_MAX = 24;
const TEXT_MAX = 64;

const DAY_MS = 24 * 3_600_000;
const DATE_FORMAT = 'YYYY-MM-DD HH:mm:ss.SSS';

/** Sections of one name would be drawn as one: the second gets a `(2)`. */
function distinct(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

/** How the ticks read, by d3-time-format, and how far apart they are where d3's ten would not fit side by side. */
function axis(lengthMs: number): string[] {
  if (lengthMs < 10_000) return ['axisFormat %S.%L s'];
  if (lengthMs < 3_600_000) return ['axisFormat %M:%S'];
  if (lengthMs < DAY_MS) return ['axisFormat %H:%M:%S'];
  if (lengthMs < 2 * DAY_MS) return ['axisFormat day %-j %H:%M', 'tickInterval 6hour'];
  if (lengthMs < 10 * DAY_MS) return ['axisFormat day %-j', 'tickInterval 1day'];
  return ['axisFormat day %-j', 'tickInterval 1week', 'weekday monday'];
}

/** Of the chart's length: some two pixels. */
const SHORTEST_BAR = 0.004;

function task({ text, fromMs, toMs, look }: Bar, lengthMs: number): string {
  const isMoment = toMs - fromMs < lengthMs * SHORTEST_BAR;
  const tags = [...(look === undefined ? [] : [look]), ...(isMoment ? ['milestone'] : [])];
  return `  ${asText(text, TEXT_MAX)} :${[...tags, date(fromMs), date(toMs)].join(', ')}`;
}

/** Of 2024, which is the only year that a chart needs: durations are at most 42 days each. */
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The moment as a date of `DATE_FORMAT`, to the millisecond; zero is the first of January 2024. */
function date(ms: number): string {
  const whole = Math.round(ms);
  let day = Math.floor(whole / DAY_MS);
  const rest = whole - day * DAY_MS;
  let month = 0;
  for (const length of MONTH_DAYS) {
    if (day < length) break;
    day -= length;
    month++;
  }
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const time = `${two(rest / 3_600_000)}:${two((rest / 60_000) % 60)}:${two((rest / 1000) % 60)}`;
  return `2024-${two(month + 1)}-${two(day + 1)} ${time}.${String(rest % 1000).padStart(3, '0')}`;
}

/**
 * A text that Mermaid shows as it is, at most `max` letters of it. What means something to it or to HTML becomes `#code;`,
 * which it turns into the character again behind its parser (on the way it is `ﬂ°°code¶ß`). It must not begin with one of Mermaid's own words (`title`,
 * `click`), nor with nothing: whoever makes the text sees to that.
 */
function asText(text: string, max: number): string {
  const letters = [...printable(text.replaceAll(/\s+/g, ' ').trim())];
  const short = letters.length > max ? [...letters.slice(0, max - 1), '…'] : letters;
  return short.map((letter) => (/[#;:%<>"&°¶]/.test(letter) ? `#${letter.codePointAt(0)};` : letter)).join('');
}
