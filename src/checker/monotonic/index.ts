import Type from 'typebox';
import type { Broken, CheckerModule, CheckerResult, Settings } from '../../contract/index.ts';
import { pairs } from '../../history/index.ts';
import { Numbers } from '../numbers.ts';
import { Seen } from '../seen.ts';
import { dated, Stretches } from '../stretches.ts';
import { brief, Numbered } from '../values.ts';

const settings = Type.Object(
  {
    real_time: Type.Boolean({
      description:
        'Whether values may not go back over real time either: an operation sees no less than any that had ended before it was invoked, whoever saw it. Else only what a process itself has seen counts.',
      strictness: 'rises',
      default: false,
      examples: [true],
    }),
  },
  { additionalProperties: false },
);

/** Violations that a result holds. */
const KEPT = 1000;

interface Violation {
  readonly kind: 'went-back' | 'not-increased' | 'duplicate';
  readonly index: number;
  /** Nanoseconds since the run began, when the operation completed. */
  readonly time: number;
  readonly process: number;
  readonly f: string;
  readonly value: number | null;
  /** What had been seen before, and by which operation. */
  readonly seen: number | null;
  readonly seen_index: number;
}

/**
 * A value that only grows. `increment`, when ok, has the new value, `read` (`read-node`: `[node, value]`) the value, null before the first increment.
 * What a process sees never goes back (monotonic reads: Terry et al., Session guarantees for weakly consistent replicated data, PDIS
 * 1994), an increment gives more than the process has seen, and no two increments give the same (jepsen.cockroach.monotonic asks the same of
 * timestamps). With `real_time` the floor is what any operation had seen that ended before this one began.
 *
 * Result: `operations`, `went_back`, `not_increased`, `duplicated` (increments that gave what another had given), `violations` (the first
 * 1,000), `broken`: per process, from the first value that was wrong to the next that was not.
 */
export const monotonic: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'monotonic',
  summary: 'Values never go back, and no increment gives what another gave.',
  settings,
  judges: ['monotonic'],
  check(history, { real_time }: Settings<typeof settings>): CheckerResult {
    const counts = { 'went-back': 0, 'not-increased': 0, duplicate: 0 };
    const violations: Violation[] = [];
    const broken: Broken[] = [];
    const given = new Numbered();
    const givenBy = new Numbers();
    const everybody = new Seen();
    const processes = new Map<number, { seen: Seen; stretches: Stretches }>();
    let operations = 0;
    let odd: string | undefined;
    for (const { invoke, completion } of pairs(history)) {
      const { f } = invoke;
      if (completion?.type !== 'ok' || (f !== 'increment' && f !== 'read' && f !== 'read-node')) continue;
      const { index, time } = completion;
      const value = f === 'read-node' ? (completion.value as unknown[] | null)?.[1] : completion.value;
      if (!Number.isSafeInteger(value) && !(value === null && f !== 'increment')) {
        odd ??= `the value of ${f} ${index} is not an integer: ${brief(value)}`;
        continue;
      }
      operations++;
      const process = completion.process as number;
      const own = processes.get(process) ?? { seen: new Seen(), stretches: new Stretches(broken) };
      processes.set(process, own);
      const add = (kind: Violation['kind'], seen: number, seen_index: number) => {
        counts[kind]++;
        if (violations.length >= KEPT) return;
        const told = { process, f, value: value as number | null, seen: seen === NOTHING ? null : seen, seen_index };
        violations.push({ kind, index, time, ...told });
      };

      const level = value === null ? NOTHING : (value as number);
      const floor = (real_time ? everybody : own.seen).before(invoke.index);
      if (floor !== undefined && (level < floor.value || (f === 'increment' && level === floor.value))) {
        add(level < floor.value ? 'went-back' : 'not-increased', floor.value, floor.index);
        own.stretches.bad(`process ${process} saw ${value} after ${floor.value}`, index, time);
      } else own.stretches.good(time);
      if (f === 'increment') {
        const number = given.add(value);
        if (number === givenBy.length) givenBy.push(index);
        else {
          add('duplicate', level, givenBy.at(number));
          own.stretches.bad(`process ${process} was given ${value} again`, index, time);
        }
      }
      own.seen.add(index, level);
      if (real_time) everybody.add(index, level);
    }
    const found = {
      operations,
      went_back: counts['went-back'],
      not_increased: counts['not-increased'],
      duplicated: counts.duplicate,
    };
    if (odd !== undefined) return { valid: 'unknown', why: odd, ...found };
    if (operations === 0) return { valid: 'unknown', why: 'no value was seen', ...found };
    const [first] = violations;
    if (first === undefined) return { valid: true, ...found };
    const all = found.went_back + found.not_increased + found.duplicated;
    const why = `${all} of ${operations} operations saw what they may not; the first: ${wording(first)}`;
    return { valid: false, why, ...found, violations, ...dated(broken) };
  },
  text({ operations, went_back, not_increased, duplicated, violations = [] }) {
    return [
      `${operations} values seen; ${went_back} went back, ${not_increased} increments did not increase, ${duplicated} gave a value twice`,
      ...(violations as Violation[]).slice(0, 5).map(wording),
    ];
  },
};

/** Below every value: before the first increment. */
const NOTHING = Number.NEGATIVE_INFINITY;

function wording({ kind, index, process, f, value, seen, seen_index }: Violation): string {
  const what = f === 'increment' ? `incremented to ${value}` : `read ${value}`;
  const before =
    kind === 'duplicate'
      ? `which operation ${seen_index} had been given`
      : `after operation ${seen_index} had seen ${seen}`;
  return `process ${process} ${what}, ${before} (operation ${index})`;
}
