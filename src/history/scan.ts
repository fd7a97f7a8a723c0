import type { Op, OpType } from './op.ts';
import type { Window } from './window.ts';

/** More digits may not be exact in a double; whoever meets them reads the line another way. */
const DIGITS_MAX = 15;
const [ZERO, NINE, MINUS, COMMA, COLON, QUOTE] = codes('09-,:"');
const [OPEN, CLOSE, END, NEWLINE, K, E] = codes('[]}\nke');

// {"index":0,"time":0,"type":"invoke","process":0,"f":"read","value":null}
const [INDEX_1, INDEX_2] = [word('{"in'), word('dex"')];
const [TIME_1, TIME_2] = [word(',"ti'), word('me":')];
const [TYPE_1, TYPE_2] = [word(',"ty'), word('pe":')];
const [INVOKE, OK, INFO, FAIL] = [word('invo'), word('ok\0\0'), word('info'), word('fail')];
const [PROCESS_1, PROCESS_2, PROCESS_3] = [word('","p'), word('roce'), word('ss":')];
const F = word(',"f"');
const [NEMESIS, LATE] = [ascii('"nemesis"'), ascii(',"late":')];
const [NULL, TRUE, FALSE] = [ascii('null'), ascii('true'), ascii('false')];

/** From so many items on, it pays to know before how many a list has. */
const LONG = 1000;

/** A value that the scanner does not read itself. */
const OTHER = Symbol('other');

/**
 * Reads lines as `Lines` writes them: the fields in their order, without blanks, the value a number, a list of numbers, or
 * a constant. That is nearly all of a history, and takes a tenth of the time that a string and JSON.parse take. Any other line is
 * not touched, and left to whoever reads JSON.
 */
export class Scanner {
  readonly #window: Window;
  /** Where in the window's bytes it is reading. */
  #at = 0;
  /** Names of `f` that were seen. The last one used comes first. */
  readonly #names: Name[] = [];

  constructor(window: Window) {
    this.#window = window;
  }

  /** Lets `next` read operations with this `f`. */
  learn(f: string): void {
    if (!this.#names.some((known) => known.f === f)) this.#names.unshift(new Name(f));
  }

  /**
   * The operation on the line at the window's start, which is taken from it; undefined where the line is not so written, not
   * complete in the window, or has an `f` that was not learnt: then the window stays where it is.
   */
  next(): Op | undefined {
    // In one piece, its literals compared four bytes at a time: by parts a line takes three times as long.
    const window = this.#window;
    const { bytes, view } = window;
    let at = window.start;
    if (view.getInt32(at, true) !== INDEX_1 || view.getInt32(at + 4, true) !== INDEX_2 || bytes[at + 8] !== COLON)
      return undefined;
    at += 9;
    let from = at;
    let index = 0;
    for (let byte = bytes[at]!; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) index = index * 10 + (byte - ZERO);
    if (!isCount(bytes, from, at)) return undefined;
    if (view.getInt32(at, true) !== TIME_1 || view.getInt32(at + 4, true) !== TIME_2) return undefined;
    at += 8;
    from = at;
    let time = 0;
    for (let byte = bytes[at]!; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) time = time * 10 + (byte - ZERO);
    if (!isCount(bytes, from, at)) return undefined;
    if (view.getInt32(at, true) !== TYPE_1 || view.getInt32(at + 4, true) !== TYPE_2 || bytes[at + 8] !== QUOTE)
      return undefined;
    at += 9;
    let type: OpType;
    const word = view.getInt32(at, true);
    if (word === INVOKE && bytes[at + 4] === K && bytes[at + 5] === E) type = 'invoke';
    else if ((word & 0xffff) === OK) type = 'ok';
    else if (word === INFO) type = 'info';
    else if (word === FAIL) type = 'fail';
    else return undefined;
    at += type.length;
    if (
      view.getInt32(at, true) !== PROCESS_1 ||
      view.getInt32(at + 4, true) !== PROCESS_2 ||
      view.getInt32(at + 8, true) !== PROCESS_3
    )
      return undefined;
    at += 12;
    from = at;
    let process: Op['process'] = 0;
    for (let byte = bytes[at]!; byte >= ZERO && byte <= NINE; byte = bytes[++at]!)
      process = process * 10 + (byte - ZERO);
    this.#at = at;
    if (at === from) {
      if (!this.#is(NEMESIS)) return undefined;
      process = 'nemesis';
      at = this.#at;
    } else if (!isCount(bytes, from, at)) return undefined;
    if (view.getInt32(at, true) !== F || bytes[at + 4] !== COLON) return undefined;
    this.#at = at + 5;
    const f = this.#name();
    if (f === undefined) return undefined;
    at = this.#at;
    from = at;
    let value: unknown;
    let number = 0;
    for (let byte = bytes[at]!; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) number = number * 10 + (byte - ZERO);
    this.#at = at;
    if (at === from) value = this.#value();
    else value = isCount(bytes, from, at) ? number : OTHER;
    if (value === OTHER) return undefined;
    const late = bytes[this.#at] === COMMA && this.#is(LATE) ? this.#count() : undefined;
    at = this.#at;
    if (late === -1 || bytes[at] !== END || bytes[at + 1] !== NEWLINE || at + 2 > window.end) return undefined;
    window.start = at + 2;
    return late === undefined
      ? { index, time, type, process, f, value }
      : { index, time, type, process, f, value, late };
  }

  /** Whether that stands here; then it is passed. */
  #is(literal: Uint8Array): boolean {
    const { bytes } = this.#window;
    const at = this.#at;
    for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return false;
    this.#at = at + literal.length;
    return true;
  }

  /** A whole number; -1 where there is none that `isCount` takes. */
  #count(): number {
    const { bytes } = this.#window;
    const from = this.#at;
    let at = from;
    let value = 0;
    for (let byte = bytes[at]!; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) value = value * 10 + (byte - ZERO);
    this.#at = at;
    return isCount(bytes, from, at) ? value : -1;
  }

  #name(): string | undefined {
    const names = this.#names;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      if (!this.#is(name.literal)) continue;
      if (i > 0) {
        names[i] = names[0]!;
        names[0] = name;
      }
      return name.f;
    }
    return undefined;
  }

  #value(): unknown {
    const byte = this.#window.bytes[this.#at]!;
    if (byte >= ZERO && byte <= NINE) {
      const value = this.#count();
      return value < 0 ? OTHER : value;
    }
    if (byte === OPEN) return this.#list();
    if (byte === MINUS) {
      this.#at++;
      const value = this.#count();
      // JSON has -0, and nobody means it.
      return value <= 0 ? OTHER : -value;
    }
    if (this.#is(NULL)) return null;
    if (this.#is(TRUE)) return true;
    return this.#is(FALSE) ? false : OTHER;
  }

  /** How many stand between here and the next end of a list. */
  #commas(): number {
    const { bytes, end } = this.#window;
    let count = 0;
    for (let at = this.#at; at < end && bytes[at] !== CLOSE; at++) if (bytes[at] === COMMA) count++;
    return count;
  }

  #list(): unknown {
    const { bytes } = this.#window;
    const list: unknown[] = [];
    this.#at++;
    if (bytes[this.#at] === CLOSE) {
      this.#at++;
      return list;
    }
    for (let size = 0; ; ) {
      // Nearly all lists are of whole numbers: without a call for each they take a fifth of the time.
      const from = this.#at;
      let at = from;
      let number = 0;
      for (let byte = bytes[at]!; byte >= ZERO && byte <= NINE; byte = bytes[++at]!)
        number = number * 10 + (byte - ZERO);
      this.#at = at;
      const item = at === from ? this.#value() : isCount(bytes, from, at) ? number : OTHER;
      if (item === OTHER) return OTHER;
      list[size++] = item;
      // Ten million pushed one by one take a second, for their memory is taken again and again.
      if (size === LONG) list.length = size + this.#commas();
      const byte = bytes[this.#at++];
      if (byte === CLOSE) {
        list.length = size;
        return list;
      }
      if (byte !== COMMA) return OTHER;
    }
  }
}

/** An `f`, and what stands from it to the value. */
class Name {
  readonly f: string;
  readonly literal: Uint8Array;

  constructor(f: string) {
    this.f = f;
    this.literal = ascii(`${JSON.stringify(f)},"value":`);
  }
}

/** Whether the digits from there to there are a number that a double holds: as JSON has it, without a zero before it. */
function isCount(bytes: Uint8Array, from: number, to: number): boolean {
  return to > from && to - from <= DIGITS_MAX && (bytes[from] !== ZERO || to - from === 1);
}

/** Four bytes as `Window.view` reads them. */
function word(text: string): number {
  return Buffer.from(text).readInt32LE();
}

function codes(text: string): [number, number, number, number, number, number] {
  return Array.from(Buffer.from(text)) as [number, number, number, number, number, number];
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text));
}
