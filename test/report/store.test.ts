import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeStore, storedLogs } from '../../src/report/index.ts';

const start = new Date('2026-11-25T22:05:06.789Z');

it('gives each run a folder of its own, also in the same millisecond, and points latest at the last', () => {
  const root = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
  const stores = ['one', 'one', 'two'].map((plan) => makeStore(root, plan, start));
  expect(stores.map(({ folder }) => folder.slice(root.length))).toEqual([
    '/one/2026-11-25T220506789Z',
    '/one/2026-11-25T220506789Z-1',
    '/two/2026-11-25T220506789Z',
  ]);
  for (const [index, store] of stores.entries()) {
    store.write('results.json', String(index));
    store.link();
    expect(realpathSync(join(root, 'latest'))).toBe(realpathSync(store.folder));
  }
  expect(readFileSync(join(root, 'one', 'latest', 'results.json'), 'utf8')).toBe('1');
  expect(readdirSync(root).sort()).toEqual(['latest', 'one', 'two']);
});

it('finds the logs of a run again, by node', () => {
  const root = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
  const store = makeStore(root, 'one', start);
  expect(storedLogs(store.folder)).toEqual([]);
  for (const [node, file] of [
    ['n10', 'db.log'],
    ['n2', 'db.log'],
    ['n2', 'a.log'],
  ] as const)
    writeFileSync(join(store.nodeFolder(node), file), 'x');
  mkdirSync(join(store.folder, 'nodes', 'n3'));
  const path = (node: string, file: string) => join(store.folder, 'nodes', node, file);
  expect(storedLogs(store.folder)).toEqual([
    { node: 'n2', file: 'a.log', path: path('n2', 'a.log') },
    { node: 'n2', file: 'db.log', path: path('n2', 'db.log') },
    { node: 'n10', file: 'db.log', path: path('n10', 'db.log') },
  ]);
});
