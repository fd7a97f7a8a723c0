import { PlanRunError } from './errors.ts';

/** States an invariant. A false one is our own bug (exit 70), never a user's mistake. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new PlanRunError('bug', `invariant broken: ${message}`);
}
