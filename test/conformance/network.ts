/**
 * What the network and the faults of every environment must do, real or simulated: one body, run against each. The
 * cases are plain functions that throw, because some environments can only be used in a process of their own.
 */
import assert from 'node:assert/strict';
import { silentLogger } from '../../src/base/logger.ts';
import type { Cluster, Environment, InjectContext } from '../../src/contract/index.ts';
import { kill } from '../../src/nemesis/kill/index.ts';
import { partition } from '../../src/nemesis/partition/index.ts';
import { pause } from '../../src/nemesis/pause/index.ts';

/** An environment with a server on each of n1, n2, n3, and ways to find out who reaches whom. */
export interface NetworkWorld {
  readonly env: Environment;
  readonly cluster: Cluster;
  /** Whether a process on `from` is answered by the server on `to`. */
  reaches(from: string, to: string): Promise<boolean>;
  /** The same for a client of the workload. */
  clientReaches(client: number, to: string): Promise<boolean>;
}

export interface NetworkCase {
  readonly name: string;
  run(world: NetworkWorld): Promise<void>;
}

export const NODES = ['n1', 'n2', 'n3'];

export const networkCases: readonly NetworkCase[] = [
  {
    name: 'nodes reach each other by name, and clients reach them',
    async run(world) {
      for (const from of NODES) for (const to of NODES) assert.ok(await world.reaches(from, to), `${from} -> ${to}`);
      for (const client of [0, 1, 2]) assert.ok(await world.clientReaches(client, 'n2'), `client ${client}`);
    },
  },
  {
    name: 'a cut cuts, only whom it names, until it is restored',
    async run(world) {
      const { network } = world.env;
      assert.deepEqual(Object.keys(await network.cut('f1', { n1: ['n2'], n2: ['n1'] })).sort(), ['n1', 'n2']);
      assert.equal(await world.reaches('n1', 'n2'), false);
      assert.equal(await world.reaches('n2', 'n1'), false);
      assert.ok(await world.reaches('n1', 'n3'));
      assert.ok(await world.clientReaches(0, 'n2'));
      assert.deepEqual(await network.status('f1'), { n1: 'installed', n2: 'installed' });
      await network.restore('f1');
      assert.ok(await world.reaches('n1', 'n2'));
      assert.deepEqual(await network.status('f1'), { n1: 'not', n2: 'not' });
      assert.deepEqual(await network.restore('f1'), {});
    },
  },
  {
    name: 'cuts overlap and end in any order',
    async run(world) {
      const { network } = world.env;
      await network.cut('f1', { n1: ['n2'], n2: ['n1'] });
      await network.cut('f2', { n1: ['n2', 'n3'] });
      assert.deepEqual(await network.status('f1'), { n1: 'installed', n2: 'installed' });
      assert.deepEqual(await network.status('f2'), { n1: 'installed' });
      await network.restore('f1');
      assert.equal(await world.reaches('n1', 'n2'), false, 'f2 still cuts');
      assert.deepEqual(await network.status('f2'), { n1: 'installed' });
      await network.restore('f2');
      assert.ok(await world.reaches('n1', 'n2'));
    },
  },
  {
    name: 'clients are cut off, all of them or those of one home',
    async run(world) {
      const { network } = world.env;
      await network.cut('f1', { n1: ['clients@n2'], 'clients@n2': ['n1'] });
      assert.deepEqual(await network.status('f1'), { n1: 'installed', 'clients@n2': 'installed' });
      assert.equal(await world.clientReaches(1, 'n1'), false);
      assert.ok(await world.clientReaches(0, 'n1'));
      assert.ok(await world.clientReaches(1, 'n2'));
      assert.ok(await world.reaches('n2', 'n1'));
      await network.restore('f1');
      await network.cut('f2', { clients: ['n1'] });
      for (const client of [0, 1]) assert.equal(await world.clientReaches(client, 'n1'), false);
      assert.ok(await world.clientReaches(0, 'n2'));
      await network.heal();
      assert.ok(await world.clientReaches(0, 'n1'));
    },
  },
  {
    name: 'kill, pause and partition are there when probed, and gone when undone',
    async run(world) {
      const faults = [
        { inject: () => kill.inject(contextOf(world, 'f1'), ['n2']), expected: { n2: 'installed' } },
        {
          inject: () => pause.inject(contextOf(world, 'f2'), ['primary', 'n3']),
          expected: { n1: 'installed', n3: 'installed' },
        },
        {
          inject: () => partition.inject(contextOf(world, 'f3'), { isolate: ['primary'] }),
          expected: { n1: 'installed', n2: 'installed', n3: 'installed' },
        },
      ];
      for (const { inject, expected } of faults) {
        const injection = await inject();
        assert.deepEqual(await injection.probe(), expected);
        await injection.undo();
        for (const presence of Object.values(await injection.probe())) assert.equal(presence, 'not');
      }
      await until('n2 is back', () => world.reaches('n1', 'n2'));
    },
  },
];

function contextOf({ env, cluster }: NetworkWorld, id: string): InjectContext {
  const { network, clock } = env;
  return { id, nodes: NODES, clientsAtHome: false, cluster, network, clock, log: silentLogger };
}

export async function until(what: string, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await probe())) assert.ok(Date.now() < deadline, `waited 10 s until ${what}`);
}
