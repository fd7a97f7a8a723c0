import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { checkers } from '../../src/checker/index.ts';
import type { AnyChecker, CheckerResult } from '../../src/contract/index.ts';
import { USUAL } from '../checker/linearizable/usual.ts';
import * as measured from './measured.ts';
import type { Simulated } from './simulate.ts';
import { trial } from './trial.ts';

const folder = measured.logFolder();
afterAll(() => folder.remove());

const LINEARIZABLE = { ...USUAL, model: 'register' };

type Shows = (result: never) => boolean;

test.each<[checker: string, settings: object, bug: string, database: (bug: boolean) => Simulated, shows: Shows]>([
  [
    'freshness',
    { apart: '1s', initial: null },
    'a replica that lags behind',
    measured.lateReplica,
    ({ stale_by_node }: { stale_by_node: object }) => Object.keys(stale_by_node).join() === 'n3',
  ],
  [
    'converged',
    {},
    'a replica that misses additions',
    measured.deafReplica,
    ({ differences: [{ values }] }: { differences: [{ values: { nodes: string[] }[] }] }) =>
      values.map(({ nodes }) => nodes.join(' ')).join('|') === 'n1 n3|n2',
  ],
  [
    'availability',
    { acknowledged: '>= 90%' },
    'one side of a partition is refused',
    measured.refusedSide,
    ({ sides }: { sides: { side: string; rate: number }[] }) =>
      sides.every(({ side, rate }) => (side === 'n1' ? rate < 0.2 : rate > 0.8)),
  ],
  [
    'availability',
    { acknowledged: '>= 0%', gap: '< 50ms' },
    'nobody is answered for a while',
    measured.silence,
    ({ broken }: CheckerResult) => broken?.length === 1 && (broken[0]?.until ?? 0) > 110_000_000,
  ],
  [
    'latency',
    { window: '10s', p99: '< 30ms' },
    'some writes take long',
    measured.slowDisk,
    ({ why }: CheckerResult) => /^write p99 is 5\d(?:\.\d+)?ms, not < 30ms$/.test(why ?? ''),
  ],
  [
    'latency',
    { window: '10s', p95: '< 20ms' },
    'it stands still, and all wait behind',
    measured.standstill,
    () => true,
  ],
  [
    'clock',
    { skew: '< 10ms' },
    'a clock that runs away',
    measured.runawayClock,
    ({ nodes }: { nodes: Record<string, { greatest_ms: number }> }) =>
      Object.entries(nodes).every(([node, { greatest_ms }]) => greatest_ms > 4 === (node === 'n3')),
  ],
  [
    'logs',
    { forbidden: ['^PANIC'], files: ['db.log'] },
    'it says what has broken',
    measured.tornPages(folder.path),
    ({ found }: { found: { node: string }[] }) => found.every(({ node }) => node === 'n2'),
  ],
  [
    'stats',
    { every_f: true },
    'an operation that never succeeds',
    measured.uselessCas,
    ({ why }: CheckerResult) => why === 'cas never ended ok',
  ],
  [
    'assertions',
    { lost: 0, 'set acknowledged': '> 50' },
    'what another checker counts',
    measured.reportedSet,
    ({ why }: CheckerResult) => /^lost is \d+, not 0$/.test(why ?? ''),
  ],
  [
    'independent',
    { checker: { linearizable: LINEARIZABLE } },
    'one key of five is stale',
    measured.brokenKey,
    ({ failures }: { failures: string[] }) => failures.join() === '3',
  ],
])('%s %j: %s', async (name, settings, _, database, shows) => {
  const checker = checkers.find((one) => one.name === name) as AnyChecker;
  await trial(checker, settings, database, shows as (result: CheckerResult) => boolean);
});

test('every checker has a bug to find', () => {
  const texts = ['checkers', 'linearizable', 'measuring'].map((name) =>
    readFileSync(new URL(`${name}.test.ts`, import.meta.url), 'utf8'),
  );
  const isTried = (name: string) =>
    texts.some(
      (text) => text.includes(`'${name}', {`) || text.includes(`(${name}, {`) || text.includes(`'${name}',\n    {`),
    );
  expect(checkers.map(({ name }) => name).filter((name) => !isTried(name))).toEqual(['noop']);
});
