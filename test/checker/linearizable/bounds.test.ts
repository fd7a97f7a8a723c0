/** The two bounds of a search with many calls that never completed: what they decide is what every order tried decides. */
import { describe, expect, test } from 'vitest';
import type { Call } from '../../../src/checker/linearizable/call.ts';
import { decideByBounds } from '../../../src/checker/linearizable/register/bounds.ts';
import { decideRegister, type RegisterOptions } from '../../../src/checker/linearizable/register/index.ts';
import { prepare } from '../../../src/checker/linearizable/register/problem.ts';
import { assignSlots } from '../../../src/checker/linearizable/register/slots.ts';
import { historyOf } from '../../../src/history/index.ts';
import { registerOps } from '../../bench/registers.ts';
import { bruteRegister, firstBad } from '../../oracle/brute.ts';
import { callsOf } from '../../oracle/calls.ts';
import { draws, randomCalls } from '../../oracle/registers.ts';
import { wrongWith } from '../../oracle/replay.ts';

const OPTIONS: RegisterOptions = { initial: null, nilRead: 'absent', cas: true };
const UNLIMITED = { timeMs: Number.POSITIVE_INFINITY, memoryBytes: Number.POSITIVE_INFINITY };
const MODEL = bruteRegister(null, 'absent');

function bounds(calls: readonly Call[], narrow: number) {
  const problem = prepare(calls, OPTIONS);
  if (typeof problem === 'string') throw new Error(problem);
  return decideByBounds(problem, assignSlots(problem), UNLIMITED, { narrow });
}

describe.each([1, 4])('with %i at a time', (narrow) => {
  test('what is decided is right, to the completion, and nearly all is', () => {
    const below = draws(7 + narrow);
    const shape = { calls: 8, processes: 4, values: 3, initial: null, cas: true, info: 40, nil: 0, mutated: 60 };
    const counts = { valid: 0, invalid: 0, undecided: 0 };
    for (let i = 0; i < 10_000; i++) {
      const calls = randomCalls(below, shape);
      const decision = bounds(calls, narrow);
      const bad = firstBad(calls, MODEL);
      if (decision === undefined) counts.undecided++;
      else if (decision.valid === true) {
        counts.valid++;
        expect(bad, JSON.stringify(calls)).toBe(-1);
      } else if (decision.valid === false) {
        counts.invalid++;
        expect(decision.failing, JSON.stringify(calls)).toBe(calls[bad]);
        expect(decision.last.length).toBeGreaterThan(0);
        for (const one of decision.last) expect(wrongWith(calls, decision.failing, one, MODEL)).toBe(undefined);
      }
    }
    expect(counts.valid).toBeGreaterThan(3000);
    expect(counts.invalid).toBeGreaterThan(1000);
    expect(counts.undecided).toBeLessThan(500);
  });
});

describe('a fifth of a thousand calls crashed', () => {
  const ops = [...registerOps({ clients: 10, ops: 1000, seed: 3, crashed: 200 })];
  const decide = (changed = ops) =>
    decideRegister(callsOf(historyOf(changed)), OPTIONS, { ...UNLIMITED, timeMs: 60_000 });

  test('valid', () => {
    expect(decide()).toMatchObject({ valid: true });
  });

  test('a value that nobody wrote is found, where it is', () => {
    const at = ops.findIndex(({ f, type, index }) => f === 'read' && type === 'ok' && index > 1500);
    const decision = decide(ops.with(at, { ...ops[at]!, value: 99 }));
    expect(decision).toMatchObject({ valid: false, failing: { complete: ops[at]!.index } });
  });
});
