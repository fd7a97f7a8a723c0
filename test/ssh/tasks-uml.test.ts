/** What only machines with kernels of their own can show: slow networks, restarts, and machines that stay off. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NetStatus } from '../../src/contract/index.ts';
import { type Machines, startMachines } from '../machines/machines.ts';

/** A restart takes half a minute, and on a very busy machine many times that. */
const PATIENCE_MS = 400_000;
const PROGRAM = resolve('dist/plan-run.js');
let machines: Machines;

const onAll = (...words: string[]) =>
  machines.run([process.execPath, PROGRAM, ...words, '--inventory', machines.inventory], { timeoutMs: PATIENCE_MS });

/** What the machines said at last: one that does not come back may have said why. */
const logs = () =>
  machines.names.map((name) => readFileSync(join(machines.folder, `${name}.log`), 'utf8').slice(-2000)).join('\n');

async function done(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await onAll(...words);
  expect({ code, stderr }, `${stdout}\n${logs()}`).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** Tries until there is something. @throws after two minutes, with the words for what was waited for. */
async function until<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited 2 minutes until ${what}`);
  }
}

beforeAll(async () => {
  machines = await startMachines('uml', { count: 2 });
});
afterAll(() => machines?.stop());
afterEach(async () => {
  // Whatever became of the test, the next one begins with machines that nobody holds.
  for (const name of machines.names.filter(machines.isOn)) {
    await until(`nobody holds ${name}`, async () => {
      const free = await machines.on(name, '[ ! -e /run/plan-run ]');
      if (free.code !== 0) await onAll('net', 'heal', '--force');
      return free.code === 0 || undefined;
    });
  }
});

describe('machines with kernels of their own', () => {
  it('are ready, slow and flaky for others but not for SSH, and as before again', async () => {
    const stateOf = (name: string) =>
      machines.expectOn(name, 'tc qdisc show; tc filter show dev vec0; iptables-legacy -S');
    const state = () => Promise.all(machines.names.map(stateOf));
    const before = await state();
    const delayMs = 700;
    await done('net', 'slow', 'n1', '--delay', `${delayMs}ms`);
    await done('net', 'flaky', 'n1', '--loss', '50%');
    // On a busy machine, one of them may be too slow to let somebody in, or to answer in time.
    const { reach, rules } = await until('all ways are measured', async () => {
      const status: NetStatus = JSON.parse((await onAll('net', 'status', '--json')).stdout);
      const answered = status.reach.filter(({ roundTripMs }) => roundTripMs !== undefined);
      return answered.length === 6 ? status : undefined;
    });
    const way = (from: string, to: string) => reach.find((one) => one.from === from && one.to === to);
    const tripMs = (from: string, to: string) => way(from, to)?.roundTripMs ?? 0;
    const arrivedPercent = (from: string, to: string) => way(from, to)?.arrivedPercent ?? 0;
    // What n1 sends is late, wherever it goes: once on each way there and back.
    for (const [from, to] of [
      ['n1', 'n2'],
      ['n2', 'n1'],
      ['n1', 'clients'],
      ['clients', 'n1'],
    ] as const) {
      expect(tripMs(from, to), `${from} to ${to}`).toBeGreaterThan(delayMs);
    }
    for (const other of ['n2', 'clients']) {
      // Of 40, each with a chance of a half: further away one time in a million.
      expect(arrivedPercent('n1', other), other).toBeGreaterThan(11);
      expect(arrivedPercent('n1', other), other).toBeLessThan(89);
      expect(arrivedPercent(other, 'n1'), other).toBeGreaterThan(90);
    }
    expect(tripMs('n2', 'clients')).toBeLessThan(delayMs);
    expect(rules.n1?.join('\n')).toContain('delay 700ms');
    expect(rules.n2?.join('\n')).toContain(
      '-s 10.78.0.1/32 -d 10.78.0.2/32 -m statistic --mode random --probability 0.5',
    );
    expect(rules.n2?.join('\n')).not.toContain('delay');
    const connect = `const began = performance.now();
      require('node:net').connect(Number(process.argv[2]), process.argv[1], () => {
        console.log(performance.now() - began);
        process.exit();
      }).on('error', () => { console.log(performance.now() - began); process.exit(); });`;
    const connectMs = async (port: number) =>
      Number((await machines.run([process.execPath, '-e', connect, machines.address('n1'), String(port)])).stdout);
    // Nobody listens there: a refusal takes its time, too.
    expect(await connectMs(23)).toBeGreaterThan(delayMs);
    expect(await connectMs(22)).toBeLessThan(delayMs);
    await done('net', 'heal');
    expect(await state()).toEqual(before);
  });

  it(
    'come back from a restart, ready, and stay off when they were shut down',
    async () => {
      const bootId = () => machines.expectOn('n1', 'cat /proc/sys/kernel/random/boot_id');
      const before = await bootId();
      expect(await done('nodes', 'reboot', 'n1')).toMatch(/^n1: back after .*, and ready\n$/);
      expect(await bootId()).not.toBe(before);
      expect(await done('nodes', 'shutdown', 'n2')).toMatch(/^n2: off after /);
      await machines.untilOff('n2');
    },
    2 * PATIENCE_MS,
  );
});
