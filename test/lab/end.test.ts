/** How a run ends when somebody ends it: nothing is left on the machine, and the history is kept. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { historyFromFile } from '../../src/history/index.ts';
import { eventually, PROGRAM, type Running, resultsOf, start } from './cli.ts';

const PLAN = 'plans/redis-sentinel.yaml';

/** The run's folder, as soon as there is one. */
function folderOf({ store }: Running): string | undefined {
  const plan = join(store, 'redis-sentinel');
  const names = existsSync(plan) ? readdirSync(plan).filter((name) => name !== 'latest') : [];
  return names[0] === undefined ? undefined : realpathSync(join(plan, names[0]));
}

/** Ids of all processes below `pid`, itself included. */
function treeOf(pid: number): number[] {
  const rows = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const children = new Map<number, number[]>();
  for (const row of rows) {
    const [child, parent] = row.trim().split(/\s+/).map(Number) as [number, number];
    children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const below = (id: number): number[] => [id, ...(children.get(id) ?? []).flatMap(below)];
  return below(pid);
}

/** Namespaces that these processes live in and this test does not. */
function namespacesOf(pids: readonly number[]): Set<string> {
  const kinds = ['net', 'mnt', 'pid', 'uts', 'user'];
  const link = (pid: number | 'self', kind: string) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/${kind}`);
    } catch {
      return undefined;
    }
  };
  const own = new Set(kinds.map((kind) => link('self', kind)));
  const found = pids.flatMap((pid) => kinds.map((kind) => link(pid, kind)));
  return new Set(found.filter((name): name is string => name !== undefined && !own.has(name)));
}

/** Not a zombie either: what is left of a process then is its exit code, until the machine's init has read it. */
const alive = (pid: number) => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(statusOf(pid));
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
const everyone = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(alive);
const machine = () => ({
  links: execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }).replace(/\s+/g, ' '),
  rules: execFileSync('iptables', ['-S'], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }),
  mounts: readFileSync('/proc/self/mounts', 'utf8'),
});

describe('kill -9 of the runner', () => {
  // Ten moments: while the nodes are made, the servers start, the workload runs, the network is cut, it heals.
  const moments = Array.from({ length: 10 }, () => 100 + Math.floor(Math.random() * 7000));
  const quick = [
    '--set',
    'workload.set.writes=400',
    '--set',
    'faults=[{at: 1s, for: 2s, partition: [[n1, n2], [n3, n4, n5]]}]',
  ];

  it.each(moments)('after %i ms leaves nothing within 2 s, and a history that can be read', async (moment) => {
    const before = machine();
    const running = start([PLAN, ...quick]);
    const pid = running.child.pid as number;
    const began = Date.now();
    await eventually(`${moment} ms have passed`, () => Date.now() - began >= moment);
    const tree = treeOf(pid);
    const namespaces = namespacesOf(tree);
    // Half of the times it is the process inside that is killed: the second node process of the tree.
    const nodes = tree.filter((one) => readCommand(one).includes('plan-run.js'));
    const victim = moment % 2 === 0 || nodes.length < 2 ? pid : (nodes.at(-1) as number);
    process.kill(victim, 'SIGKILL');
    const killed = Date.now();
    const left = () => ({
      processes: tree.filter(alive),
      namespaces: [...namespacesOf(everyone())].filter((name) => namespaces.has(name)),
    });
    await eventually(
      'every process and namespace of the run is gone',
      () => left().processes.length === 0 && left().namespaces.length === 0,
      2000 - (Date.now() - killed),
    );
    await running.ended;
    expect(machine()).toEqual(before);

    const history = join(folderOf(running) ?? '', 'history.jsonl');
    if (folderOf(running) !== undefined && existsSync(history)) {
      const ops = [...historyFromFile(history).ops()];
      expect(ops.map((op) => op.index)).toEqual(ops.map((_, index) => index));
    }
  });

  function readCommand(pid: number): string {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  }

  it('keeps the history up to the last second', async () => {
    const running = start([PLAN]);
    const history = () => join(folderOf(running) ?? '/nowhere', 'history.jsonl');
    const lines = () => (existsSync(history()) ? readFileSync(history(), 'utf8').split('\n').length : 0);
    await eventually('300 lines of history', () => lines() > 300);
    const seen = lines();
    process.kill(running.child.pid as number, 'SIGKILL');
    await running.ended;
    const ops = [...historyFromFile(history()).ops()];
    // At 100 operations a second, what was in the file when we looked is less than a second old.
    expect(ops.length).toBeGreaterThanOrEqual(seen - 1);
    expect((ops.at(-1)?.time ?? 0) - (ops[0]?.time ?? 0)).toBeGreaterThan(1e9);
  });
});

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  it('heals, tears down and exits 130 within 5 s, with the history kept and judged', async () => {
    const before = machine();
    const running = start([PLAN]);
    await eventually('the partition is in force', () => running.said.stderr.includes('f1 partition'), 30_000);
    const tree = treeOf(running.child.pid as number);
    process.kill(running.child.pid as number, signal);
    const asked = Date.now();
    const { code, stdout, store } = await running.ended;
    expect(code).toBe(130);
    expect(Date.now() - asked).toBeLessThan(5000);
    expect(tree.filter(alive)).toEqual([]);
    expect(machine()).toEqual(before);
    expect(stdout).toContain('The run was interrupted');
    const { faults, error, valid } = resultsOf(store);
    expect(faults).toMatchObject([{ presence: 'installed', presence_after: 'not' }]);
    expect(error).toContain('interrupted');
    expect(valid).not.toBe(true);
  });
});

describe('a signal while the nodes are made', () => {
  // The first steps of the run inside take some 100 ms: it is told at moments all over them, and must not hang.
  it.each([0, 15, 30, 45, 60, 75])('%i ms after the lab is entered ends the run', async (moment) => {
    const before = machine();
    const running = start([PLAN]);
    await eventually('there is a store', () => folderOf(running) !== undefined);
    const began = Date.now();
    await eventually(`${moment} ms have passed`, () => Date.now() - began >= moment);
    const tree = treeOf(running.child.pid as number);
    process.kill(running.child.pid as number, 'SIGINT');
    const asked = Date.now();
    await eventually('the run ends', () => running.child.exitCode !== null, 5000 - (Date.now() - asked));
    expect(running.child.exitCode).toBe(130);
    await eventually('its processes are gone', () => tree.filter(alive).length === 0, 2000);
    expect(machine()).toEqual(before);
  });
});

describe('output that nobody reads', () => {
  it('does not keep the run from its end', async () => {
    const running = start(['plans/redis-single.yaml', '--set', 'workload.set.writes=100', '--set', 'settle=100ms']);
    running.child.stdout?.destroy();
    running.child.stderr?.destroy();
    expect((await running.ended).code).toBe(0);
    expect(resultsOf(running.store).valid).toBe(true);
  });
});

describe('a store that cannot be written', () => {
  const quick = ['plans/redis-single.yaml', '--set', 'workload.set.writes=100'];
  const withStore = (folder: string) =>
    spawnSync(process.execPath, [PROGRAM, ...quick, '--env', 'lab', '--store', folder], { encoding: 'utf8' });

  it('is refused with the file system’s words', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'plan-run-test-')), 'file');
    writeFileSync(file, '');
    const { status, stderr } = withStore(file);
    expect(stderr).toContain('error: Cannot write to the store: ENOTDIR');
    expect(status).toBe(69);
  });

  it('is refused where the lab would hide it', () => {
    const folder = mkdtempSync('/dev/shm/plan-run-test-');
    const { status, stderr } = withStore(folder);
    rmSync(folder, { recursive: true });
    expect(stderr).toContain(`hides ${folder}`);
    expect(status).toBe(69);
  });
});

describe('two runs at once', () => {
  it('do not collide', async () => {
    const quick = ['--set', 'workload.set.writes=300'];
    const both = await Promise.all([
      start(['plans/redis-single.yaml', ...quick]).ended,
      start(['plans/redis-single.yaml', ...quick]).ended,
    ]);
    for (const { code, stdout, stderr } of both) {
      expect(stderr).not.toContain('error');
      expect(stdout).toContain('All 300 writes succeeded');
      expect(code).toBe(0);
    }
  });
});
