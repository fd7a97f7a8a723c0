import { printable } from '../../base/printable.ts';
import type { Call, Configuration, Decision } from './call.ts';
import type { Evidence, LinearizableFinding, ShownConfiguration, WindowCall } from './finding.ts';
import { crashed, type Model, textOf } from './model.ts';

const WINDOW_MAX = 60;
/** Crashed calls are open for ever: of those that nothing else makes worth showing, the latest. */
const CRASHED_MAX = 10;
const TEXT_MAX = 80;
const STATE_MAX = 200;
const STATES_SHOWN = 3;

type Invalid = Extract<Decision, { valid: false }>;
/** What is said of an object that is not linearizable. */
export type Words = Pick<
  LinearizableFinding,
  'why' | 'failing_index' | 'previous_ok_index' | 'last_linearized_index' | 'prefix' | 'evidence'
>;

/**
 * Why the calls on one object cannot be linearized. `calls` are the history's own, which the decision's come from; `oks` the
 * indices of the object's completions that ended ok, ascending.
 */
export function explain(
  { failing, last, perhapsEarlier, because }: Invalid,
  { model, calls, oks, key }: { model: Model; calls: readonly Call[]; oks: readonly number[]; key?: string },
): Words {
  const told = new Map(calls.map((call) => [call.invoke, tell(call)]));
  const text = told.get(failing.invoke)!;
  const latest = last[0]?.linearized.at(-1);
  const previous = oks.findLast((index) => index < failing.complete);
  const states = [...new Set(last.map(({ state }) => brief(model.tell(state as never), STATE_MAX)))];
  const shown = states.slice(0, STATES_SHOWN).join(' or ') + (states.length > STATES_SHOWN ? ', among others' : '');
  const was = states.length === 0 ? '' : `, and it was ${shown}`;
  return {
    why:
      `${text} of process ${failing.process} (operations ${failing.invoke} to ${failing.complete}) fits no order of the calls: ` +
      (because ?? `it needed ${brief(model.needs(failing), STATE_MAX)}${was}`),
    failing_index: failing.complete,
    ...(previous === undefined ? {} : { previous_ok_index: previous }),
    ...(latest === undefined ? {} : { last_linearized_index: crashed(latest) ? latest.invoke : latest.complete }),
    prefix:
      `the history up to operation ${failing.complete}, where process ${failing.process} completes ${text}, cannot be linearized; ` +
      (perhapsEarlier
        ? 'perhaps a shorter one cannot either: there was no time to find out'
        : 'without that operation it can'),
    evidence: {
      ...(key === undefined ? {} : { key }),
      window: windowOf(failing, last, calls).map(
        ({ invoke, complete, process, f }): WindowCall => ({
          index: invoke,
          complete: complete === Number.POSITIVE_INFINITY ? null : complete,
          process,
          f,
          text: told.get(invoke)!,
        }),
      ),
      configurations: last.map((one) => show(one, model)),
      failing: failing.invoke,
    } satisfies Evidence,
  };
}

/** As `f`, what was asked, and what was told: `write 3`, `read -> 3`, `dequeue -> nobody knows`. */
function tell(call: Call): string {
  const { f, input, output } = call;
  const asked = (input ?? null) === null || f === 'txn' ? '' : ` ${textOf(input)}`;
  if (crashed(call)) return brief(`${f}${f === 'txn' ? ` ${textOf(input)}` : asked} -> nobody knows`);
  const echo = (output ?? null) === null ? f !== 'read' && f !== 'get' : textOf(output) === textOf(input);
  return brief(`${f}${asked}${echo ? '' : ` -> ${textOf(output)}`}`);
}

/** On one line, and not longer than that: values may be anything. */
function brief(text: string, max = TEXT_MAX): string {
  const line = printable(text);
  return line.length <= max ? line : `${line.slice(0, max - 3)}...`;
}

/** In the order of invocation: the calls that overlap with the failing one, and as many before it as there is room for. */
function windowOf(failing: Call, last: readonly Configuration[], calls: readonly Call[]): Call[] {
  const before = calls.filter(({ invoke }) => invoke < failing.complete);
  const recent = new Set(
    last.flatMap(({ linearized }) => linearized.slice(-WINDOW_MAX / 2)).map(({ invoke }) => invoke),
  );
  const open = before.filter((call) => crashed(call));
  const worth = new Set([...open.slice(-CRASHED_MAX), ...open.filter(({ invoke }) => recent.has(invoke))]);
  const candidates = before.filter((call) => !crashed(call) || worth.has(call));
  // What ended last is nearest; of what had not ended by then, all are.
  const end = ({ complete }: Call) => Math.min(complete, failing.complete);
  candidates.sort((a, b) => end(b) - end(a) || b.invoke - a.invoke);
  const kept = candidates.slice(0, WINDOW_MAX);
  const own = calls.find(({ invoke }) => invoke === failing.invoke)!;
  if (!kept.includes(own)) kept.splice(-1, 1, own);
  return kept.sort((a, b) => a.invoke - b.invoke);
}

function show({ state, linearized, pending }: Configuration, model: Model): ShownConfiguration {
  const open = pending.slice(-WINDOW_MAX);
  const impossible = open.filter((call) => model.step(state as never, call) === undefined);
  const told = brief(model.tell(state as never), STATE_MAX);
  return {
    state: told,
    linearized: linearized.slice(-WINDOW_MAX).map(({ invoke }) => invoke),
    pending: open.map(({ invoke }) => invoke),
    needed: Object.fromEntries(
      impossible.map((call) => [call.invoke, `needed ${brief(model.needs(call), STATE_MAX)}, and it was ${told}`]),
    ),
  };
}
