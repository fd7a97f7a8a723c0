import type { History, Op } from '../../history/index.ts';
import { oddKey } from '../asked.ts';
import { Numbers } from '../numbers.ts';
import { brief, Numbered } from '../values.ts';
import { Reads } from './reads.ts';

/** None, of an index or a time. */
export const NONE = -1;

export const EARLY = 1;
export const FAILED = 2;

/** A stretch in which an element that was known to be there was not seen: `until` is NONE where it was never seen again. */
export interface Gaps {
  readonly element: Numbers;
  readonly index: Numbers;
  readonly from: Numbers;
  readonly until: Numbers;
}

/** Every element's life, gathered in one pass; elements by their numbers in `values`. */
export interface Lives {
  readonly values: Numbered;
  /** Adds of it that were invoked, and those of them that failed. */
  readonly tries: Numbers;
  readonly failures: Numbers;
  /** EARLY: it was read before anybody had tried to add it; FAILED: when all who had had failed, and then it was tried again. */
  readonly early: Numbers;
  /** When it was known to be there: its add ended ok, or a read that had it; the completion's index and time. */
  readonly known: Numbers;
  readonly knownTime: Numbers;
  /** Of the reads that had it, and of those that had it not, the one invoked last: the invocation's index and time. */
  readonly present: Numbers;
  readonly presentTime: Numbers;
  readonly absent: Numbers;
  readonly absentTime: Numbers;
  readonly gaps: Gaps;
  /** How often the elements that were in one read more than once were there, at most. */
  readonly duplicates: ReadonlyMap<number, number>;
  readonly reads: number;
  readonly odd: string | undefined;
}

/**
 * `add` v; `read` null, when ok the list of elements; `read-node` likewise, with `[node, list]`. One pass; O(n log n) in the length of what was
 * read, whatever was absent; some 100 bytes an element and 32 a read.
 */
export function livesOf(history: History): Lives {
  const values = new Numbered();
  const [tries, failures, early] = [new Numbers(), new Numbers(), new Numbers()];
  const [known, knownTime] = [new Numbers(), new Numbers()];
  const [present, presentTime, absent, absentTime] = [new Numbers(), new Numbers(), new Numbers(), new Numbers()];
  /** Of the reads that can have it and were looked at: the last that had it, or the one before the first that can. */
  const seenUpTo = new Numbers();
  const gaps = { element: new Numbers(), index: new Numbers(), from: new Numbers(), until: new Numbers() };
  const duplicates = new Map<number, number>();
  const reads = new Reads();
  const open = new Map<number, Op>();
  let odd: string | undefined;

  const numberOf = (value: unknown): number => {
    const number = values.add(value);
    if (number === tries.length) {
      for (const count of [tries, failures, early]) count.push(0);
      seenUpTo.push(reads.count - 1);
      for (const none of [known, knownTime, present, presentTime, absent, absentTime]) none.push(NONE);
    }
    return number;
  };
  const know = (element: number, { index, time }: Op) => {
    if (known.at(element) !== NONE) return;
    known.set(element, index);
    knownTime.set(element, time);
  };
  /** The element was absent from all reads after the last that had it; `until`: it has come again. */
  const settle = (element: number, until: number) => {
    const first = seenUpTo.at(element) + 1;
    if (first >= reads.count) return;
    const last = reads.lastInvoked(first);
    if (reads.invoked.at(last) > absent.at(element)) {
      absent.set(element, reads.invoked.at(last));
      absentTime.set(element, reads.invokedTime.at(last));
    }
    if (known.at(element) === NONE) return;
    const gap = reads.firstInvokedAfter(known.at(element), first);
    if (gap === reads.count) return;
    gaps.element.push(element);
    gaps.index.push(reads.completed.at(gap));
    gaps.from.push(reads.completedTime.at(gap));
    gaps.until.push(until);
  };
  const read = (elements: readonly unknown[], invoke: Op, completion: Op) => {
    const number = reads.count;
    const times = new Map<number, number>();
    for (const value of elements) {
      const element = numberOf(value);
      if (seenUpTo.at(element) === number) {
        times.set(element, (times.get(element) ?? 1) + 1);
        continue;
      }
      settle(element, completion.time);
      seenUpTo.set(element, number);
      know(element, completion);
      if (invoke.index <= present.at(element)) continue;
      present.set(element, invoke.index);
      presentTime.set(element, invoke.time);
    }
    for (const [element, count] of times) duplicates.set(element, Math.max(count, duplicates.get(element) ?? 0));
    reads.add(invoke, completion);
  };

  for (const op of history.ops()) {
    const { process, type, f } = op;
    if (typeof process !== 'number') continue;
    if (type === 'invoke') {
      open.set(process, op);
      if (f === 'read' || f === 'read-node') odd ??= oddKey(op);
      if (f !== 'add') continue;
      if (op.value === null) odd ??= `add ${op.index} has no value`;
      const element = numberOf(op.value);
      if (known.at(element) !== NONE) {
        if (tries.at(element) === 0) early.set(element, EARLY);
        else if (tries.at(element) === failures.at(element) && early.at(element) === 0) early.set(element, FAILED);
      }
      tries.set(element, tries.at(element) + 1);
      continue;
    }
    const invoke = open.get(process);
    if (invoke === undefined) continue;
    open.delete(process);
    if (f === 'add' && type === 'fail') {
      const element = numberOf(invoke.value);
      failures.set(element, failures.at(element) + 1);
    }
    if (type !== 'ok') continue;
    if (f === 'add') know(numberOf(invoke.value), op);
    else if (f === 'read' || f === 'read-node') {
      const list = f === 'read' ? op.value : (op.value as unknown[] | null)?.[1];
      if (Array.isArray(list)) read(list, invoke, op);
      else odd ??= `the value of ${f} ${op.index} is not a list: ${brief(list)}`;
    }
  }
  for (let element = 0; element < values.size; element++) settle(element, NONE);
  return {
    ...{ values, tries, failures, early, known, knownTime, present, presentTime, absent, absentTime },
    ...{ gaps, duplicates, reads: reads.count, odd },
  };
}
