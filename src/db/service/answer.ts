/** What an answer says: a value by its JSON pointer, the elements of a set, the value of a register, yes or no. */
import type { Question } from './settings.ts';

/** An answer that is not as the plan describes it: what was looked for, and how the body begins. */
export class AnswerError extends Error {}

interface Shape {
  /** A JSON pointer, or `text`. */
  readonly answer: string;
  /** A JSON pointer within each item. */
  readonly each: string;
}

/** The elements of a set, in order of size; one that is there twice is there twice. @throws AnswerError */
export function elementsIn(body: string, { answer, each }: Shape): number[] {
  if (answer === 'text')
    return sorted(
      body
        .split(/\s+/)
        .filter(Boolean)
        .map((word) => integer(word, 'a word', body)),
    );
  const list = at(parse(body), answer, body);
  if (!Array.isArray(list)) throw unlike(body, `${where(answer)} stands no list`);
  return sorted(
    list.map((item) => integer(at(item, each, body), each === '' ? 'an item' : `an item at ${each}`, body)),
  );
}

/** The value of a register; null where nobody has written it. @throws AnswerError */
export function valueIn(body: string, { answer }: Pick<Shape, 'answer'>): number | null {
  if (answer === 'text') return integer(body.trim(), 'the body', body);
  const value = at(parse(body), answer, body);
  return value === null ? null : integer(value, `the value at "${answer}"`, body);
}

/** Undefined where the answer says yes; else what it says instead. */
export function refusal({ ok, answer, equals }: Question, status: number, body: string): string | undefined {
  if (!ok.includes(status)) return `it answers with status ${status}${begins(body)}`;
  if (answer === undefined) return undefined;
  try {
    const found = at(parse(body), answer, body);
    return found === equals ? undefined : `${answer} is ${JSON.stringify(found)}, not ${JSON.stringify(equals)}`;
  } catch (error) {
    if (error instanceof AnswerError) return error.message;
    throw error;
  }
}

/** How a body begins, for a person; nothing where it is empty. */
export function begins(body: string): string {
  const line = body.trim().replaceAll(/\s+/g, ' ');
  if (line === '') return '';
  return `: ${line.length > 100 ? `${line.slice(0, 100)}...` : line}`;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw unlike(body, 'the body is not JSON');
  }
}

/** RFC 6901, section 4: each step names a member, or an item by its number. */
function at(value: unknown, pointer: string, body: string): unknown {
  let here = value;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const there = Array.isArray(here) ? /^(0|[1-9]\d*)$/.test(key) && Object.hasOwn(here, key) : isMap(here, key);
    if (!there) throw unlike(body, `${pointer} leads nowhere`);
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

const isMap = (value: unknown, key: string) => typeof value === 'object' && value !== null && Object.hasOwn(value, key);

/** Services write integers as numbers or as text; what would lose digits is none. */
function integer(value: unknown, what: string, body: string): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  const shown = typeof value === 'object' && value !== null ? 'a map or a list' : JSON.stringify(value);
  throw unlike(body, `${what} is no integer, but ${shown}`);
}

const where = (pointer: string) => (pointer === '' ? 'as the body' : `at ${pointer}`);

const unlike = (body: string, what: string) => new AnswerError(`${what}; the body${begins(body) || ' is empty'}`);

const sorted = (elements: readonly number[]) => [...elements].sort((a, b) => a - b);
