import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRegistry } from '../../src/cli/registry.ts';
import { judgeEntry } from './judge.ts';
import type { Entry } from './manifest.ts';

const path = join(mkdtempSync(join(tmpdir(), 'corpus-')), 'history.jsonl');
writeFileSync(
  path,
  [
    { index: 0, type: 'invoke', process: 0, f: 'enqueue', value: 'a' },
    { index: 1, type: 'ok', process: 0, f: 'enqueue', value: 'a' },
    { index: 2, type: 'invoke', process: 1, f: 'dequeue', value: null },
    { index: 3, type: 'ok', process: 1, f: 'dequeue', value: 'b' },
  ]
    .map((op) => `${JSON.stringify(op)}\n`)
    .join(''),
);

const registry = makeRegistry();
const details = { lost: ['a'], 'lost-count': 1, unexpected: ['b'], 'ok-count': 0 };
const entry: Entry = { id: 'it', file: 'history.jsonl', checker: 'total-queue', expect: { valid: false, details } };

test('what is as expected has no differences', async () => {
  expect(await judgeEntry(entry, path, registry)).toEqual([]);
  expect(
    await judgeEntry(
      { ...entry, checker: 'queue', model: 'unordered-queue', expect: { valid: false } },
      path,
      registry,
    ),
  ).toEqual([]);
});

const expecting = (expect: object): Partial<Entry> => ({ expect: { ...entry.expect, ...expect } });

test.each<[string, Partial<Entry>, RegExp]>([
  ['another verdict', expecting({ valid: true }), /^valid: expected true, found false \(1 acknowledged/],
  ['another detail', expecting({ details: { 'lost-count': 2 } }), /^lost-count: expected 2, found 1$/],
  ['another list', expecting({ details: { lost: ['a', 'a'] } }), /^lost: expected \["a","a"\], found \["a"\]$/],
  ['a detail that nobody knows', expecting({ details: { depth: 1 } }), /^depth: nothing in the result stands for it$/],
  ['an expectation that nobody knows', expecting({ colour: 'red' }), /^colour: nothing here stands for it$/],
  ['anomalies', expecting({ anomalies: ['G0'] }), /^anomalies: G0 not found$/],
  [
    'exact anomalies',
    expecting({ anomalies: ['G0'], anomaliesExact: true }),
    /^anomalies: expected \["G0"\], found \[\]$/,
  ],
  ['models that do not hold', expecting({ not: ['serializable'] }), /^not: expected \["serializable"\], found \[\]$/],
  ['an error', expecting({ error: 'it' }), /^error: expected "it", found nothing$/],
  ['an option that nobody knows', { options: { strict: true } }, /^option strict: nothing here stands for it$/],
  ['an option without that value', { checker: 'queue', options: { model: 'fifo' } }, /^only null has a meaning here$/],
  [
    'a setting of another type',
    { checker: 'set-full', options: { linearizable: 1 } },
    /^expected true or false, got 1$/,
  ],
  ['a model that nobody knows', { checker: 'queue', model: 'fifo-queue' }, /^there is no model "fifo-queue"$/],
  ['a model of a checker that has none', { model: 'fifo-queue' }, /^there is no model "fifo-queue"$/],
  ['a checker that nobody knows', { checker: 'tea-leaves' }, /^there is no checker for "tea-leaves"$/],
])('%s is a difference', async (_, change, difference) => {
  const differences = await judgeEntry({ ...entry, ...change }, path, registry);
  expect(differences).toHaveLength(1);
  expect(differences[0]).toMatch(difference);
});

test('of an original only the verdict counts', async () => {
  expect(await judgeEntry({ ...entry, ...expecting({ details: { 'lost-count': 2 } }) }, path, registry, true)).toEqual(
    [],
  );
  expect(await judgeEntry({ ...entry, ...expecting({ valid: 'unknown' }) }, path, registry, true)).toHaveLength(1);
});

test('a file that cannot be read is a difference', async () => {
  expect((await judgeEntry(entry, `${path}.not`, registry))[0]).toMatch(/^Cannot read the history/);
});
