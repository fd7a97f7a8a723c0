/** The engine and its models against the brute force, which shares nothing with them: verdict and failing completion. */
import { describe, expect, test } from 'vitest';
import type { Call } from '../../../src/checker/linearizable/call.ts';
import { decide } from '../../../src/checker/linearizable/generic/decide.ts';
import type { ModelName } from '../../../src/checker/linearizable/settings.ts';
import { firstBad } from '../../oracle/brute.ts';
import { makeDraws } from '../../planted/simulate.ts';
import { randomCalls } from './random.ts';
import { bruteOf, subjectOf, TOLD } from './subjects.ts';

const HISTORIES = 100_000;
const CALLS_MAX = 6;
const LIMITS = { timeMs: 60_000, memoryBytes: 1e9 };

describe.each(Object.keys(TOLD) as ModelName[])('%s', (name) => {
  const subject = subjectOf(name);
  const brute = bruteOf(name);
  let model = subject.model();

  test(`is as the brute force says on ${HISTORIES} histories, valid and not, to the completion`, () => {
    let invalid = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      const rng = makeDraws(seed);
      const calls = randomCalls(subject, rng, rng.int(2, CALLS_MAX), rng.int(2, 4), seed % 2 > 0);
      // Models remember what they have met; a store of texts spares the more, the fewer gets there are.
      if (name === 'key-value' || seed % 256 === 0) model = subject.model();
      const found = engine(calls);
      const expected = bruteForce(calls);
      if (expected !== undefined) invalid++;
      if (found !== expected) expect.fail(`${name}, seed ${seed}: ${found}, not ${expected}: ${JSON.stringify(calls)}`);
    }
    // Else the generator has become too tame to show anything.
    expect(invalid).toBeGreaterThan(HISTORIES / 20);
    expect(invalid).toBeLessThan(HISTORIES / 2);
  });

  /** The index of the completion that does not fit. */
  function engine(calls: readonly Call[]): number | undefined {
    const decision = decide(
      calls.flatMap((call) => model.accept(call)),
      model,
      LIMITS,
    );
    if (decision.valid === 'unknown') throw new Error(decision.why);
    return decision.valid ? undefined : decision.failing.complete;
  }

  function bruteForce(calls: readonly Call[]): number | undefined {
    // Who calls matters to an owner only: there the brute force finds it in the input.
    const asked = name === 'owned-mutex' ? calls.map((call) => ({ ...call, input: call.process })) : calls;
    return calls[firstBad(asked, brute, true)]?.complete;
  }
});
