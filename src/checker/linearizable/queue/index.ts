/**
 * Decides whether the history of one first-in first-out queue is linearizable, where no value is put in twice, and where not, through
 * which completion first, and why (`lives.ts`), in O(n log^2 n): a search would have to try the orders of all that is put in at the same time.
 */
import type { Call, Decision } from '../call.ts';
import { Lives } from './lives.ts';
import { configurationAt } from './order.ts';
import { valuesOf } from './values.ts';

/** `calls` as the model of a fifo-queue accepts them, `initial` the oldest first. Undefined where a value is put in twice. */
export function decideQueue(calls: readonly Call[], initial: readonly string[]): Decision | undefined {
  const values = valuesOf(calls, initial);
  if (values === undefined) return undefined;
  const { returns } = values;
  const lives = new Lives(values);
  const after = (count: number) => (count === 0 ? Number.NEGATIVE_INFINITY : returns[count - 1]!.complete);
  // A history is no more linearizable than its beginning: the border is found by halving.
  let good = 0;
  let bad = returns.length + 1;
  for (let next = returns.length; bad - good > 1; next = (good + bad) >> 1) {
    if (lives.misfit(after(next)) === undefined) good = next;
    else bad = next;
  }
  if (good === returns.length) return { valid: true, configurations: 1 };
  const failing = returns[good]!;
  const because = lives.misfit(failing.complete)!.why;
  // Up to just before it: what was invoked by then is open.
  const end = Math.max(failing.invoke, failing.complete - 1);
  lives.misfit(end);
  return { valid: false, failing, because, last: [configurationAt(values, lives, end)], configurations: 1 };
}
