/** Keys that take long are judged in threads: they find the same, and end when they must. */
import { expect, test } from 'vitest';
import type { LinearizableFinding } from '../../../src/checker/linearizable/finding.ts';
import { linearizable } from '../../../src/checker/linearizable/index.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { history } from '../notation.ts';
import { USUAL } from './usual.ts';

const SETTINGS = { ...USUAL, model: 'multi-register', keys: 'each' } as const;

/** Transactions of which nobody knows the order, as many as `open`, on each of two keys, and an easy key. */
function hard(open: number): string {
  const key = (name: string, first: number) => [
    ...Array.from({ length: open }, (_, i) => `${first + i} txn ["${name}",[["w","x",${i}],["w","y",${i + 1}]]]`),
    `${first} ok, ${first + 99} txn ["${name}",[["r","x",null],["r","y",null]]]`,
    `${first + 99} ok ["${name}",[["r","x",5],["r","y",7]]]`,
  ];
  return ['900 txn ["easy",[["w","x",1]]], 900 ok', ...key('a', 0), ...key('b', 200)].join(', ');
}

async function judge(text: string, timeLimit: string, signal?: AbortSignal): Promise<LinearizableFinding> {
  const context = signal === undefined ? BARE_CONTEXT : { ...BARE_CONTEXT, signal };
  return (await linearizable.check(
    history(text),
    { ...SETTINGS, time_limit: timeLimit },
    context,
  )) as LinearizableFinding;
}

test('they find what is found without them', async () => {
  const found = await judge(hard(15), '60s');
  expect(found).toMatchObject({
    valid: false,
    key_counts: { valid: 1, invalid: 2, unknown: 0 },
    failures: ['a', 'b'],
    failing_index: 19,
    evidence: { key: 'a', failing: 18, configurations: [{ state: '{"x": 0, "y": 1}' }] },
  });
  expect(found.why).toMatch(
    /^key a: txn .* \(operations 18 to 19\) fits no order .* \(2 of 3 keys are not linearizable\)$/,
  );
});

test('when the time is over they are unknown, and say how far they came, if they have begun by then', async () => {
  expect(await judge(hard(30), '1s')).toMatchObject({
    valid: 'unknown',
    key_counts: { valid: 1, invalid: 0, unknown: 2 },
    why: expect.stringMatching(
      /^key a: 1 s were not enough(: linearizable up to completion 0 of 2)? \(2 of 3 keys are unknown\)$/,
    ),
  });
});

test('where nobody waits any more they are ended', async () => {
  const leaving = new AbortController();
  const judging = judge(hard(30), '60s', leaving.signal);
  // Both keys have been tried for a while by then: this thread is free again.
  setImmediate(() => setTimeout(() => leaving.abort(), 100));
  expect((await judging).why).toBe('key a: nobody waited for it any more (2 of 3 keys are unknown)');
});
