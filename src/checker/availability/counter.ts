import { NS_PER_MS } from '../../base/clock.ts';
import { BROKEN_MAX, type Broken } from '../../contract/index.ts';
import type { Op } from '../../history/index.ts';

export interface Found {
  readonly attempted: number;
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  /** ok / attempted; 0 of none. */
  readonly rate: number;
  /** The longest stretch in which something was tried and nothing ended ok, in milliseconds. */
  readonly longest_gap_ms: number;
}

/**
 * Counts outcomes, and the gaps between them. A gap is from the last ok, or from the first invocation after it where
 * nothing was open by then, to the next ok; the last one ends with the last that is heard. While nothing is tried there is none.
 */
export class Counter {
  /** The gaps that are too long, in order. */
  readonly gaps: Broken[] = [];
  readonly #isTooLong: (ms: number) => boolean;
  #attempted = 0;
  readonly #ended = { ok: 0, fail: 0, info: 0 };
  #open = 0;
  /** What the gap under way began with; undefined where nothing is tried. */
  #from: Op | undefined;
  #last: Op | undefined;
  #longest = 0;

  constructor(isTooLong: (ms: number) => boolean = () => false) {
    this.#isTooLong = isTooLong;
  }

  get rate(): number {
    return this.#attempted === 0 ? 0 : this.#ended.ok / this.#attempted;
  }

  invoke(op: Op): void {
    this.#attempted++;
    this.#open++;
    this.#from ??= op;
    this.#last = op;
  }

  complete(op: Op): void {
    this.#open--;
    this.#last = op;
    if (op.type === 'invoke') return;
    this.#ended[op.type]++;
    if (op.type !== 'ok') return;
    this.#close(op);
    this.#from = this.#open > 0 ? op : undefined;
  }

  found(): Found {
    if (this.#last !== undefined) this.#close(this.#last);
    const { ok, fail } = this.#ended;
    return {
      attempted: this.#attempted,
      ok,
      fail,
      info: this.#attempted - ok - fail,
      rate: this.rate,
      longest_gap_ms: this.#longest / NS_PER_MS,
    };
  }

  #close(op: Op): void {
    if (this.#from === undefined) return;
    const { index, time: from = 0 } = this.#from;
    const until = op.time ?? 0;
    const length = until - from;
    this.#longest = Math.max(this.#longest, length);
    if (!this.#isTooLong(length / NS_PER_MS) || this.gaps.length >= BROKEN_MAX) return;
    this.gaps.push({ what: 'no operation ended ok', index, from, ...(op.type === 'ok' && { until }) });
  }
}
