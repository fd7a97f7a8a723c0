import { expect } from 'vitest';
import { checkers } from '../../src/checker/index.ts';
import { type AnyChecker, BARE_CONTEXT, type CheckContext, type CheckerResult } from '../../src/contract/index.ts';
import { type Simulated, simulate } from './simulate.ts';

const WITH_BUG = 100;
const CAUGHT = 99;
const CORRECT = 1000;

/** Others that it asks judge with nothing but the history. */
const CONTEXT: CheckContext = {
  ...BARE_CONTEXT,
  check: async ({ name, settings }, history) =>
    (checkers.find((one) => one.name === name) as AnyChecker).check(history, settings, BARE_CONTEXT),
};

/**
 * A checker finds the bug that it exists to find in at least 99 of 100 seeds, and passes the correct twin in 1,000 of 1,000.
 * `database` makes one for a run: with the bug, or without. `shows`: whether the finding says what is wrong, too.
 */
export async function trial(
  checker: AnyChecker,
  settings: unknown,
  database: (bug: boolean) => Simulated,
  shows: (result: CheckerResult) => boolean = () => true,
) {
  const judge = async (seed: number, bug: boolean): Promise<CheckerResult> => {
    const simulated = database(bug);
    const history = simulate(seed, simulated);
    return checker.check(history, settings, { ...CONTEXT, ...(await simulated.context?.(history)) });
  };

  const missed: string[] = [];
  for (let seed = 1; seed <= WITH_BUG; seed++) {
    const result = await judge(seed, true);
    if (result.valid !== false || !shows(result)) missed.push(`seed ${seed}: ${result.valid}: ${result.why}`);
  }
  expect(missed.length, `with the bug: ${missed.slice(0, 3).join('\n')}`).toBeLessThanOrEqual(WITH_BUG - CAUGHT);

  const refused: string[] = [];
  for (let seed = 1; seed <= CORRECT && refused.length < 3; seed++) {
    const { valid, why } = await judge(seed, false);
    if (valid !== true) refused.push(`seed ${seed}: ${valid}: ${why}`);
  }
  expect(refused, 'the correct twin').toEqual([]);
}
