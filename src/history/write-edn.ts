import { NEMESIS, type Op } from './op.ts';

/** Names of micro-operations: keywords to Elle. */
const MICRO_OPS: ReadonlySet<unknown> = new Set(['append', 'r', 'w']);

/**
 * An operation as Jepsen writes it (`history.edn`), a map without its newline. Fields and names are keywords; strings within
 * values stay strings, but for the names of a transaction's micro-operations; keys that are whole numbers are numbers again.
 */
export function toEdn({ index, time, type, process, f, value, error }: Op): string {
  const fields = [
    `:index ${index}`,
    `:time ${time}`,
    `:type :${type}`,
    `:process ${process === NEMESIS ? ':nemesis' : process}`,
    `:f ${name(f)}`,
    `:value ${form(value)}`,
    ...(error === undefined ? [] : [`:error ${form(error)}`]),
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
      .map(([key, item]) => `${/^-?\d+$/.test(key) ? key : name(key)} ${form(item)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** A keyword where it can be one. */
function name(text: string): string {
  return /^[A-Za-z*+!_?<>=.-][\w*+!_?<>=.#/-]*$/.test(text) ? `:${text}` : JSON.stringify(text);
}
