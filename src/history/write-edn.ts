import { NEMESIS, type Op } from './op.ts';

/** Names of micro-operations: keywords to Elle. */
const MICRO_OPS: ReadonlySet<unknown> = new Set(['append', 'r', 'w']);

/**
 * An operation as Jepsen writes it (`history.edn`), a map without its newline. Fields and names are keywords; strings within
 * values stay strings, but for the names of a transaction's micro-operations; keys that are whole numbers are numbers again.
 * Fields of which others think nothing (`late`) follow.
 */
export function toEdn({ index, time, type, process, f, value, ...rest }: Op): string {
  const fields = [
    `:index ${index}`,
    `:time ${time}`,
    `:type :${type}`,
    `:process ${process === NEMESIS ? ':nemesis' : process}`,
    `:f ${name(f)}`,
    `:value ${form(value)}`,
    ...Object.entries(rest).flatMap(([key, item]) => (item === undefined ? [] : [`${name(key)} ${form(item)}`])),
  ];
  return `{${fields.join(', ')}}`;
}

function form(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (Array.isArray(value)) {
    const [first, ...rest] = value;
    if (value.length === 3 && MICRO_OPS.has(first)) return `[${[`:${first}`, ...rest.map(form)].join(' ')}]`;
    return `[${value.map(form).join(' ')}]`;
  }
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, item]) => `${WHOLE.test(key) ? key : name(key)} ${form(item)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** As a number is printed: 007 is another key than 7. */
const WHOLE = /^(?:0|-?[1-9]\d*)$/;
const SYMBOL = String.raw`[A-Za-z*+!_?<>=.-][\w*+!_?<>=.#-]*`;
/** As Clojure's reader takes it: with a namespace or without. */
const KEYWORD = new RegExp(`^${SYMBOL}(?:/${SYMBOL})?$`);

/** A keyword where it can be one. */
function name(text: string): string {
  return KEYWORD.test(text) ? `:${text}` : JSON.stringify(text);
}
