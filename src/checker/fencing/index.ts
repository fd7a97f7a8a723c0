import { type CheckerModule, type CheckerResult, NoSettings } from '../../contract/index.ts';
import { pairs } from '../../history/index.ts';
import { Numbers } from '../numbers.ts';
import { Seen } from '../seen.ts';
import { dated, Stretches } from '../stretches.ts';
import { brief, Numbered } from '../values.ts';

/** Violations that a result holds. */
const KEPT = 1000;

interface Violation {
  readonly kind: 'repeated' | 'not_greater';
  /** Of the completion of `acquire`, and when that was, in nanoseconds. */
  readonly index: number;
  readonly time: number;
  readonly process: number;
  readonly token: number;
  /** The token that another acquisition had got, and which. */
  readonly before: number;
  readonly before_index: number;
}

/**
 * The fencing tokens of a lock: no two acquisitions get the same, and who acquires the lock gets a greater one than everybody whose
 * acquisition had ended before his began (Kleppmann, "How to do distributed locking", 2016, "Making the lock safe with fencing": a number
 * that increases every time a client acquires the lock). A store that keeps the greatest token it has seen then refuses a holder whose lease is over.
 * It does not ask whether two hold the lock at a time, which leases allow: see `linearizable` with `mutex`. Who holds the lock, and acquires it
 * again, may get the token that he has, as long as nobody has got a greater one. `acquire` null, when ok the token, null where the database has none; `release`. Of a
 * lock without tokens, or with one that is no integer, the verdict is unknown unless others show a violation.
 *
 * Result: `acquired`, `repeated`, `not_greater`, `without_token`, `violations` (the first 1,000), `broken`: from a wrong token to the
 * next that is right. O(n log n); 40 bytes an acquisition.
 */
export const fencing: CheckerModule<typeof NoSettings> = {
  kind: 'checker',
  name: 'fencing',
  summary: 'The fencing tokens of a lock grow with each holder, and none is given twice.',
  settings: NoSettings,
  judges: ['lock'],
  check(history): CheckerResult {
    const counts = { acquired: 0, repeated: 0, not_greater: 0, without_token: 0 };
    const violations: Violation[] = [];
    const stretches = new Stretches();
    const greatest = new Seen();
    const tokens = new Numbered();
    const givenBy = new Numbers();
    /** What each process holds. */
    const held = new Map<number, number>();
    let odd: string | undefined;
    for (const { invoke, completion } of pairs(history)) {
      const process = invoke.process as number;
      if (invoke.f === 'release' && completion?.type !== 'fail') held.delete(process);
      if (invoke.f !== 'acquire' || completion?.type !== 'ok') continue;
      const { index, time, value } = completion;
      counts.acquired++;
      if (value === null) counts.without_token++;
      else if (!Number.isSafeInteger(value)) odd ??= `the token of acquire ${index} is not an integer: ${brief(value)}`;
      if (!Number.isSafeInteger(value)) continue;
      const token = value as number;
      const floor = greatest.before(invoke.index);
      // He still has it, unless somebody has got a greater one in the meantime.
      const again = held.get(process) === token;
      if (again && floor?.value === token) continue;
      held.set(process, token);
      const number = tokens.add(token);
      greatest.add(index, token);
      const add = (kind: Violation['kind'], before: number, before_index: number) => {
        counts[kind]++;
        if (violations.length < KEPT) violations.push({ kind, index, time, process, token, before, before_index });
        stretches.bad(`token ${token} was given after ${before}`, index, time);
      };
      if (number < givenBy.length && !again) add('repeated', token, givenBy.at(number));
      else {
        if (!again) givenBy.push(index);
        if (floor !== undefined && token < floor.value) add('not_greater', floor.value, floor.index);
        else stretches.good(time);
      }
    }
    const [first] = violations;
    if (first !== undefined) {
      const wrong = counts.repeated + counts.not_greater;
      const why = `${wrong} of ${counts.acquired} acquisitions got a token that was not greater than those before; the first: ${wording(first)}`;
      return { valid: false, why, ...counts, violations, ...dated(stretches.found) };
    }
    const why =
      odd ??
      (counts.acquired === 0
        ? 'nobody acquired the lock'
        : counts.without_token > 0
          ? `${counts.without_token} of ${counts.acquired} acquisitions got no fencing token`
          : undefined);
    return { ...(why === undefined ? { valid: true } : { valid: 'unknown', why }), ...counts };
  },
  text({ acquired, without_token, violations = [] }) {
    const without = without_token === 0 ? '' : `, ${without_token} without a fencing token`;
    const told = violations as Violation[];
    return [
      `the lock was acquired ${acquired} times${without}`,
      ...told.slice(0, 5).map(wording),
      ...(told.length > 5 ? [`... and ${told.length - 5} more`] : []),
    ];
  },
};

function wording({ kind, index, process, token, before, before_index }: Violation): string {
  const than =
    kind === 'repeated'
      ? `which operation ${before_index} had got`
      : `after operation ${before_index} had got ${before}`;
  return `process ${process} got token ${token}, ${than} (operation ${index})`;
}
