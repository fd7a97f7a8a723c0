/** A lab that stands without a run: `plan-run nodes` and `plan-run net` as a person types them. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { NetStatus, NodeStatus } from '../../src/contract/index.ts';
import { eventually, PROGRAM } from './cli.ts';

/** A lab of this test's own, whatever else stands here. */
const home = mkdtempSync(join(tmpdir(), 'plan-run-tasks-'));
const folder = join(home, `plan-run-${process.getuid?.()}`);
const env = { ...process.env, XDG_RUNTIME_DIR: home };

function planRun(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], { encoding: 'utf8', env });
  return { code: status, stdout, stderr };
}

function done(...words: string[]): string {
  const { code, stdout, stderr } = planRun(...words);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const netStatus = (): NetStatus => JSON.parse(done('net', 'status', '--json'));
const nodeStatus = (): NodeStatus[] => JSON.parse(planRun('nodes', 'status', '--json').stdout);

const cutPairs = ({ reach }: NetStatus) =>
  reach
    .filter(({ arrivedPercent }) => arrivedPercent === 0)
    .map(({ from, to }) => `${from}>${to}`)
    .sort();

/** Processes whose environment names this test's folder: the lab's keeper, and all that it has started. */
function processes(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`XDG_RUNTIME_DIR=${home}\0`);
      } catch {
        return false;
      }
    });
}

/** The command that enters a node, as it is printed. */
function enter(node: string, script: string): string {
  const line = nodeStatus()
    .find((one) => one.node === node)
    ?.lines.find((one) => one.startsWith('enter it with'));
  const [program = '', ...words] = (line ?? '').replace(/^enter it with */, '').split(' ');
  return execFileSync(program, [...words, '-c', script], { encoding: 'utf8' }).trim();
}

const started: ChildProcess[] = [];

afterEach(async () => {
  planRun('nodes', 'shutdown');
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await eventually('nothing of the lab is left', () => processes().length === 0);
});
afterAll(() => rmSync(home, { recursive: true }));

describe('a lab that stands', () => {
  it('is there for its nodes to be entered, cut and healed, and ends with its last node', async () => {
    expect(planRun('net', 'status')).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('plan-run nodes setup'),
    });
    const links = readdirSync('/sys/class/net');
    expect(done('nodes', 'setup', 'a', 'b', 'c', '--env', 'lab')).toContain('a lab of 3 nodes stands, for 60m');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync('/sys/class/net')).toEqual(links);
    expect(nodeStatus().map(({ node, ready, address }) => `${node} ${ready} ${address}`)).toEqual([
      'a true 10.77.0.1',
      'b true 10.77.0.2',
      'c true 10.77.0.3',
    ]);
    expect(enter('b', 'hostname; ip -4 -o address show eth0')).toMatch(/^b\n.*10\.77\.0\.2\/16/);

    const whole = netStatus();
    expect(whole.reach).toHaveLength(12);
    expect(cutPairs(whole)).toEqual([]);
    done('net', 'partition', 'a,b', 'c');
    done('net', 'partition', 'clients', 'a', '--one-way');
    const cut = netStatus();
    expect(cutPairs(cut)).toEqual(['a>c', 'b>c', 'c>a', 'c>b', 'clients>a']);
    expect(cut.held).toMatchObject({ a: expect.stringMatching(/^by hand, \d+/) });
    expect(
      enter('a', 'iptables -S INPUT')
        .split('\n')
        .filter((line) => line.includes('plan-run-hand-')),
    ).toHaveLength(2);
    expect(planRun('nodes', 'reboot', 'a')).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('plan-run net heal'),
    });
    expect(done('net', 'heal')).toBe('ended the faults by hand\n');
    expect(cutPairs(netStatus())).toEqual([]);
    expect(enter('a', 'iptables -S')).not.toContain('plan-run-');

    done('nodes', 'shutdown');
    await eventually('the lab has ended', () => processes().length === 0);
    expect(readdirSync(folder)).toEqual(['lab.log']);
  });

  it('has nodes that go off, come back and start anew', () => {
    done('nodes', 'setup', 'n1', 'n2');
    const [node] = nodeStatus();
    const line = node?.lines.find((one) => one.startsWith('enter it')) ?? '';
    const [program = '', ...words] = line.replace(/^enter it with */, '').split(' ');
    started.push(spawn(program, [...words, '-c', 'sleep 1000'], { env: process.env }));
    const lines = () => nodeStatus()[0]?.lines[0];
    while (lines() === 'on, 0 processes');
    expect(lines()).toMatch(/^on, [12] process/);
    expect(done('nodes', 'reboot', 'n1')).toContain('n1: is on again');
    expect(lines()).toBe('on, 0 processes');
    done('nodes', 'shutdown', 'n2');
    expect(planRun('nodes', 'status')).toMatchObject({ code: 69, stdout: expect.stringMatching(/^n2 {2}NOT READY/m) });
    expect(netStatus().notes).toEqual(['n2 took no part: it is off']);
    expect(planRun('net', 'partition', 'n1', 'n2')).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('n2 is off'),
    });
    expect(done('nodes', 'setup')).toMatch(/^n1: was on already\nn2: is on\n/);
    expect(cutPairs(netStatus())).toEqual([]);
  });

  it('heals and ends by itself, and says what it cannot', async () => {
    done('nodes', 'setup', 'n1', 'n2', '--for', '12s');
    done('net', 'flaky', 'n1', '--loss', '50%', '--for', '1s');
    await eventually('the fault has ended', () => nodeStatus().every(({ held }) => held === undefined));
    expect(netStatus().rules).toEqual({});
    expect(planRun('nodes', 'setup', 'n3')).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('The lab that stands has no n3: its nodes are n1, n2'),
    });
    await eventually('the lab has ended', () => processes().length === 0);
    expect(planRun('nodes', 'status').code).toBe(69);
  });

  it('leaves nothing when it is killed, and is made anew', async () => {
    done('nodes', 'setup', 'n1');
    const own = readlinkSync('/proc/self/ns/pid');
    const keeper = processes().find(
      (pid) => readlinkSync(`/proc/${pid}/ns/pid`) === own && commandOf(pid).startsWith(process.execPath),
    );
    process.kill(keeper ?? 0, 'SIGKILL');
    await eventually('all of it has ended', () => processes().length === 0);
    expect(done('nodes', 'setup', 'n1')).toContain('a lab of 1 node stands');
  });
});

const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
