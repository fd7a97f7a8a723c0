/**
 * Drains of a first-in first-out queue. One takes one element after another, some time within it, as its list has them (jepsen.checker,
 * expand-queue-drain-ops, has them one after another, too). The engines know no such order: here the calls that a drain stands for get
 * times of their own, one after another, between its invocation and its completion. Where nothing else begins or ends within the drain that changes
 * nothing; else it is one way among others.
 */
import { countBelow } from '../../numbers.ts';
import type { Call, Decision } from '../call.ts';

type Decide = (calls: readonly Call[]) => Decision;

/** `calls` as the model of a fifo-queue accepts them. */
export function decideInOrder(calls: readonly Call[], decide: Decide): Decision {
  const drains = drainsOf(calls);
  if (drains.size === 0) return decide(calls);
  const late = place(calls, drains, 'late');
  const decision = decide(late.calls);
  if (late.isExact || decision.valid === true) return asAccepted(decision);
  const inAnyOrder = decide(calls);
  if (inAnyOrder.valid !== true) return inAnyOrder;
  const early = decide(place(calls, drains, 'early').calls);
  if (early.valid === true) return early;
  const why = 'a drain, while others were busy, gave its elements in an order that may or may not be that of the queue';
  return { valid: 'unknown', why, configurations: inAnyOrder.configurations };
}

/** What each drain of several elements stands for. */
function drainsOf(calls: readonly Call[]): Map<Call, Call[]> {
  const drains = new Map<Call, Call[]>();
  for (const call of calls) {
    if (call.whole === undefined) continue;
    const parts = drains.get(call.whole);
    if (parts === undefined) drains.set(call.whole, [call]);
    else parts.push(call);
  }
  for (const [drain, { length }] of drains) if (length === 1) drains.delete(drain);
  return drains;
}

/** One after another after all else that begins or ends within their drain, or before; exact where there is nothing. */
function place(
  calls: readonly Call[],
  drains: ReadonlyMap<Call, readonly Call[]>,
  where: 'late' | 'early',
): { calls: Call[]; isExact: boolean } {
  const events = Float64Array.from(calls.flatMap(({ invoke, complete }) => [invoke, complete])).sort();
  const placed = new Map<Call, Call>();
  let isExact = true;
  for (const [{ invoke, complete }, parts] of drains) {
    // Indices are whole numbers.
    const first = events[countBelow(events, invoke + 1)]!;
    const last = events[countBelow(events, complete) - 1]!;
    if (first < complete) isExact = false;
    const [from, until] = where === 'late' ? [last, complete] : [invoke, first];
    const step = (until - from) / parts.length;
    for (const [nth, part] of parts.entries()) {
      placed.set(part, {
        ...part,
        invoke: nth === 0 ? invoke : from + nth * step,
        complete: nth === parts.length - 1 ? complete : from + (nth + 0.5) * step,
      });
    }
  }
  return { calls: calls.map((call) => placed.get(call) ?? call), isExact };
}

/** With the times of the history again. */
function asAccepted(decision: Decision): Decision {
  if (decision.valid !== false) return decision;
  const own = (call: Call): Call =>
    call.whole === undefined ? call : { ...call, invoke: call.whole.invoke, complete: call.whole.complete };
  const last = decision.last.map((one) => ({
    ...one,
    linearized: one.linearized.map(own),
    pending: one.pending.map(own),
  }));
  return { ...decision, failing: own(decision.failing), last };
}
