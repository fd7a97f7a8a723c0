/**
 * Operations as others write them: Jepsen's, as EDN or JSON, and lines of JSON from elsewhere. What a field is called is the
 * same everywhere; `index` and `time` may be missing, an error may be any value, and a key may stand beside the value.
 */
import type { Op, OpType } from './op.ts';

const TYPES: readonly unknown[] = ['invoke', 'ok', 'fail', 'info'] satisfies OpType[];

/** A line, or a form, that is no operation: what is wrong with it, in words. */
export class NotAnOp extends Error {}

/**
 * The operation that `raw` is. Without an index it gets the one after `previous`; without a time it has none of its own, and
 * gets 0. Fields that we have no name for are kept as they are.
 * @param previous the index of the operation before it; -1 before the first.
 * @throws NotAnOp
 */
export function toOp(raw: unknown, previous: number): Op {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new NotAnOp('it is not a map of fields');
  const { index, time, type, process, value, error, key, ...others } = raw as Record<string, unknown>;
  const { f = transaction(value), ...rest } = others;
  if (!TYPES.includes(type)) throw new NotAnOp(`its type is ${brief(type)}, not invoke, ok, fail or info`);
  if (typeof f !== 'string') throw new NotAnOp(`its f is ${brief(f)}, not a name`);
  if (!(Number.isSafeInteger(process) || process === 'nemesis'))
    throw new NotAnOp(`its process is ${brief(process)}, neither an integer nor nemesis`);
  return {
    index: indexAfter(previous, index),
    time: timeOf(time),
    type: type as OpType,
    process: process as Op['process'],
    f,
    value: withKey(value ?? null, key),
    ...(error !== undefined && error !== null && { error: typeof error === 'string' ? error : JSON.stringify(error) }),
    ...rest,
  };
}

/** A list of micro-operations needs no name: Elle takes it for a transaction. */
function transaction(value: unknown): 'txn' | undefined {
  return Array.isArray(value) && value.every(Array.isArray) ? 'txn' : undefined;
}

/** Indexes order a history, and may leave some out. @throws NotAnOp */
function indexAfter(previous: number, index: unknown): number {
  if (index === undefined || index === null) return previous + 1;
  if (!Number.isSafeInteger(index)) throw new NotAnOp(`its index is ${brief(index)}, not a whole number`);
  if ((index as number) <= previous) throw wrongIndex(index as number, previous);
  return index as number;
}

/** What is wrong with an index that is not after that of the operation before it. */
export function wrongIndex(index: number, previous: number): NotAnOp {
  return new NotAnOp(`its index is ${index}, but the operation before it has ${previous}`);
}

function timeOf(time: unknown): number {
  if (time === undefined || time === null) return 0;
  if (Number.isSafeInteger(time) && (time as number) >= 0) return time as number;
  throw new NotAnOp(`its time is ${brief(time)}, not a whole number of nanoseconds`);
}

/** An operation on one of many objects has the value `[key, value]`, wherever its key stood. */
function withKey(value: unknown, key: unknown): unknown {
  if (key !== undefined) return [key, value];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const fields = Object.keys(value);
  const isPair = fields.length === 2 && Object.hasOwn(value, 'key') && Object.hasOwn(value, 'value');
  return isPair ? [(value as { key: unknown }).key, (value as { value: unknown }).value] : value;
}

function brief(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** Holds each operation against those before it: a process does one thing at a time, and completes what it has invoked. */
export class Order {
  /** What each process has open. */
  readonly #open = new Map<number, Op>();

  /** @throws NotAnOp */
  add(op: Op): void {
    const { process, type, f } = op;
    if (typeof process !== 'number') return;
    const open = this.#open.get(process);
    if (type === 'invoke') {
      if (open !== undefined)
        throw new NotAnOp(`process ${process} invokes ${f}, but its ${open.f} (index ${open.index}) is still open`);
      this.#open.set(process, op);
      return;
    }
    if (open === undefined) throw new NotAnOp(`process ${process} completes ${f}, but has invoked nothing`);
    if (open.f !== f)
      throw new NotAnOp(`process ${process} completes ${f}, but has invoked ${open.f} (index ${open.index})`);
    this.#open.delete(process);
  }
}
