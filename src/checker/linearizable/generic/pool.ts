/**
 * Configurations in one flat array, each once: a state, a place in the record of who took effect when, and a bit per call
 * that has taken effect and is still open. They are found by a hash of state and bits, in a table that is emptied by
 * counting on.
 */
export class Pool {
  readonly words: number;
  /** Integers per configuration: state, record, bits. */
  readonly stride: number;
  data: Int32Array;
  count = 0;
  #table: Int32Array;
  #stamps: Int32Array;
  #stamp = 1;

  constructor(words: number) {
    this.words = words;
    this.stride = words + 2;
    this.data = new Int32Array(this.stride * 8);
    this.#table = new Int32Array(16);
    this.#stamps = new Int32Array(16);
  }

  /** Bytes it has. */
  get bytes(): number {
    return this.data.byteLength + this.#table.byteLength * 2;
  }

  clear(): void {
    this.count = 0;
    this.#stamp++;
  }

  /** Room for one more: where it begins. What is written there counts once it is committed. */
  draft(): number {
    const at = this.count * this.stride;
    if (at + this.stride > this.data.length) {
      const grown = new Int32Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    return at;
  }

  /** Keeps the draft, unless there is an equal one: then it is void. */
  commit(): void {
    if (this.count * 2 >= this.#table.length) this.#rehash();
    const slot = this.#find(this.count);
    if (this.#stamps[slot] === this.#stamp) return;
    this.#stamps[slot] = this.#stamp;
    this.#table[slot] = this.count++;
  }

  /** Keeps the draft, whether or not there is an equal one. */
  append(): void {
    this.count++;
  }

  /** Where the configuration is in the table, or would be. */
  #find(index: number): number {
    const { data, stride } = this;
    const at = index * stride;
    const mask = this.#table.length - 1;
    let hash = Math.imul(data[at]! ^ 0x9e3779b9, 0x85ebca6b);
    for (let i = 2; i < stride; i++) hash = Math.imul((hash ^ (hash >>> 15)) + data[at + i]!, 0xc2b2ae35);
    for (let slot = (hash ^ (hash >>> 16)) & mask; ; slot = (slot + 1) & mask) {
      if (this.#stamps[slot] !== this.#stamp || this.#equal(at, this.#table[slot]! * stride)) return slot;
    }
  }

  #equal(a: number, b: number): boolean {
    const { data, stride } = this;
    if (data[a] !== data[b]) return false;
    for (let i = 2; i < stride; i++) if (data[a + i] !== data[b + i]) return false;
    return true;
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    this.#stamps = new Int32Array(this.#table.length);
    this.#stamp = 1;
    for (let index = 0; index < this.count; index++) {
      const slot = this.#find(index);
      this.#stamps[slot] = this.#stamp;
      this.#table[slot] = index;
    }
  }
}
