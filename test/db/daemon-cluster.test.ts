/** What every database on real nodes shares, tried with processes that are no database. */

import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import type { Daemon, Node } from '../../src/contract/index.ts';
import { DaemonCluster } from '../../src/db/daemon-cluster.ts';
import { fits, requireVersion } from '../../src/db/version.ts';
import { makeRealClock } from '../../src/env/real-clock.ts';
import { eventually } from './eventually.ts';
import { type LoopbackNode, loopbackNodes } from './loopback-nodes.ts';

const clock = makeRealClock();

/** Two daemons on the first node, none on the second. */
class Sleepers extends DaemonCluster {
  protected readonly title = 'Sleep';
  protected daemonsOf(node: Node): Daemon[] {
    if (node.name !== 'n1') return [];
    const polite = 'trap "echo asked; exit" TERM; echo started; while :; do sleep 0.01; done';
    return [
      { name: 'one', argv: ['sleep', '60'] },
      { name: 'two', argv: ['sh', '-c', polite] },
    ];
  }
  ready = async () => undefined;
  primaries = async () => [];
  connect = () => Promise.reject(new Error('none'));
}

let nodes: LoopbackNode[] = [];
afterEach(() => Promise.all(nodes.map((node) => node.remove())));

async function sleepers(): Promise<Sleepers> {
  nodes = await loopbackNodes(2);
  const cluster = new Sleepers({ nodes, clock });
  await cluster.startAll();
  // It answers to TERM from then on.
  await eventually('the second daemon has set its trap', () =>
    readFileSync(cluster.logs('n1')[1] as string, 'utf8').includes('started'),
  );
  return cluster;
}

it('starts, pauses, resumes, kills and starts again all daemons of a node; what runs is left alone', async () => {
  const cluster = await sleepers();
  expect(await cluster.processes('n1')).toBe('running');
  await cluster.pause('n1');
  expect(await cluster.processes('n1')).toBe('paused');
  await cluster.resume('n1');
  expect(await cluster.processes('n1')).toBe('running');
  await cluster.kill('n1');
  expect(await cluster.processes('n1')).toBe('dead');
  await cluster.start('n1');
  await nodes[0]?.signal('one', 'KILL');
  expect(await cluster.processes('n1')).toBe('mixed');
  await cluster.start('n1');
  expect(await cluster.processes('n1')).toBe('running');
  expect(cluster.logs('n1').map((path) => path.split('/').at(-1))).toEqual(['one.log', 'two.log']);
  const starts = readFileSync(cluster.logs('n1')[1] as string, 'utf8').match(/started/g);
  expect(starts?.length).toBe(2);
});

it('stops in order, also what is paused', async () => {
  const cluster = await sleepers();
  await cluster.pause('n1');
  await cluster.stop('n1');
  expect(await cluster.processes('n1')).toBe('dead');
  expect(readFileSync(cluster.logs('n1')[1] as string, 'utf8')).toContain('asked');
});

it('has nothing to do on a node without daemons', async () => {
  const cluster = await sleepers();
  for (const change of ['pause', 'resume', 'kill', 'start', 'stop'] as const) await cluster[change]('n2');
  expect(await cluster.processes('n2')).toBe('running');
  expect(cluster.logs('n2')).toEqual([]);
  await expect(cluster.kill('n3')).rejects.toThrow('there is no node n3');
});

it('compares versions part by part', () => {
  expect(['15', '15.1', '15.18', '1', '15.18.1', undefined].map((wanted) => fits('15.18', wanted))).toEqual([
    ...[true, false, true, false, false, true],
  ]);
});

it('refuses another version than the one that is wanted, and says which there is and what to do', async () => {
  nodes = await loopbackNodes(1);
  const asked = { title: 'Sleep', key: 'sleep', node: nodes[0]!, argv: ['echo', 'sleep (x) 9.1 of 2022.5'] };
  expect(await requireVersion({ ...asked, wanted: undefined })).toBe('9.1');
  expect(await requireVersion({ ...asked, wanted: '9', pattern: /of (\d+)/ }).catch((error) => error)).toMatchObject({
    code: 'unavailable',
    message: 'Cannot run Sleep 9 on n1: 2022 is installed',
    fields: { node: 'n1', hint: 'install Sleep 9 on the node, or change database.sleep.version' },
  });
  await expect(requireVersion({ ...asked, argv: ['echo', 'none'], wanted: '9' })).rejects.toThrow(
    'Cannot run Sleep 9 on n1: "echo none" names no version',
  );
});
