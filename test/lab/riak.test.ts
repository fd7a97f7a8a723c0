/**
 * plans/riak-crdt.yaml in the lab, with a shorter cut, and Riak's own timers shortened with it: against a real Riak where one is on
 * PATH, else against the tests' double (test/db/riak/double), which shows that the plan runs, and nothing of Riak.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Installed, installDouble } from '../db/riak/double/install.ts';
import { latest, resultsOf, run } from './cli.ts';

const isReal = spawnSync('sh', ['-c', 'command -v riak']).status === 0;
const RIAK = isReal ? execFileSync('sh', ['-c', 'command -v riak'], { encoding: 'utf8' }).trim() : 'the double of Riak';

const SHORTER = [
  'workload.set.writes=400',
  'faults=[{at: 2s, for: 8s, partition: [[n1, n2], [n3, n4, n5]]}]',
  `settle=${isReal ? '20s' : '2s'}`,
  'ready=4m',
  'database.riak.net_ticktime=2s',
  'database.riak.gossip_interval=500ms',
  'database.riak.vnode_management_timer=200ms',
  'database.riak.vnode_inactivity_timeout=1s',
  'database.riak.request_timeout=2s',
];

let installed: Installed | undefined;
afterAll(() => installed?.remove());

async function runShorter(given: readonly string[]) {
  if (!isReal) installed ??= await installDouble('3.2.0');
  const directories = Object.entries(installed?.settings ?? {}).map(([name, path]) => `database.riak.${name}=${path}`);
  const sets = [...SHORTER, ...directories, ...given].flatMap((one) => ['--set', one]);
  const PATH = installed?.PATH ?? process.env.PATH;
  return run(['plans/riak-crdt.yaml', ...sets], { env: { ...process.env, PATH } });
}

describe(`plans/riak-crdt.yaml, against ${RIAK}`, () => {
  it('loses nothing of what was acknowledged on either side of the cut', { timeout: 400_000 }, async () => {
    const { code, stdout, stderr, store } = await runShorter([]);
    expect(code, stdout + stderr).toBe(0);
    const { checkers, faults, environment } = resultsOf(store);
    expect(environment).toBe('lab');
    expect(checkers.set).toMatchObject({ valid: true, attempted: 400, lost: 0 });
    expect(faults).toMatchObject([{ presence: 'installed', presence_after: 'not' }]);
    for (const node of ['n1', 'n2', 'n3', 'n4', 'n5'])
      expect(readFileSync(join(latest(store), 'nodes', node, 'console.log'), 'utf8').length).toBeGreaterThan(0);
    expect(readFileSync(join(latest(store), 'nodes', 'n1', 'riak.log'), 'utf8')).toMatch(/\S/);
  });
});

describe('a Riak that is not there', () => {
  it('is said to be missing before anything is begun', async () => {
    // Everything but a Riak.
    const dirs = (process.env.PATH ?? '')
      .split(':')
      .filter((dir) => spawnSync('test', ['-x', `${dir}/riak`]).status !== 0);
    const { code, stderr } = await run(['plans/riak-crdt.yaml'], { env: { ...process.env, PATH: dirs.join(':') } });
    expect({ code, stderr }).toEqual({
      code: 69,
      stderr: expect.stringMatching(/Cannot run Riak on n\d: riak is not on PATH there[\s\S]*--env sim/),
    });
  });
});
