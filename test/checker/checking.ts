import { type AnyChecker, BARE_CONTEXT, type CheckerResult } from '../../src/contract/index.ts';
import { history } from './notation.ts';

/** Has a checker judge histories in short notation. */
export const checking =
  (checker: AnyChecker, defaults: object = {}) =>
  async (text: string, settings: object = {}): Promise<CheckerResult> =>
    checker.check(history(text), { ...defaults, ...settings }, BARE_CONTEXT);
