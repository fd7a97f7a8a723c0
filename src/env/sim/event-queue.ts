import { assert } from '../../base/assert.ts';

/** Something that will happen. */
export class SimEvent {
  readonly atNs: number;
  /** Of two at one time, the one that was made first happens first. */
  readonly order: number;
  /** Whether somebody outside the simulated world waits for it. */
  readonly outside: boolean;
  work: () => void;
  cancelled = false;
  readonly #queue: EventQueue;

  constructor(queue: EventQueue, atNs: number, order: number, work: () => void, outside: boolean) {
    this.#queue = queue;
    this.atNs = atNs;
    this.order = order;
    this.work = work;
    this.outside = outside;
  }

  /** It may stay in the queue until its time, but holds on to nothing. Nothing happens where it has happened already. */
  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.work = nothing;
    this.#queue.forget();
  }
}

const nothing = () => {};

/** Fewer cancelled events are not worth a sweep. */
const SWEPT = 256;

/** Events by time and order: a binary heap; adding and taking cost the logarithm of how many there are. */
export class EventQueue {
  #heap: SimEvent[] = [];
  #order = 0;
  #cancelled = 0;

  /** How many there are, with those that are cancelled and not swept out yet. */
  get length(): number {
    return this.#heap.length;
  }

  add(atNs: number, work: () => void, outside = false): SimEvent {
    // The words cost more than all else here, and are made where they are needed.
    if (!Number.isSafeInteger(atNs)) assert(false, `${atNs} is a time in whole nanoseconds`);
    const event = new SimEvent(this, atNs, this.#order++, work, outside);
    this.#insert(event);
    return event;
  }

  /**
   * One of them has been cancelled. Most events are timeouts that are cancelled long before their time: where they are
   * more than the others, they are swept out, so that the queue is as long as what will happen.
   */
  forget(): void {
    this.#cancelled++;
    if (this.#cancelled < SWEPT || 2 * this.#cancelled < this.#heap.length) return;
    const kept = this.#heap.filter((event) => !event.cancelled);
    this.#heap = [];
    this.#cancelled = 0;
    for (const event of kept) this.#insert(event);
  }

  #insert(event: SimEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as SimEvent;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  /** The next event, taken out; undefined where there is none. */
  take(): SimEvent | undefined {
    for (;;) {
      const first = this.#pop();
      if (first === undefined) return undefined;
      if (first.cancelled) this.#cancelled--;
      else {
        // From now on there is nothing to cancel.
        first.cancelled = true;
        return first;
      }
    }
  }

  #pop(): SimEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as SimEvent, heap[child] as SimEvent)) child++;
      if (!isBefore(heap[child] as SimEvent, last)) break;
      heap[at] = heap[child] as SimEvent;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.atNs < b.atNs || (a.atNs === b.atNs && a.order < b.order);
}
