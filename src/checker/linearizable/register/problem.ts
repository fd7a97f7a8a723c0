import type { Call } from '../call.ts';

export const READ = 0;
export const WRITE = 1;
export const CAS = 2;
/** It constrains nothing, and nobody needs it. */
export const IGNORED = 3;

export interface RegisterOptions {
  readonly initial: unknown;
  /** What a read that gave null says: nothing at all, or that the register held null. */
  readonly nilRead: 'unknown' | 'absent';
  /** Whether it has a cas. */
  readonly cas: boolean;
}

/** The calls on a register as numbers, each array by position in `calls`; equal values have equal numbers. */
export interface Problem {
  readonly calls: readonly Call[];
  readonly kind: Uint8Array;
  /** What a read gave, or a cas expected; -1 for a write. */
  readonly from: Int32Array;
  /** What a write or a cas wrote; -1 for a read. */
  readonly to: Int32Array;
  readonly invoke: Float64Array;
  /** Infinity where it ended info, or never. */
  readonly complete: Float64Array;
  /** Positions of the calls that completed, in the order in which they did; ignored ones are left out. */
  readonly returns: Int32Array;
  readonly initial: number;
  /** By number. */
  readonly values: readonly unknown[];
}

/** @returns in words what it cannot read, where that is so. */
export function prepare(calls: readonly Call[], options: RegisterOptions): Problem | string {
  const count = calls.length;
  const kind = new Uint8Array(count);
  const from = new Int32Array(count).fill(-1);
  const to = new Int32Array(count).fill(-1);
  const invoke = new Float64Array(count);
  const complete = new Float64Array(count);
  const values = new Numbering();
  const initial = values.of(options.initial);
  for (let i = 0; i < count; i++) {
    const call = calls[i] as Call;
    const { f, input, output } = call;
    invoke[i] = call.invoke;
    complete[i] = call.complete;
    if (f === 'write') {
      kind[i] = WRITE;
      to[i] = values.of(input);
    } else if (f === 'cas' && options.cas) {
      if (!Array.isArray(input) || input.length !== 2) return `the value of cas ${call.invoke} is not [old, new]`;
      kind[i] = CAS;
      from[i] = values.of(input[0]);
      to[i] = values.of(input[1]);
    } else if (f === 'read' || f === 'read-node') {
      kind[i] = IGNORED;
      if (call.complete === Number.POSITIVE_INFINITY) continue;
      if (f === 'read-node' && !Array.isArray(output))
        return `the value of read-node ${call.invoke} is not [node, value]`;
      const value = (f === 'read' ? output : (output as unknown[])[1]) ?? null;
      if (value === null && options.nilRead === 'unknown') continue;
      kind[i] = READ;
      from[i] = values.of(value);
    } else {
      return `a ${options.cas ? 'cas-register' : 'register'} has no ${f}`;
    }
  }
  const problem = { calls, kind, from, to, invoke, complete, initial, values: values.all };
  simplify(problem);
  return { ...problem, returns: inOrderOfCompletion(kind, complete) };
}

/**
 * A cas that leaves the value as it is has been a read of it, to which nothing happens either. Of the calls that may never take
 * effect those are ignored whose value nobody is told afterwards: every linearization is one without them, too, for what comes after such a
 * call in it, until the next change, does not depend on the value. A cas that may never happen needs its value only where its own is needed.
 */
function simplify({ kind, from, to, invoke, complete, values }: Omit<Problem, 'returns'>): void {
  const count = kind.length;
  /** By value, when somebody is told it for the last time. */
  const needed = new Float64Array(values.length).fill(-1);
  const need = (value: number, until: number) => {
    const more = until > (needed[value] as number);
    if (more) needed[value] = until;
    return more;
  };
  const open: number[] = [];
  for (let i = 0; i < count; i++) {
    const lasts = complete[i] === Number.POSITIVE_INFINITY;
    if (kind[i] === CAS && from[i] === to[i]) {
      kind[i] = lasts ? IGNORED : READ;
      to[i] = -1;
    }
    if (kind[i] === IGNORED) continue;
    if (lasts) open.push(i);
    else if (kind[i] !== WRITE) need(from[i] as number, complete[i] as number);
  }
  const isNeeded = (i: number) => (invoke[i] as number) < (needed[to[i] as number] as number);
  const conditional = open.filter((i) => kind[i] === CAS).reverse();
  for (let more = conditional.length > 0; more; ) {
    more = false;
    for (const i of conditional) {
      if (isNeeded(i) && need(from[i] as number, needed[to[i] as number] as number)) more = true;
    }
  }
  for (const i of open) if (!isNeeded(i)) kind[i] = IGNORED;
}

function inOrderOfCompletion(kind: Uint8Array, complete: Float64Array): Int32Array {
  const count = kind.length;
  const keys = new Float64Array(count);
  let completed = 0;
  for (let i = 0; i < count; i++) {
    // Completion first, then position, in one number: numbers are sorted many times faster than by a comparison of ours.
    if (kind[i] !== IGNORED && complete[i] !== Number.POSITIVE_INFINITY)
      keys[completed++] = (complete[i] as number) * count + i;
  }
  const order = new Int32Array(completed);
  keys.subarray(0, completed).sort();
  for (let k = 0; k < completed; k++) order[k] = (keys[k] as number) % count;
  return order;
}

/** Numbers for values, from 0 on. */
class Numbering {
  readonly all: unknown[] = [];
  readonly #numbers = new Map<unknown, number>();
  readonly #composite = new Map<string, number>();

  of(value: unknown): number {
    const composite = typeof value === 'object' && value !== null;
    const numbers: Map<unknown, number> = composite ? this.#composite : this.#numbers;
    const key = composite ? JSON.stringify(value, inOrder) : (value ?? null);
    let number = numbers.get(key);
    if (number === undefined) {
      number = this.all.push(value ?? null) - 1;
      numbers.set(key, number);
    }
    return number;
  }
}

/** Keys of an object in one order, for `JSON.stringify`. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
