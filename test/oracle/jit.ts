import type { Call } from '../../src/checker/linearizable/call.ts';
import type { BruteModel } from './brute.ts';

/** What the object may have been through before an event: a state, and the open calls that have taken effect, by position. */
export interface Possibility {
  readonly state: unknown;
  readonly done: ReadonlySet<number>;
}

/**
 * Just-in-time linearization as Lowe describes it (Testing for linearizability, 2017), without any shortcut: a second opinion
 * on histories that are too long for trying every order.
 *
 * @returns the first completion through which no linearization exists, undefined where there is none, and all that may have been just before.
 */
export function justInTime<S>(
  calls: readonly Call[],
  model: BruteModel<S>,
): { failing: Call | undefined; before: Possibility[] } {
  const events = calls
    .flatMap((call, i) => [
      { at: call.invoke, i },
      { at: call.complete, i },
    ])
    .filter(({ at }) => at !== Number.POSITIVE_INFINITY)
    .sort((a, b) => a.at - b.at);
  const open = new Set<number>();
  let before = [{ state: model.initial, done: new Set<number>() }];
  for (const { at, i } of events) {
    const call = calls[i] as Call;
    if (call.invoke === at) {
      open.add(i);
      continue;
    }
    const reached = new Map<string, { state: S; done: Set<number> }>();
    const add = (one: { state: S; done: Set<number> }) => {
      const key = `${JSON.stringify(one.state)} ${[...one.done].sort((a, b) => a - b)}`;
      if (!reached.has(key)) reached.set(key, one);
    };
    for (const one of before) add(one);
    // A map goes on to what is added meanwhile.
    for (const { state, done } of reached.values()) {
      if (done.has(i)) continue;
      for (const next of open) {
        const { f, input, output } = calls[next] as Call;
        const after = done.has(next) ? undefined : model.step(state, f, input, output);
        if (after !== undefined) add({ state: after, done: new Set([...done, next]) });
      }
    }
    const through = [...reached.values()].filter(({ done }) => done.has(i));
    if (through.length === 0) return { failing: call, before: [...reached.values()] };
    before = through;
    for (const { done } of before) done.delete(i);
    open.delete(i);
  }
  return { failing: undefined, before };
}
