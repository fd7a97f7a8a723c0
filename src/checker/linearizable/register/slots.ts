import { IGNORED, type Problem, READ } from './problem.ts';

/**
 * Which bit of a configuration speaks of which call, while it is open: reads have bits of their own kind, writes and cas share
 * the other. A call that never completes keeps its bit.
 */
export interface Slots {
  /** By position of the call. */
  readonly of: Int32Array;
  /** Words of 32 bits that are needed. */
  readonly readWords: number;
  readonly usedWords: number;
}

export function assignSlots({ kind, invoke, complete, returns }: Problem): Slots {
  const of = new Int32Array(kind.length);
  const reads = new FreeBits();
  const used = new FreeBits();
  let admitted = 0;
  for (const returned of returns) {
    for (; (invoke[admitted] as number) < (complete[returned] as number); admitted++) {
      if (kind[admitted] !== IGNORED) of[admitted] = (kind[admitted] === READ ? reads : used).take();
    }
    (kind[returned] === READ ? reads : used).giveBack(of[returned] as number);
  }
  return { of, readWords: Math.max(1, reads.words.length), usedWords: Math.max(1, used.words.length) };
}

/** Bits by number; the lowest that is free comes first, so that few words are needed. */
class FreeBits {
  /** 1 where it is free. */
  readonly words: number[] = [];
  /** No word before this one has any. */
  #first = 0;

  take(): number {
    while (this.#first < this.words.length && this.words[this.#first] === 0) this.#first++;
    if (this.#first === this.words.length) this.words.push(-1);
    const word = this.words[this.#first] as number;
    const bit = 31 - Math.clz32(word & -word);
    this.words[this.#first] = word & ~(1 << bit);
    return this.#first * 32 + bit;
  }

  giveBack(number: number): void {
    const at = number >> 5;
    this.words[at] = (this.words[at] as number) | (1 << (number & 31));
    this.#first = Math.min(this.#first, at);
  }
}
