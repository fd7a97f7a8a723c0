import { expect, test } from 'vitest';
import {
  type AnyChecker,
  BARE_CONTEXT,
  type CheckerResult,
  mergeValid,
  NoSettings,
  type Validity,
} from '../../src/contract/index.ts';
import { checkAll } from '../../src/executor/check.ts';
import { historyOf } from '../../src/history/index.ts';
import { executeGiven } from './setup.ts';

const checker = (name: string, check: AnyChecker['check'], more: Partial<AnyChecker> = {}): AnyChecker => {
  return {
    kind: 'checker',
    name,
    summary: '',
    settings: NoSettings,
    judges: 'any',
    check,
    text: () => [name],
    ...more,
  };
};
const says = (valid: Validity) => checker(`says-${valid}`, () => ({ valid }));
const throws = checker('throws', () => {
  throw new Error('out of tape');
});

/** How each of several checkers, in every order, makes up one verdict. */
const ALL = [says(true), says('unknown'), says(false), throws];
const EXPECTED = (names: readonly string[]): Validity => {
  if (names.includes('says-false')) return false;
  return names.some((name) => name === 'throws' || name === 'says-unknown') ? 'unknown' : true;
};

function* orders<T>(items: readonly T[]): Generator<T[]> {
  yield [];
  for (const [at, item] of items.entries()) {
    for (const rest of orders(items.toSpliced(at, 1))) yield [item, ...rest];
  }
}

test('in every order: false over unknown over true, and one that throws is unknown', async () => {
  let count = 0;
  for (const some of orders(ALL)) {
    if (some.length === 0) continue;
    const { results } = await executeGiven({ checkers: some, count: 2 });
    expect(results.valid, some.map(({ name }) => name).join()).toBe(EXPECTED(some.map(({ name }) => name)));
    count++;
  }
  expect(count).toBe(64);
}, 20_000);

test('of no verdict at all: unknown', () => {
  expect(mergeValid([])).toBe('unknown');
});

const run = (some: readonly AnyChecker[], context: Partial<typeof BARE_CONTEXT> = {}) => {
  const registry = { checkers: new Map(some.map((one) => [one.name, one])) } as never;
  const uses = some.map(({ name }) => ({ name, settings: {} }));
  return checkAll(uses, historyOf([]), registry, { ...BARE_CONTEXT, ...context });
};

test('they are told what ended a run before its time', async () => {
  const asked = checker('asks', (_history, _settings, { cutShort }) => ({ valid: true, cutShort }));
  const whole = await executeGiven({ checkers: [asked], count: 2 });
  expect(whole.results.checkers.asks).toEqual({ valid: true });
  const bad = { atMs: 500, forMs: null, nemesis: 'bad' };
  const { results } = await executeGiven({ checkers: [asked], faults: [bad], nemeses: [] });
  expect(results.checkers.asks).toEqual({ valid: true, cutShort: results.error });
  expect(results.error).toContain('bad');
});

test('one that throws says why, and keeps nobody else from judging', async () => {
  const found = await run([throws, says(false)]);
  expect(found.throws).toEqual({ valid: 'unknown', why: 'the checker failed: out of tape', failed: true });
  expect(found['says-false']).toEqual({ valid: false });
});

test('one that judges what others report comes last, and sees it all', async () => {
  let seen: unknown;
  const last = checker(
    'last',
    (_history, _settings, { reported }) => {
      seen = reported;
      return { valid: true };
    },
    { last: true },
  );
  const counts = checker('counts', () => ({ valid: true, lost: 3 }));
  const found = await run([last, counts], { reported: { operations: { ok: 1 } } });
  expect(seen).toEqual({ operations: { ok: 1 }, counts: { valid: true, lost: 3 } });
  expect(Object.keys(found)).toEqual(['counts', 'last']);
});

test('a checker may ask another, and one that throws is unknown to it, too', async () => {
  const found: CheckerResult[] = [];
  const asking = checker('asking', async (history, _, context) => {
    for (const name of ['says-true', 'throws', 'nobody'])
      found.push(await context.check({ name, settings: {} }, history));
    return { valid: true };
  });
  await run([asking, says(true), throws]);
  expect(found).toMatchObject([
    { valid: true },
    { valid: 'unknown', failed: true },
    { valid: 'unknown', why: 'the checker failed: there is no checker "nobody"' },
  ]);
});
