/**
 * Riak, deployed on loopback nodes: the programs are the tests' double (test/db/riak/double), so it is our side that is tested here:
 * directories of a node's own (which needs mount namespaces, as the lab does), joining, readiness, deaths and restarts.
 */

import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import type { Client, Cluster } from '../../src/contract/index.ts';
import { riak } from '../../src/db/riak/index.ts';
import type { RiakSettings } from '../../src/db/riak/settings.ts';
import { makeRealClock } from '../../src/env/real-clock.ts';
import { becomesReady, eventually } from '../db/eventually.ts';
import { type LoopbackNode, loopbackNodes } from '../db/loopback-nodes.ts';
import { type Installed, installDouble } from '../db/riak/double/install.ts';
import { add, read } from '../db/riak/http-cluster.ts';

const DEFAULTS: RiakSettings = {
  ...{ ring_size: 64, n_val: 3, r: 'quorum', w: 'quorum', dw: 'quorum', pr: 0, pw: 0, allow_mult: false },
  ...{
    last_write_wins: false,
    notfound_ok: true,
    basic_quorum: false,
    bucket: 'test',
    data_type: 'object',
    key: 'test',
  },
  ...{
    net_ticktime: '60s',
    gossip_interval: '200ms',
    vnode_management_timer: '50ms',
    vnode_inactivity_timeout: '100ms',
  },
  ...{ request_timeout: '5s', lock: 'none', merge: 'latest', client_attempts: 1, when_timed_out: 'cancel' },
  connect_timeout: '2s',
};

const clock = makeRealClock();

let nodes: LoopbackNode[] = [];
let installed: Installed | undefined;
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await Promise.all(nodes.splice(0).map((node) => node.remove()));
  installed?.remove();
});

async function deploy(version: string, given: Partial<RiakSettings> = {}): Promise<Cluster> {
  installed = await installDouble(version);
  const { PATH, settings } = installed;
  nodes = await loopbackNodes(3, { PATH });
  return riak.deploy!({
    ...{ nodes, settings: { ...DEFAULTS, ...settings, ...given }, workload: 'set', workloadSettings: {}, clock },
    log: silentLogger,
  });
}

async function clientOf(cluster: Cluster, home: string): Promise<Client> {
  const client = await cluster.connect({ client: clients.length, home });
  clients.push(client);
  return client;
}

const OK = { type: 'ok' };

describe('the double of Riak 3.2', () => {
  it('forms a cluster, keeps its data over kill, pause and stop, and is found out when something is missing', async () => {
    const cluster = await deploy('3.2.0', { allow_mult: true, bucket_type: 'sets', data_type: 'set' });
    await becomesReady(cluster);
    expect(await cluster.primaries()).toEqual(['n1', 'n2', 'n3']);
    const [one, two] = [await clientOf(cluster, 'n1'), await clientOf(cluster, 'n2')];
    expect(await add(one, 1)).toEqual(OK);
    expect(await add(two, 2)).toEqual(OK);

    await cluster.kill('n2');
    expect(await cluster.processes('n2')).toBe('dead');
    expect(await cluster.ready()).toBe('n2: Riak does not serve yet');
    expect(await cluster.primaries()).toEqual(['n1', 'n3']);
    await eventually('n1 serves without it', async () => (await add(one, 3)).type === 'ok');
    await cluster.start('n2');
    await becomesReady(cluster);
    expect(await read(two)).toEqual({ type: 'ok', value: [1, 2, 3] });

    await cluster.pause('n3');
    expect(await cluster.processes('n3')).toBe('paused');
    expect(await cluster.ready()).toBe('n3: Riak does not serve yet');
    expect(await cluster.primaries()).toEqual(['n1', 'n2']);
    await cluster.resume('n3');
    await becomesReady(cluster);

    await cluster.pause('n1');
    await cluster.stop('n1');
    expect(await cluster.processes('n1')).toBe('dead');
    await cluster.start('n1');
    await becomesReady(cluster);
    expect(await read(two)).toEqual({ type: 'ok', value: [1, 2, 3] });

    const [console, log] = cluster.logs('n1').map((path) => readFileSync(path, 'utf8'));
    expect(console).toContain('Exec: ');
    expect(log).toMatch(/the cluster is riak@.*, riak@.*, riak@/);
    // Nothing was written where the package has its own.
    const { settings } = installed as Installed;
    expect(existsSync(`${settings.platform_etc_dir}/riak.conf`)).toBe(false);
    expect(existsSync(`${settings.platform_data_dir}/vnodes.json`)).toBe(false);
  });
});

describe('the double of Riak 2.2', () => {
  it('is started by its console, which lives as long as its input, and asked by riak-admin', async () => {
    const cluster = await deploy('2.2.3', { lock: 'mutex', client_timeout: '5s', version: '2.2' });
    await becomesReady(cluster);
    const homes = await Promise.all(['n1', 'n2', 'n3'].map((home) => clientOf(cluster, home)));
    await Promise.all(homes.map(async (client, element) => expect(await add(client, element)).toEqual(OK)));
    expect(await read(homes[0] as Client)).toEqual({ type: 'ok', value: [0, 1, 2] });
  });
});

describe('what cannot run', () => {
  const refused = (message: RegExp, code = 'unavailable') =>
    expect.objectContaining({ code, message: expect.stringMatching(message) });

  it('another version than the installed one', async () => {
    await expect(deploy('3.2.0', { version: '2.9' })).rejects.toEqual(
      refused(/^Cannot run Riak 2\.9 on n\d: 3\.2\.0 is installed$/),
    );
  });

  it('Riak 1', async () => {
    await expect(deploy('1.4.12')).rejects.toEqual(
      refused(/^Cannot run Riak on n\d: 1\.4\.12 is installed, which has no riak\.conf$/),
    );
  });

  it('a Riak that has its files elsewhere', async () => {
    await expect(deploy('3.2.0', { platform_etc_dir: '/nowhere/riak' })).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot run Riak on n\d: there is no directory \/nowhere\/riak$/),
      fields: { hint: expect.stringContaining('platform_etc_dir') },
    });
  });
});
