import { describe, expect, test } from 'vitest';
import type { Call, Decision } from '../../src/checker/linearizable/call.ts';
import { decideRegister } from '../../src/checker/linearizable/register/index.ts';
import { type BruteModel, bruteRegister, firstBad } from './brute.ts';
import { justInTime } from './jit.ts';
import { draws, type RegisterShape, randomCalls } from './registers.ts';
import { wrongWith } from './replay.ts';

const UNLIMITED = { timeMs: Number.POSITIVE_INFINITY, memoryBytes: Number.POSITIVE_INFINITY };
const SMALL = { calls: 7, processes: 5, info: 15, nil: 5, mutated: 50 };

/** Each test has histories of its own. */
const seedOf = (name: string) => [...name].reduce((seed, letter) => Math.imul(seed, 31) + letter.charCodeAt(0), 7);

const show = (calls: readonly Call[]) =>
  calls
    .map(
      ({ f, input, output, invoke, complete }) =>
        `${invoke}-${complete} ${f} ${JSON.stringify(input)} ${JSON.stringify(output)}`,
    )
    .join('\n');

function tellIfWrong(calls: readonly Call[], { failing, last }: Decision & { valid: false }, model: BruteModel): void {
  if (last.length === 0) expect.fail(`no configuration\n${show(calls)}`);
  for (const configuration of last) {
    const wrong = wrongWith(calls, failing, configuration, model);
    if (wrong !== undefined) {
      expect.fail(`${wrong} in ${JSON.stringify(configuration)} before ${failing.complete}\n${show(calls)}`);
    }
  }
}

describe.each([
  ['register', { ...SMALL, cas: false }],
  ['cas-register', { ...SMALL, cas: true }],
])('%s: the engine finds what every order tried finds', (name, shape) => {
  test.each([
    ['two values', 2, 0, 'absent', 20_000],
    ['three values', 3, 0, 'absent', 20_000],
    ['from null', 2, null, 'absent', 15_000],
    ['from null, of which a read says nothing', 2, null, 'unknown', 15_000],
    ['a null that says nothing', 3, 0, 'unknown', 15_000],
    ['distinct values', 'distinct', 0, 'absent', 15_000],
    ['distinct values, and nulls', 'distinct', null, 'unknown', 15_000],
  ] as const)('%s', (variant, values, initial, nilRead, count) => {
    const below = draws(seedOf(`${name} ${variant}`));
    const model = bruteRegister(initial, nilRead);
    let invalid = 0;
    for (let i = 0; i < count; i++) {
      const calls = randomCalls(below, { ...shape, values, initial } as RegisterShape);
      const bad = firstBad(calls, model);
      const decision = decideRegister(calls, { initial, nilRead, cas: shape.cas }, UNLIMITED);
      const found =
        decision.valid === false ? calls.indexOf(decision.failing) : decision.valid === true ? -1 : decision;
      if (found !== bad) expect.fail(`history ${i}: ${found}, not ${bad}\n${show(calls)}`);
      if (decision.valid === false) {
        invalid++;
        tellIfWrong(calls, decision, model);
      }
    }
    // Neither verdict may be the only one that was tried.
    expect(invalid / count).toBeGreaterThan(0.1);
    expect(invalid / count).toBeLessThan(0.5);
  });
});

describe('longer histories: the engine finds what just-in-time linearization without a shortcut finds', () => {
  test.each([
    ['register', false, 3, 4, 60, 150],
    ['cas-register', true, 3, 4, 60, 200],
    ['cas-register, many crashed', true, 3, 15, 30, 150],
    ['distinct values', false, 'distinct', 4, 60, 150],
    ['many values', true, 8, 3, 60, 300],
  ] as const)('%s', (name, cas, values, info, size, count) => {
    const below = draws(seedOf(name));
    const model = bruteRegister(0, 'absent');
    let invalid = 0;
    for (let i = 0; i < count; i++) {
      const shape = { calls: size, processes: 7, values, initial: 0, cas, info, nil: 0, mutated: 50 };
      const calls = randomCalls(below, shape);
      const { failing } = justInTime(calls, model);
      const decision = decideRegister(calls, { initial: 0, nilRead: 'absent', cas }, UNLIMITED);
      if ((decision.valid === false ? decision.failing : undefined) !== failing) {
        expect.fail(`history ${i}: ${failing?.complete}, not ${JSON.stringify(decision)}\n${show(calls)}`);
      }
      if (decision.valid === false) {
        invalid++;
        tellIfWrong(calls, decision, model);
      }
    }
    expect(invalid / count).toBeGreaterThan(0.1);
  });
});
