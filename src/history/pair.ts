import type { Op } from './op.ts';
import type { History } from './read.ts';

/** An invocation with its completion; without one where the run ended first, which is as good as `info`. */
export interface Completed {
  readonly invoke: Op;
  readonly completion?: Op;
}

/**
 * Pairs the clients' invocations with their completions, in the order of completion; those that never
 * completed come last, in the order of invocation. The nemesis's operations are left out.
 */
export function* pairs(history: History): Generator<Completed> {
  const open = new Map<number, Op>();
  for (const op of history.ops()) {
    if (typeof op.process !== 'number') continue;
    if (op.type === 'invoke') open.set(op.process, op);
    else {
      const invoke = open.get(op.process);
      if (invoke === undefined) continue;
      open.delete(op.process);
      yield { invoke, completion: op };
    }
  }
  for (const invoke of open.values()) yield { invoke };
}
