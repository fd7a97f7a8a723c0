import { expect, test } from 'vitest';
import { fencing } from '../../../src/checker/fencing/index.ts';
import { checking } from '../checking.ts';

const check = checking(fencing);
/** Processes that acquire and release the lock, one after another, each with its token. */
const turns = (...tokens: unknown[]) =>
  tokens.map((token, i) => `${i} acquire, ${i} ok ${token}, ${i} release ${token}, ${i} ok`).join(', ');

test.each([
  ['tokens that grow', turns(1, 2, 7), true],
  ['one that came again', turns(1, 2, 2), false],
  ['one that went back', turns(1, 3, 2), false],
  ['one that went back, though the one before is smaller', turns(5, 1, 2), false],
  ['two at once, in any order', '0 acquire, 1 acquire, 1 ok 2, 0 ok 1', true],
  ['two at once, the same', '0 acquire, 1 acquire, 1 ok 2, 0 ok 2', false],
  ['a holder that acquires again', '0 acquire, 0 ok 1, 0 acquire, 0 ok 1', true],
  ['a holder whose release failed, too', '0 acquire, 0 ok 1, 0 release 1, 0 fail, 0 acquire, 0 ok 1', true],
  ['but not after somebody else has got it', '0 acquire, 0 ok 1, 1 acquire, 1 ok 2, 0 acquire, 0 ok 1', false],
  ['unless they ask for it at once', '0 acquire, 0 ok 1, 0 acquire, 1 acquire, 1 ok 2, 0 ok 1', true],
  ['but not after it has released', '0 acquire, 0 ok 1, 0 release 1, 0 ok, 0 acquire, 0 ok 1', false],
  ['nor when it may have', '0 acquire, 0 ok 1, 0 release 1, 0 info, 0 acquire, 0 ok 1', false],
  ['what did not end ok has no token', `0 acquire, 0 info 9, 1 acquire, 1 fail 9, ${turns(1, 2)}`, true],
  ['a violation beside what cannot be read', `${turns(2, 1)}, ${turns('"x"', null)}`, false],
])('%s', async (_, text, valid) => {
  expect((await check(text)).valid).toBe(valid);
});

test.each([
  ['', 'nobody acquired the lock'],
  ['0 acquire, 0 fail, 1 acquire, 1 info', 'nobody acquired the lock'],
  [turns(1, null), '1 of 2 acquisitions got no fencing token'],
  [turns('"x"', null), 'the token of acquire 1 is not an integer: "x"'],
])('"%s": unknown', async (text, why) => {
  expect(await check(text)).toMatchObject({ valid: 'unknown', why });
});

test('a holder that is told his old token, when somebody has a greater one, has got one that is not greater', async () => {
  const result = await check(`0 acquire, 0 ok 1, 1 acquire, 1 ok 2, 0 acquire, 0 ok 1, ${turns(3)}`);
  expect(result).toMatchObject({
    ...{ repeated: 0, not_greater: 1 },
    violations: [{ kind: 'not_greater', index: 5, token: 1, before: 2, before_index: 3 }],
    broken: [{ index: 5, until: 7 }],
  });
});

test('what is told, and when it was broken', async () => {
  const result = await check(turns(8, 9, 8, 3, 10, 11));
  expect(result).toEqual({
    valid: false,
    why: '2 of 6 acquisitions got a token that was not greater than those before; the first: process 2 got token 8, which operation 1 had got (operation 9)',
    acquired: 6,
    repeated: 1,
    not_greater: 1,
    without_token: 0,
    violations: [
      { kind: 'repeated', index: 9, time: 9, process: 2, token: 8, before: 8, before_index: 1 },
      { kind: 'not_greater', index: 13, time: 13, process: 3, token: 3, before: 9, before_index: 5 },
    ],
    broken: [{ what: 'token 8 was given after 8', index: 9, from: 9, until: 17 }],
  });
  expect(fencing.text(result)).toEqual([
    'the lock was acquired 6 times',
    'process 2 got token 8, which operation 1 had got (operation 9)',
    'process 3 got token 3, after operation 5 had got 9 (operation 13)',
  ]);
  expect(fencing.text(await check(turns(1, null)))).toEqual([
    'the lock was acquired 2 times, 1 without a fencing token',
  ]);
});
