/** Plans on machines over SSH, run as a user runs them: what comes of them, and what is left when they end in any way. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyFromFile } from '../../src/history/index.ts';
import { latest, PROGRAM, resultsOf } from '../lab/cli.ts';
import { type Machines, startMachines } from '../machines/machines.ts';
import { eventually, STATE } from './on-node.ts';

let machines: Machines;
let before: string[];
const stores: string[] = [];
const LEASE_MS = 3_000;

const states = () =>
  Promise.all(
    machines.names.map((name) => machines.expectOn(name, STATE.replace('iptables-save -c', 'iptables-save'))),
  );
const everywhere = (script: string) => Promise.all(machines.names.map((name) => machines.expectOn(name, script)));

interface Run {
  readonly child: ChildProcess;
  readonly store: string;
  readonly said: { text: string };
  readonly ended: Promise<number | null>;
}

function start(argv: readonly string[], inventory = machines.inventory): Run {
  const store = mkdtempSync(join(tmpdir(), 'plan-run-store-'));
  stores.push(store);
  const words = [process.execPath, PROGRAM, ...argv, '--inventory', inventory, '--store', store];
  const child = machines.spawn(words, { stdio: 'pipe' });
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said.text += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, store, said, ended };
}

async function run(argv: readonly string[], inventory?: string) {
  const one = start(argv, inventory);
  const code = await one.ended;
  return { code, said: one.said.text, store: one.store };
}

const set = (values: Record<string, string>) =>
  Object.entries(values).flatMap(([path, value]) => ['--set', `${path}=${value}`]);

/** The article's partition, shorter. */
const SENTINEL = [
  'plans/redis-sentinel.yaml',
  ...set({
    'workload.set.writes': '900',
    faults: '[{at: 1s, for: 6s, partition: [[n1, n2], [n3, n4, n5]]}]',
    settle: '5s',
  }),
];

/** The same on three, for longer than anybody waits. */
const LONG = [
  'plans/redis-sentinel.yaml',
  ...set({
    nodes: '3',
    'workload.set.writes': '6000',
    faults: '[{at: 500ms, for: 50s, partition: [[n1], [n2, n3]]}]',
  }),
];

/** The runner's logins end with it, but sshd takes a moment to see that. */
const untilAsBefore = () => expect.poll(states, { timeout: 10_000 }).toEqual(before);

async function untilCut(one: Run): Promise<void> {
  await eventually(
    'the partition is in force',
    () => {
      if (one.child.exitCode !== null) throw new Error(`it has ended: ${one.said.text}`);
      return one.said.text.includes('found installed');
    },
    40_000,
  );
}

beforeAll(async () => {
  machines = await startMachines('namespaces', { count: 5 });
  await everywhere(`iptables -N plan-runs && iptables -A INPUT -s 192.0.2.1 -j plan-runs -m comment --comment 'x -j plan-run-f1' &&
    iptables -A INPUT -j ACCEPT && iptables -A OUTPUT -d 192.0.2.2 -j DROP && mkdir -p /var/lib/plan-run`);
  before = await states();
});
afterAll(async () => {
  await machines?.stop();
  for (const store of stores) rmSync(store, { recursive: true });
});

describe('plans/redis-sentinel.yaml', () => {
  it('loses what it loses in the lab, lets nobody else in meanwhile, and leaves the machines as they were', async () => {
    const one = start(SENTINEL);
    await untilCut(one);
    const second = await run(SENTINEL);
    expect(second.said).toMatch(/error: n1 is held by \S+ \(plan-run redis-sentinel:\d+, since 20\S+Z\)/);
    expect(second.code).toBe(69);
    expect(await one.ended, one.said.text).toBe(0);
    const { checkers, faults, valid, environment } = resultsOf(one.store);
    expect({ valid, environment }).toEqual({ valid: false, environment: 'ssh' });
    expect(checkers.set?.loss_rate).toBeGreaterThanOrEqual(0.2);
    expect(checkers.set?.unexpected).toBe(0);
    expect(faults).toMatchObject([{ fault: 'f1', presence: 'installed', presence_after: 'not' }]);
    const folder = latest(one.store);
    const ops = [...historyFromFile(join(folder, 'history.jsonl')).ops()];
    const begun = ops.filter((op) => op.f === 'start-partition').map((op) => op.value as { nodes?: object });
    expect(Object.keys(begun[1]?.nodes ?? {}).sort()).toEqual(machines.names);
    for (const node of machines.names) {
      expect(readFileSync(join(folder, 'nodes', node, 'sentinel.log'), 'utf8')).toContain('+monitor master');
    }
    await untilAsBefore();
  });
});

describe('a run that ends before its time', () => {
  it('by kill -9 in the midst of a partition: every node heals within the lease and 2 s, and all is as it was', async () => {
    const one = start(LONG, machines.inventoryWith({ lease: `${LEASE_MS / 1000}s` }));
    await untilCut(one);
    one.child.kill('SIGKILL');
    const healedMs = await Promise.all(
      ['n1', 'n2', 'n3'].map((name) =>
        eventually(
          `${name} is healed`,
          async () => !(await machines.expectOn(name, 'iptables -S')).includes('-N plan-run-f1'),
        ),
      ),
    );
    console.log(
      `healed after ${healedMs.map((ms) => (ms / 1000).toFixed(1)).join(', ')} s with a lease of ${LEASE_MS / 1000} s`,
    );
    for (const ms of healedMs) expect(ms).toBeLessThan(LEASE_MS + 2_000);
    await eventually('all is given back', async () =>
      (await everywhere('ls /run')).every((text) => !text.includes('plan-run')),
    );
    await untilAsBefore();
  });

  it('by SIGINT: everything is given back, by a user who is root through sudo, too, and the history kept', async () => {
    const one = start(LONG, machines.inventoryWith({ user: 'sudoer', sudo: true }));
    await untilCut(one);
    one.child.kill('SIGINT');
    expect(await one.ended).toBe(130);
    expect(resultsOf(one.store)).toMatchObject({ faults: [{ presence: 'installed', presence_after: 'not' }] });
    await untilAsBefore();
  });

  it('because its network is gone: the nodes heal by themselves, and it is no verdict', async () => {
    const one = start(LONG, machines.inventoryWith({ lease: `${LEASE_MS / 1000}s` }));
    await untilCut(one);
    await Promise.all(machines.names.map((name) => machines.unplug(name)));
    await eventually('all is given back', async () =>
      (await everywhere('ls /run')).every((text) => !text.includes('plan-run')),
    );
    await Promise.all(machines.names.map((name) => machines.plugIn(name)));
    expect(await one.ended, one.said.text).toBe(69);
    expect(one.said.text).toMatch(/error: .*n\d/);
    expect(resultsOf(one.store).valid).not.toBe(true);
    // A login whose other end is gone is sshd's own until it notices; the shell of the hold is idle there.
    const withoutLogins = (all: string[]) =>
      all.map((text) => text.replaceAll(/^(sshd: root@notty|\/bin\/sh)\n/gm, ''));
    expect(withoutLogins(await states())).toEqual(before);
  });
});

describe('a machine on which nothing can be started', () => {
  const failing = async (words: RegExp, inventory?: string) => {
    const began = performance.now();
    const { code, said } = await run(LONG, inventory);
    expect(said).toMatch(words);
    expect(code).toBe(69);
    expect(performance.now() - began).toBeLessThan(15_000);
  };

  it('for its disk is full', async () => {
    await machines.fillDisk('n2');
    await failing(/error: n2 has only 0 MB left for \/run: a run needs 1 MB/);
    await machines.freeDisk('n2');
    await untilAsBefore();
  });

  it('for it lacks a program', async () => {
    await machines.expectOn('n3', 'mount --bind /dev/null $(readlink -f /usr/bin/redis-server)');
    await failing(/error: redis cannot run on n3: not found: redis-server[\s\S]*apt-get install -y redis-server/);
    await machines.expectOn('n3', 'umount $(readlink -f /usr/bin/redis-server)');
    await untilAsBefore();
  });

  it('for another node is the same', async () => {
    await machines.expectOn('n1', 'ip address add 10.78.0.77/16 dev eth0');
    const twin = machines.inventoryWith({ hosts: { n2: { host: '10.78.0.77', known_hosts: false } } });
    await failing(/error: n1 and n2 are one machine/, twin);
    await machines.expectOn('n1', 'ip address delete 10.78.0.77/16 dev eth0');
    await untilAsBefore();
  });

  it('for it dies while the run begins', async () => {
    const one = start(LONG);
    await eventually('n1 is held', async () => (await machines.expectOn('n1', 'ls /run')).includes('plan-run'), 20_000);
    const began = performance.now();
    await machines.powerOff('n3');
    expect(await one.ended).toBe(69);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(one.said.text).toMatch(/error: .*n3/);
    await machines.powerOn('n3');
    const others = (all: string[]) => all.filter((_, k) => k !== 2);
    await expect.poll(async () => others(await states()), { timeout: 10_000 }).toEqual(others(before));
  });
});

describe('other databases', () => {
  it('PostgreSQL loses nothing, and does not tell everything', async () => {
    const short = set({
      nodes: '2',
      'workload.set.writes': '600',
      faults: '[{at: 540ms, for: 4s, partition: [[n1], [clients]]}]',
      settle: '3s',
    });
    const { code, said, store } = await run(['plans/postgres-partition.yaml', ...short]);
    expect(code, said).toBe(0);
    const { checkers, faults } = resultsOf(store);
    expect(checkers.set).toMatchObject({ attempted: 600, lost: 0, unexpected: 0 });
    expect(faults).toMatchObject([{ presence: 'installed', presence_after: 'not', ok_during: 0 }]);
  });

  it('etcd loses nothing', async () => {
    const short = set({ nodes: '3', 'workload.set.writes': '700', faults: '[{at: 1s, for: 4s, partition: primary}]' });
    const { code, said, store } = await run(['plans/etcd-partitions.yaml', ...short]);
    expect(code, said).toBe(0);
    const { checkers, faults } = resultsOf(store);
    expect(checkers.set).toMatchObject({ valid: true, lost: 0, unexpected: 0 });
    expect(faults).toMatchObject([{ presence: 'installed', presence_after: 'not' }]);
  });
});
