import { expect } from 'vitest';
import { type AnyChecker, BARE_CONTEXT, type CheckerResult } from '../../src/contract/index.ts';
import { type Simulated, simulate } from './simulate.ts';

const WITH_BUG = 100;
const CAUGHT = 99;
const CORRECT = 1000;

/**
 * A checker finds the bug that it exists to find in at least 99 of 100 seeds, and passes the correct twin in 1,000 of 1,000.
 * `database` makes one for a run: with the bug, or without.
 */
export async function trial(checker: AnyChecker, settings: unknown, database: (bug: boolean) => Simulated) {
  const judge = async (seed: number, bug: boolean): Promise<CheckerResult> =>
    checker.check(simulate(seed, database(bug)), settings, BARE_CONTEXT);

  const missed: string[] = [];
  for (let seed = 1; seed <= WITH_BUG; seed++) {
    const { valid, why } = await judge(seed, true);
    if (valid !== false) missed.push(`seed ${seed}: ${valid}: ${why}`);
  }
  expect(missed.length, `with the bug: ${missed.slice(0, 3).join('\n')}`).toBeLessThanOrEqual(WITH_BUG - CAUGHT);

  const refused: string[] = [];
  for (let seed = 1; seed <= CORRECT && refused.length < 3; seed++) {
    const { valid, why } = await judge(seed, false);
    if (valid !== true) refused.push(`seed ${seed}: ${valid}: ${why}`);
  }
  expect(refused, 'the correct twin').toEqual([]);
}
