import { PlanRunError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { EdnError, exactly, parseEdn } from './edn.ts';
import { NotAnOp, Order, toOp, wrongIndex } from './foreign.ts';
import { forms } from './forms.ts';
import type { Op } from './op.ts';
import { Scanner } from './scan.ts';
import { Window } from './window.ts';

/** A history that can be read from its start, as often as one likes. */
export interface History {
  /** Operations in the order they were recorded. */
  ops(): Iterable<Op>;
}

/** A history held in memory: for tests and small tools. */
export function historyOf(ops: readonly Op[]): History {
  return { ops: () => ops };
}

export interface Reading {
  /** A process must have one operation open at a time, and complete only what it has invoked. Default: false. */
  readonly strict?: boolean;
  /** Whether the last of our own lines may be cut off, for its runner was killed while it wrote it: it is left out. Default: unless strict. */
  readonly torn?: boolean;
  /** What messages call the file, where that is not its path. */
  readonly name?: string;
}

/**
 * A history in a file, streamed: its text is never held whole. The file says by its first characters what it is: lines of
 * JSON (ours, or others with the same fields), Jepsen's EDN (`history.edn`: an operation a line, or one vector of them), or
 * Jepsen's JSON (one array).
 * @throws PlanRunError `refused`, with file and line, for what is not an operation; `unavailable` where the file
 * cannot be read.
 */
export function historyFromFile(path: string, reading: Reading = {}): History {
  return { ops: () => ({ [Symbol.iterator]: () => open(path, reading) }) };
}

function open(path: string, { strict = false, torn = !strict, name = path }: Reading): Iterator<Op> {
  const window = new Window(path, name);
  const order = strict ? new Order() : undefined;
  try {
    return formatOf(window) === 'lines' ? new JsonLines(window, order, torn) : readForms(window, order);
  } catch (error) {
    window.close();
    throw error;
  }
}

/** A map begins with a string in JSON, and with a keyword in EDN; a list of maps is Jepsen's in both. */
function formatOf(window: Window): 'lines' | 'forms' {
  window.more();
  // Some editors put a byte order mark before the text.
  if (window.bytes.toString('latin1', 0, 3) === '\u00ef\u00bb\u00bf') window.start = 3;
  const opening = window.bytes.toString('utf8', window.start, Math.min(window.end, 4096));
  return /^\s*(?:;[^\n]*\n\s*)*(?:[[(]|#[\w{]|\{\s*[^"\s}])/.test(opening) ? 'forms' : 'lines';
}

/** The same as a generator takes half as long again, for each operation of a long history. */
class JsonLines implements Iterator<Op> {
  readonly #window: Window;
  readonly #order: Order | undefined;
  readonly #torn: boolean;
  readonly #scanner: Scanner;
  #line = 0;
  #previous = -1;

  constructor(window: Window, order: Order | undefined, torn: boolean) {
    this.#window = window;
    this.#order = order;
    this.#torn = torn;
    this.#scanner = new Scanner(window);
  }

  next(): IteratorResult<Op> {
    try {
      const value = this.#op();
      if (value !== undefined) return { done: false, value };
    } catch (error) {
      this.#window.close();
      throw error;
    }
    return this.return();
  }

  return(): IteratorResult<Op> {
    this.#window.close();
    return { done: true, value: undefined };
  }

  #op(): Op | undefined {
    const window = this.#window;
    for (;;) {
      const line = ++this.#line;
      let op: Op | 'blank' | undefined = this.#scanner.next();
      // The line may have gone on beyond what was read of the file.
      if (op === undefined && window.lineEnd() >= 0) op = this.#scanner.next();
      if (op !== undefined) {
        if (op.index <= this.#previous)
          refuse(window.name, line, wrongIndex(op.index, this.#previous), JSON.stringify(op));
      } else {
        op = readJsonLine(window, line, this.#previous, this.#torn);
        if (op === undefined) return undefined;
        if (op === 'blank') continue;
        this.#scanner.learn(op.f);
      }
      this.#previous = op.index;
      if (this.#order !== undefined) keepOrder(this.#order, op, window.name, line);
      return op;
    }
  }
}

/** The operation on the line at the window's start; undefined at the end of the file. */
function readJsonLine(window: Window, line: number, previous: number, torn: boolean): Op | 'blank' | undefined {
  const newline = window.lineEnd();
  const end = newline < 0 ? window.end : newline;
  const text = window.bytes.toString('utf8', window.start, end);
  window.start = newline < 0 ? end : end + 1;
  if (text.trim() === '') return newline < 0 ? undefined : 'blank';
  try {
    return toOp(parseJson(text), previous);
  } catch (error) {
    if (newline < 0 && error instanceof SyntaxError && OURS.test(text)) {
      if (torn) return undefined;
      return refuse(window.name, line, 'the last line is cut off: is the file whole?', text);
    }
    return refuse(window.name, line, error, text);
  }
}

/** How each of our lines begins; a line that is cut off may have less of it. */
const OURS = /^(?:\{"index":\d|\{"?i?n?d?e?x?"?:?$)/;

function* readForms(window: Window, order: Order | undefined): Generator<Op> {
  const all = forms(window);
  let previous = -1;
  try {
    for (;;) {
      const next = all.next();
      if (next.done) {
        const { ended, line } = next.value;
        if (!ended) refuse(window.name, line, 'the list of the operations is not closed: is the file whole?', '');
        return;
      }
      const { text, line } = next.value;
      let op: Op;
      try {
        const raw = /^\{\s*"/.test(text) ? parseJson(text) : parseEdn(text);
        if (raw === undefined) continue;
        op = toOp(raw, previous);
      } catch (error) {
        return refuse(window.name, line, error, text);
      }
      previous = op.index;
      if (order !== undefined) keepOrder(order, op, window.name, line);
      yield op;
    }
  } finally {
    window.close();
  }
}

function keepOrder(order: Order, op: Op, path: string, line: number): void {
  try {
    order.add(op);
  } catch (error) {
    refuse(path, line, error, JSON.stringify(op));
  }
}

/** Whole numbers as `exactly` has them: JSON.parse would round them. */
function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
      /^-?\d{16,}$/.test(token) ? JSON.stringify(exactly(token)) : token,
    ),
  );
}

/** @param why what was thrown, or the words themselves. */
function refuse(path: string, line: number, why: unknown, text: string): never {
  const shown = printable(text.length <= 60 ? text : `${text.slice(0, 57)}...`);
  if (why instanceof NotAnOp) return refused(`not an operation: ${why.message}: ${shown}`);
  if (why instanceof EdnError) return refused(`not EDN: ${why.message}: ${shown}`);
  if (why instanceof SyntaxError)
    return refused(`${shown.startsWith('{') ? 'not JSON' : 'neither JSON nor EDN'}: ${shown}`);
  // Of reading a list within a list within a list.
  if (why instanceof RangeError) return refused(`it is nested too deeply: ${shown}`);
  if (typeof why === 'string') return refused(`${why}${shown === '' ? '' : `: ${shown}`}`);
  throw why;

  function refused(words: string): never {
    throw new PlanRunError('refused', `${path}:${line}: ${words}`, { cause: why });
  }
}

/** Lines that end in a newline, read by chunks. @throws as `historyFromFile`. */
export function* readLines(path: string): Generator<string> {
  const window = new Window(path);
  try {
    for (;;) {
      const end = window.lineEnd();
      if (end < 0) return;
      yield window.bytes.toString('utf8', window.start, end);
      window.start = end + 1;
    }
  } finally {
    window.close();
  }
}
