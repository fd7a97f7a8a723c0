import { type History, pairs } from '../../history/index.ts';
import { oddKey } from '../asked.ts';
import { Numbers } from '../numbers.ts';
import { brief, Numbered } from '../values.ts';

/** How an enqueue ended. */
export const FAIL = 0;
export const MAYBE = 1;
export const OK = 2;

/** What went into a queue and what came out, gathered in one pass. Values by their numbers in `values`. */
export interface Traffic {
  readonly values: Numbered;
  /** In the order of completion. */
  readonly enqueues: { readonly value: Numbers; readonly invoke: Numbers; readonly end: Numbers };
  /** What came out, in the order in which it did: a drain that ended ok is as many as it took. */
  readonly takes: { readonly value: Numbers; readonly index: Numbers; readonly time: Numbers };
  /** Dequeues and drains without an answer: each may have taken something. `until`: the index at which the last was given up; -1: none was. */
  readonly unanswered: { readonly dequeues: number; readonly drains: number; readonly until: number };
  /** Drains that were invoked, and the index at which the last that ended ok was; -1: none did. */
  readonly drains: { readonly invoked: number; readonly last: number };
  /** The index at which the last dequeue or drain was invoked that ended ok or fail, or -1. */
  readonly answeredAt: number;
  /** Index at which the last enqueue was acknowledged, or -1. */
  readonly acknowledgedAt: number;
  /** The first operation whose value cannot be read, or that none of them is one of a queue, in words. */
  readonly odd: string | undefined;
}

const OPERATIONS: ReadonlySet<string> = new Set(['enqueue', 'dequeue', 'drain']);

/** `enqueue` v; `dequeue` null, when ok the value taken, null where there was none; `drain` null, when ok the list of all it took. */
export function survey(history: History): Traffic {
  const values = new Numbered();
  const enqueues = { value: new Numbers(), invoke: new Numbers(), end: new Numbers() };
  const takes = { value: new Numbers(), index: new Numbers(), time: new Numbers() };
  const unanswered = { dequeues: 0, drains: 0, until: -1 };
  const drains = { invoked: 0, last: -1 };
  let answeredAt = -1;
  let acknowledgedAt = -1;
  let own = 0;
  let foreign: string | undefined;
  let odd: string | undefined;
  for (const { invoke, completion } of pairs(history)) {
    if (OPERATIONS.has(invoke.f)) own++;
    else foreign ??= invoke.f;
    const type = completion?.type ?? 'info';
    if (invoke.f === 'enqueue') {
      if (invoke.value === null) odd ??= `enqueue ${invoke.index} has no value`;
      enqueues.value.push(values.add(invoke.value));
      enqueues.invoke.push(invoke.index);
      enqueues.end.push(type === 'ok' ? OK : type === 'fail' ? FAIL : MAYBE);
      if (type === 'ok') acknowledgedAt = completion?.index as number;
    } else if (invoke.f === 'dequeue' || invoke.f === 'drain') {
      odd ??= oddKey(invoke);
      const isDrain = invoke.f === 'drain';
      if (isDrain) drains.invoked++;
      if (type === 'info') {
        unanswered[isDrain ? 'drains' : 'dequeues']++;
        unanswered.until = Math.max(unanswered.until, completion?.index ?? Number.POSITIVE_INFINITY);
      } else answeredAt = Math.max(answeredAt, invoke.index);
      if (completion?.type !== 'ok') continue;
      const { value, index, time } = completion;
      if (isDrain) drains.last = Math.max(drains.last, invoke.index);
      if (isDrain && !Array.isArray(value)) odd ??= `the value of drain ${index} is not a list: ${brief(value)}`;
      else {
        for (const taken of isDrain ? (value as unknown[]) : value === null ? [] : [value]) {
          takes.value.push(values.add(taken));
          takes.index.push(index);
          takes.time.push(time);
        }
      }
    }
  }
  if (own === 0 && foreign !== undefined) odd = `no operation is one of a queue; there is ${brief(foreign)}`;
  return { values, enqueues, takes, unanswered, drains, answeredAt, acknowledgedAt, odd };
}
