/** What a replica set replicates: the document that holds the set, documents that hold a number, and the log of their changes. */

/**
 * A version of the document that holds the set. Each is made once, by one write on one node, from the version before:
 * two are the same document exactly when they are the same object, so that comparing costs nothing.
 */
export interface Doc {
  readonly element: number;
  readonly before: Doc | undefined;
  readonly size: number;
}

/** The elements of a version, oldest first. Linear. */
export function elementsOf(doc: Doc | undefined): number[] {
  const elements = new Array<number>(doc?.size ?? 0);
  for (let one = doc, at = elements.length - 1; one !== undefined; one = one.before, at--) elements[at] = one.element;
  return elements;
}

/**
 * When an operation was made: in which term (always 0 in 2.4), and the primary's time then: seconds times a million and a
 * counter within the second.
 */
export interface Optime {
  readonly term: number;
  readonly ts: number;
}

export interface Entry extends Optime {
  /** The set afterwards; undefined: an entry that does not change it (a new primary's first changes nothing). */
  readonly doc: Doc | undefined;
  /** The document of a number, and what it holds afterwards. */
  readonly number?: { readonly id: string; readonly value: number };
  /** The session and number of a retryable write. */
  readonly session?: string;
}

export const NO_OPTIME: Optime = { term: 0, ts: 0 };

export function compareOptimes(a: Optime, b: Optime): number {
  return a.term - b.term || a.ts - b.ts;
}

export const showOptime = ({ term, ts }: Optime): string => {
  const at = `${Math.floor(ts / COUNTER)}:${ts % COUNTER}`;
  return term === 0 ? at : `${at} (term ${term})`;
};

const COUNTER = 1_000_000;

/** The time for the next operation: the wall clock's second, and never before the one it follows. */
export function nextTs(last: number, wallMs: number): number {
  const second = Math.floor(wallMs / 1000) * COUNTER;
  return second > last ? second + 1 : last + 1;
}

/** Seconds of an optime's time. */
export const secondsOf = ({ ts }: Optime): number => Math.floor(ts / COUNTER);

/** A node's log, in memory. Positions count from 0. */
export class Oplog {
  readonly entries: Entry[];
  /** Per position: the document after it, so that going back costs nothing. */
  readonly #docs: (Doc | undefined)[] = [];
  /** Sessions of the retryable writes in it, with their positions. */
  readonly #sessions = new Map<string, number>();
  /** Per document of a number: the positions that have changed it, in order. */
  readonly #changes = new Map<string, number[]>();

  constructor(entries: readonly Entry[]) {
    this.entries = [];
    for (const entry of entries) this.append(entry);
  }

  get length(): number {
    return this.entries.length;
  }

  get last(): Optime {
    return this.entries.at(-1) ?? NO_OPTIME;
  }

  get doc(): Doc | undefined {
    return this.#docs.at(-1);
  }

  /** The document as it was after the first `count` entries. */
  docAt(count: number): Doc | undefined {
    return this.#docs[count - 1];
  }

  /** What the document of a number held after the first `count` entries; undefined: it was not there. A binary search. */
  numberAt(id: string, count: number): number | undefined {
    const positions = this.#changes.get(id) ?? [];
    const earlier = lowerBound(positions.length, (at) => (positions[at] as number) < count);
    return this.entries[positions[earlier - 1] as number]?.number?.value;
  }

  append(entry: Entry): void {
    if (entry.number !== undefined) {
      const { id } = entry.number;
      const positions = this.#changes.get(id);
      if (positions === undefined) this.#changes.set(id, [this.entries.length]);
      else positions.push(this.entries.length);
    }
    if (entry.session !== undefined) this.#sessions.set(entry.session, this.entries.length);
    this.entries.push(entry);
    this.#docs.push(entry.doc ?? this.doc);
  }

  /** Keeps the first `count` entries. @returns the others. */
  truncate(count: number): Entry[] {
    const gone = this.entries.splice(count);
    this.#docs.length = count;
    for (const { session, number } of gone) {
      if (session !== undefined) this.#sessions.delete(session);
      if (number !== undefined) this.#changes.get(number.id)?.pop();
    }
    return gone;
  }

  /** The entry of a retryable write, if it has been carried out here. */
  ofSession(session: string): Entry | undefined {
    const at = this.#sessions.get(session);
    return at === undefined ? undefined : this.entries[at];
  }

  /** How many entries are not later than `optime`: a binary search. */
  countUpTo(optime: Optime): number {
    return lowerBound(this.entries.length, (at) => compareOptimes(this.entries[at] as Entry, optime) <= 0);
  }

  /** Whether it holds this very entry. */
  has(entry: Entry): boolean {
    return this.entries[this.countUpTo(entry) - 1] === entry;
  }
}

/** How many of the first `length` positions are `before`: all up to one are, and none after it. */
function lowerBound(length: number, before: (at: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
