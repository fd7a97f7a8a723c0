import type { Op } from './op.ts';

const CAPACITY_BYTES = 64 * 1024;
/** More than any line takes beside its value, its error and its `f`. */
const FRAME_BYTES = 256;
const BILLION = 1_000_000_000;

/**
 * Operations as lines of JSON, in the order of `Op`'s fields, as bytes of one buffer. Written by hand, digit by digit: a
 * sixth of the time of a string that is made and then encoded, and nothing is left for the garbage collector.
 */
export class Lines {
  #bytes = Buffer.allocUnsafe(CAPACITY_BYTES);
  #size = 0;
  /** The constant parts of lines: by type, by `f`. */
  readonly #types = new Map<string, Uint8Array>();
  readonly #names = new Map<string, Uint8Array>();

  /** Of `bytes`. */
  get size(): number {
    return this.#size;
  }

  /** What was added since `clear`; valid until the next `add`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  clear(): void {
    this.#size = 0;
  }

  /** Adds a line. @throws TypeError for a value that is not JSON; then nothing is added. */
  add(index: number, op: Omit<Op, 'index'>): void {
    const { value } = op;
    const text = isSmall(value) ? undefined : json(value);
    const error = op.error === undefined ? undefined : json(op.error);
    const name = this.#nameOf(op.f);
    // A UTF-16 unit takes at most three bytes.
    this.#reserve(FRAME_BYTES + name.length + 3 * ((text?.length ?? 0) + (error?.length ?? 0)));
    this.#copy(INDEX);
    this.#integer(index);
    this.#copy(TIME);
    this.#integer(op.time);
    this.#copy(this.#typeOf(op.type));
    if (typeof op.process === 'number') this.#integer(op.process);
    else this.#copy(NEMESIS);
    this.#copy(name);
    if (text === undefined) this.#small(value as number);
    else this.#text(text);
    if (error !== undefined) {
      this.#copy(ERROR);
      this.#text(error);
    }
    if (op.late !== undefined) {
      this.#copy(LATE);
      this.#integer(op.late);
    }
    this.#copy(END);
  }

  #typeOf(type: string): Uint8Array {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const bytes = ascii(`,"type":"${type}","process":`);
    this.#types.set(type, bytes);
    return bytes;
  }

  #nameOf(f: string): Uint8Array {
    const known = this.#names.get(f);
    if (known !== undefined) return known;
    const bytes = ascii(`,"f":${json(f)},"value":`);
    this.#names.set(f, bytes);
    return bytes;
  }

  #reserve(count: number): void {
    if (this.#size + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#size + count));
    larger.set(this.bytes);
    this.#bytes = larger;
  }

  /** A loop: for so few bytes, `set` costs more to call than it saves. */
  #copy(part: Uint8Array): void {
    const bytes = this.#bytes;
    let at = this.#size;
    for (let i = 0; i < part.length; i++) bytes[at++] = part[i] as number;
    this.#size = at;
  }

  #text(text: string): void {
    this.#size += this.#bytes.write(text, this.#size);
  }

  /** Any that is safe: of a larger one the billions are small, and nine digits follow. */
  #integer(value: number): void {
    if (isSmall(value)) this.#small(value);
    else {
      const billions = Math.floor(value / BILLION);
      this.#small(billions);
      this.#digits(value - billions * BILLION, 9);
    }
  }

  #small(value: number): void {
    let count = 1;
    for (let bound = 10; value >= bound; bound *= 10) count++;
    this.#digits(value, count);
  }

  /** The last `count` digits of `value`. */
  #digits(value: number, count: number): void {
    const bytes = this.#bytes;
    let rest = value | 0;
    for (let at = this.#size + count - 1; at >= this.#size; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    this.#size += count;
  }
}

/** A whole number of at most 31 bits; -0 is one, and JSON has no sign for it. */
function isSmall(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && (value | 0) === value;
}

/** @throws TypeError for what JSON has no words for: a function, a symbol, a bigint, a circle. */
function json(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  if (text === undefined) throw new TypeError(`a ${typeof value} is not JSON`);
  return text;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'utf8'));
}

const INDEX = ascii('{"index":');
const TIME = ascii(',"time":');
const NEMESIS = ascii('"nemesis"');
const ERROR = ascii(',"error":');
const LATE = ascii(',"late":');
const END = ascii('}\n');
