import type { Call } from '../call.ts';
import { crashed } from '../model.ts';

/** The calls on a queue into which no value is put twice, by value: numbers from 0 on, those that the queue began with first. */
export interface Values {
  readonly calls: readonly Call[];
  /** By value, as text. */
  readonly names: readonly string[];
  /** How many values it began with, the oldest first. */
  readonly initial: number;
  /** By value: who put it in; undefined where it was there at the beginning, or nobody did. */
  readonly enqueue: readonly (Call | undefined)[];
  /** By value: who says to have taken it out, by their completions. */
  readonly dequeues: readonly (readonly Call[])[];
  /** Dequeues that crashed: each may have taken any value, or none. By invocation. */
  readonly unknown: readonly Call[];
  /** Calls that ended, in the order in which they did. */
  readonly returns: readonly Call[];
}

/** Undefined where a value is put in twice. `calls` as the model of a fifo-queue has them, by invocation. */
export function valuesOf(calls: readonly Call[], initial: readonly string[]): Values | undefined {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  const enqueue: (Call | undefined)[] = [];
  const dequeues: Call[][] = [];
  const unknown: Call[] = [];
  const numberOf = (name: string): number => {
    let number = numbers.get(name);
    if (number === undefined) {
      number = names.push(name) - 1;
      numbers.set(name, number);
      dequeues.push([]);
      enqueue.push(undefined);
    }
    return number;
  };
  initial.forEach(numberOf);
  if (names.length < initial.length) return undefined;
  for (const call of calls) {
    if (call.f === 'enqueue') {
      const value = numberOf(call.input as string);
      if (value < initial.length || enqueue[value] !== undefined) return undefined;
      enqueue[value] = call;
    } else if (call.output === undefined) unknown.push(call);
    else dequeues[numberOf(call.output as string)]!.push(call);
  }
  const byCompletion = (a: Call, b: Call) => a.complete - b.complete;
  for (const some of dequeues) some.sort(byCompletion);
  const returns = calls.filter((call) => !crashed(call)).sort(byCompletion);
  return { calls, names, initial: initial.length, enqueue, dequeues, unknown, returns };
}
