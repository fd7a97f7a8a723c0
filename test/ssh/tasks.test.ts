/** `plan-run nodes` and `plan-run net` on machines with sshd, as a person types them. */
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NetStatus, NodeStatus } from '../../src/contract/index.ts';
import { LIBRARY } from '../../src/env/ssh/watchdog.ts';
import { type Machines, startMachines } from '../machines/machines.ts';

const PROGRAM = resolve('dist/plan-run.js');
let machines: Machines;

const planRun = (...words: string[]) => machines.run([process.execPath, PROGRAM, ...words], { timeoutMs: 60_000 });
const onAll = (...words: string[]) => planRun(...words, '--inventory', machines.inventory);

async function done(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await onAll(...words);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const netStatus = async (): Promise<NetStatus> => JSON.parse(await done('net', 'status', '--json'));
const nodeStatus = async (...words: string[]): Promise<NodeStatus[]> =>
  JSON.parse((await onAll('nodes', 'status', '--json', ...words)).stdout);

/** Pairs that cannot be reached, as `from>to`, in order. */
const cutPairs = ({ reach }: NetStatus) =>
  reach
    .filter(({ arrivedPercent }) => arrivedPercent === 0)
    .map(({ from, to }) => `${from}>${to}`)
    .sort();

const arrived = ({ reach }: NetStatus, from: string, to: string) =>
  reach.find((one) => one.from === from && one.to === to)?.arrivedPercent ?? Number.NaN;

/** Everything of the firewall but its counters, and what is ours on the machine. */
const STATE = `iptables-save | sed -e '/^#/d' -e 's/\\[[0-9:]*\\]//'; ls -d /run/plan-run /tmp/tmp.* /var/lib/plan-run/* 2>/dev/null; true`;
const states = () => Promise.all(machines.names.map((name) => machines.expectOn(name, STATE)));

async function eventually(what: string, condition: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms until ${what}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}

let before: string[];

beforeAll(async () => {
  machines = await startMachines('namespaces', { count: 3 });
  // Somebody else's rules, at the very top.
  for (const name of machines.names) {
    await machines.expectOn(
      name,
      'iptables -N plan-runs && iptables -A INPUT -j ACCEPT -m comment --comment theirs && iptables -A OUTPUT -d 192.0.2.1 -j plan-runs',
    );
  }
  before = await states();
});
afterAll(() => machines?.stop());
afterEach(async () => {
  if ((await states()).every((one, k) => one === before[k])) return;
  await onAll('net', 'heal', '--force');
  expect(await states()).toEqual(before);
});

describe('a network by hand, over SSH', () => {
  it('is cut, in any way, and the measured matrix is what was asked for', async () => {
    const whole = await netStatus();
    expect(whole.endpoints).toEqual(['n1', 'n2', 'n3', 'clients']);
    expect(whole.reach).toHaveLength(12);
    expect(cutPairs(whole)).toEqual([]);
    for (const { roundTripMs } of whole.reach) expect(roundTripMs).toBeGreaterThan(0);

    expect(await done('net', 'partition', 'n1', 'n2', '--for', '5m')).toContain('cut: n1 | n2\nends in 5m');
    const two = await netStatus();
    expect(cutPairs(two)).toEqual(['n1>n2', 'n2>n1']);
    expect(two.rules.n1?.filter((line) => line.endsWith('-j DROP'))).toHaveLength(1);
    expect(two.held.n2).toContain('(plan-run net partition, since ');
    expect(two.held).not.toHaveProperty('n3');
    expect(two.notes).toEqual([]);

    // Another one joins, and both last as long as the longer, on every node.
    expect(await done('net', 'partition', 'clients,n2', 'n3', '--one-way', '--for', '1m')).toMatch(/ends in [345]m/);
    const joined = await netStatus();
    expect(cutPairs(joined)).toEqual(['clients>n3', 'n1>n2', 'n2>n1', 'n2>n3']);
    expect(joined.held.n3).toMatch(/, [234]m\d*s? left$/);
    // Who is not heard hears: no answer comes, but what is sent arrives.
    expect(joined.reach.find(({ from, to }) => from === 'n3' && to === 'clients')).not.toHaveProperty('roundTripMs');

    // So does one that others join later, also where those have no part.
    await done('net', 'partition', 'n2', 'n3', '--for', '40m');
    const { held } = await netStatus();
    for (const name of machines.names) expect(held[name]).toMatch(/, (40|39)m\d*s? left$/);

    expect(await done('net', 'heal')).toMatch(/n1: ended the faults by hand of .*@/);
    expect(cutPairs(await netStatus())).toEqual([]);
    expect(await states()).toEqual(before);
    expect(await done('net', 'heal')).toContain("n1: there was nothing of plan-run's");
  });

  it('loses as much as was asked for of what a node sends, and of nothing else, beside clients that are cut off', async () => {
    await done('net', 'flaky', 'n2', '--loss', '50%');
    await done('net', 'partition', 'n1', 'clients');
    const flaky = await netStatus();
    expect(cutPairs(flaky)).toEqual(['clients>n1', 'n1>clients']);
    for (const to of ['n1', 'n3', 'clients']) {
      // Of 40, each with a chance of a half: further away one time in a million.
      expect(arrived(flaky, 'n2', to)).toBeGreaterThan(11);
      expect(arrived(flaky, 'n2', to)).toBeLessThan(89);
      expect(arrived(flaky, to, 'n2')).toBeGreaterThan(90);
    }
  });

  it('cannot be slow where the kernel cannot, says what it lacks, and leaves nothing', async () => {
    const { code, stderr } = await onAll('net', 'slow', 'n1', '--delay', '50ms');
    expect(code).toBe(69);
    expect(stderr).toContain('The kernel of n1 has no queue that delays packets (netem)');
    expect(stderr).toContain('on n1: modprobe -a sch_netem');
    expect(await states()).toEqual(before);
  });

  it('heals by itself after a while, with nobody there', async () => {
    expect(await done('net', 'partition', 'n1', '--for', '2s')).toContain('cut: n1 | n2,n3');
    for (const state of await states()) expect(state).toContain('-j plan-run-hand-');
    await eventually('the nodes are given back', async () => (await states()).every((one, k) => one === before[k]));
  });

  it('is left alone where a run holds a node, also by those faults that would need only others', async () => {
    const hold = `. /tmp/hold && take 11111111-1111-1111-1111-111111111111 run 6000 '${JSON.stringify(RUN)}' ''`;
    await machines.expectOn('n3', `cat >/tmp/hold <<'END'\n${LIBRARY}\nEND\nlibrary=$(cat /tmp/hold); ${hold}`);
    const refused = await onAll('net', 'partition', 'n1', 'n2,n3');
    expect(refused).toMatchObject({ code: 69, stdout: '' });
    expect(refused.stderr).toContain('n3 is held by ann@laptop (plan-run etcd:4711');
    expect(await states()).toEqual([before[0], before[1], expect.stringContaining('/run/plan-run')]);
    for (const task of [
      ['nodes', 'reboot', 'n3'],
      ['nodes', 'shutdown', 'n3'],
      ['nodes', 'setup', 'n3'],
      ['net', 'heal'],
    ]) {
      expect(await onAll(...task)).toMatchObject({
        code: 69,
        stderr: expect.stringContaining('n3 is held by ann@laptop'),
      });
    }
    expect((await nodeStatus('n3'))[0]?.held).toContain('by ann@laptop (plan-run etcd:4711');
    expect(await done('net', 'heal', '--force')).toContain('n3: broke the run of ann@laptop (plan-run etcd:4711)');
  });
});

const RUN = { kind: 'run', who: 'ann@laptop', pid: 1, what: 'etcd:4711', since: '2026-01-01T00:00:00Z' };

describe('nodes, over SSH', () => {
  it('show what they are and lack, and get what they lack', async () => {
    const [n1] = await nodeStatus('n1');
    expect(n1).toMatchObject({ node: 'n1', ready: true, address: machines.address('n1') });
    expect(n1?.lines.join('\n')).toMatch(
      /, kernel \d.*\nits clock agrees with this machine's, ± .*\n\d+ MB free for .*\nall programs are there/,
    );

    const tool = (await machines.expectOn('n2', 'readlink -f "$(command -v stdbuf)"')).trim();
    await machines.expectOn('n2', `mv ${tool} /tmp/stdbuf`);
    const lacking = await onAll('nodes', 'status');
    expect(lacking.code).toBe(69);
    expect(lacking.stdout).toMatch(/^n1 {2}ready/m);
    expect(lacking.stdout).toMatch(/^n2 {2}NOT READY/m);
    expect(lacking.stdout).toContain('not found: stdbuf; plan-run nodes setup');

    // A package manager that has no source, and one that has: it is asked for that package alone.
    await machines.expectOn('n2', fake('echo "E: Unable to locate package coreutils" >&2; exit 100'));
    const failed = await onAll('nodes', 'setup');
    expect(failed.code).toBe(69);
    expect(failed.stdout).toContain('n1: all programs were there already');
    expect(failed.stderr).toContain('Cannot install coreutils on n2');
    expect(failed.stderr).toContain('stderr: E: Unable to locate package coreutils');
    await machines.expectOn('n2', fake(`echo "$DEBIAN_FRONTEND $*" >>/tmp/asked; cp /tmp/stdbuf ${tool}`));
    expect(await done('nodes', 'setup', 'n2')).toContain('n2: installed coreutils (apt-get)');
    expect(await machines.expectOn('n2', 'cat /tmp/asked')).toMatch(/^noninteractive .* install -y .* coreutils\n$/);
    expect(await done('nodes', 'setup', 'n2')).toContain('n2: all programs were there already');
  });

  it('are told apart where one is not there', async () => {
    await machines.unplug('n3');
    try {
      const [status, net, heal] = await Promise.all([onAll('nodes', 'status'), netStatus(), onAll('net', 'heal')]);
      expect(status.code).toBe(69);
      expect(status.stdout).toMatch(/^n2 {2}ready/m);
      expect(status.stdout).toMatch(/^n3 {2}NOT READY\n {4}.*n3/m);
      expect(net.reach.map(({ from, to }) => `${from}>${to}`).filter((pair) => pair.includes('n3'))).toEqual([]);
      expect(net.reach).toHaveLength(6);
      expect(net.notes[0]).toMatch(/^n3 took no part: /);
      expect(heal).toMatchObject({ code: 69, stdout: expect.stringContaining('n1: there was nothing') });
    } finally {
      await machines.plugIn('n3');
    }
  });

  it('are not touched without leave to, but may be looked at', async () => {
    const shy = machines.inventoryWith({ allow_faults: undefined });
    for (const task of ['net partition n1', 'net heal', 'nodes setup', 'nodes reboot']) {
      const { code, stderr } = await planRun(...task.split(' '), '--inventory', shy);
      expect({ task, code }).toEqual({ task, code: 65 });
      expect(stderr).toContain('allow_faults: true');
    }
    expect((await planRun('nodes', 'status', 'n1', '--inventory', shy)).code).toBe(0);
  });
});

const fake = (script: string) => `cat >/usr/bin/apt-get <<'END'\n#!/bin/sh\n${script}\nEND\nchmod +x /usr/bin/apt-get`;
