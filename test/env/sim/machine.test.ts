import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SimProcess, TraceEntry } from '../../../src/contract/index.ts';
import { dial, exactly, listen, openWorld, PLAIN, pair } from './world.ts';

const EPOCH_MS = Date.UTC(2013, 4, 1);

describe('a process', () => {
  it('is killed with its timers, and started again with other draws', async () => {
    const draws: number[] = [];
    const world = await openWorld({ boot: (process) => draws.push(process.rng.int(0, 1_000_000)) });
    let ticks = 0;
    world.process('n1').every(10, () => ticks++);
    world.process('n1').after(100, () => ticks++);
    await world.sleep(35);
    const dead = world.process('n1');
    await world.cluster.kill('n1');
    await world.sleep(1_000);
    expect([ticks, dead.state, await world.cluster.processes('n1')]).toEqual([3, 'dead', 'dead']);
    await world.cluster.start('n1');
    await world.cluster.start('n1');
    expect([world.process('n1').state, dead.state]).toEqual(['running', 'dead']);
    // Three nodes, and the second start of n1.
    expect(draws).toHaveLength(4);
    expect(new Set(draws).size).toBe(4);
    const again: number[] = [];
    await openWorld({ boot: (process) => again.push(process.rng.int(0, 1_000_000)) });
    expect(again).toEqual(draws.slice(0, 3));
  });

  it('is as its machine says: running, paused, dead, or some of each', async () => {
    const world = await openWorld({ programs: ['server', 'watcher'] });
    const state = () => world.cluster.processes('n1');
    expect(await state()).toBe('running');
    await world.cluster.pause('n1');
    await world.cluster.pause('n1');
    expect(await state()).toBe('paused');
    await world.cluster.start('n1');
    expect(await state()).toBe('paused');
    await world.cluster.resume('n1');
    await world.cluster.resume('n1');
    expect(await state()).toBe('running');
    await world.cluster.pause('n1');
    await world.cluster.kill('n1');
    await world.cluster.resume('n1');
    expect(await state()).toBe('dead');
    await world.cluster.start('n1');
    (world.process('n1', 'watcher') as unknown as { die(): void }).die();
    expect(await state()).toBe('mixed');
  });

  it('that is paused does nothing, and when it goes on does what came meanwhile, in order', async () => {
    const world = await openWorld();
    const { here } = await pair(world);
    const log: unknown[] = [];
    world.process('n2').listen(9, () => ({
      message: (message) => void log.push(message),
      asked: (question, reply) => {
        log.push(question);
        reply('answer');
      },
    }));
    const { connection } = dial(world.process('n1'), 'n2', 9);
    await world.sleep(10);
    world.process('n2').after(30, () => log.push('timer'));
    await world.cluster.pause('n2');
    const answers: unknown[] = [];
    await world.sleep(20);
    connection.send('before the timer');
    await world.sleep(20);
    connection.call('after it', (answer) => answers.push(answer));
    await world.sleep(60_000);
    expect([log, answers, here.ended, connection.open]).toEqual([[], [], [], true]);
    await world.cluster.resume('n2');
    expect(log).toEqual(['before the timer', 'timer', 'after it']);
    await world.sleep(10);
    expect(answers).toEqual(['answer']);
  });

  it('that goes on does not do what it has cancelled meanwhile, though its time had come', async () => {
    const world = await openWorld();
    const { here } = await pair(world);
    const log: string[] = [];
    const process = world.process('n2');
    process.listen(9, () => ({
      message() {
        election.cancel();
        repeated.cancel();
        log.push('heartbeat');
      },
    }));
    const { connection } = dial(world.process('n1'), 'n2', 9);
    await world.sleep(10);
    const election = process.after(100, () => log.push('election'));
    const repeated = process.every(100, () => log.push('again'));
    await world.cluster.pause('n2');
    connection.send('heartbeat');
    await world.sleep(1_000);
    await world.cluster.resume('n2');
    await world.sleep(1_000);
    expect([log, here.ended]).toEqual([['heartbeat'], []]);
  });

  it('that is paused again, or killed, while it catches up, does the rest later, or never', async () => {
    for (const how of ['pause', 'kill'] as const) {
      const world = await openWorld();
      const log: number[] = [];
      const process = world.process('n1');
      for (const k of [1, 2, 3])
        process.after(k, () => {
          log.push(k);
          if (k === 2) void world.cluster[how]('n1');
        });
      await world.cluster.pause('n1');
      await world.sleep(10);
      await world.cluster.resume('n1');
      expect(log).toEqual([1, 2]);
      await world.cluster.resume('n1');
      expect(log).toEqual(how === 'pause' ? [1, 2, 3] : [1, 2]);
    }
  });

  it('a repeated timer comes once after a pause, not for each time that it missed', async () => {
    const world = await openWorld();
    let ticks = 0;
    const timer = world.process('n1').every(10, () => {
      if (++ticks === 5) timer.cancel();
    });
    await world.sleep(25);
    await world.cluster.pause('n1');
    await world.sleep(1_000);
    await world.cluster.resume('n1');
    expect(ticks).toBe(3);
    await world.sleep(1_000);
    expect(ticks).toBe(5);
  });

  it('that dies frees its ports, and no others', async () => {
    const world = await openWorld({ programs: ['server', 'watcher'] });
    listen(world.process('n1', 'server'), 1);
    listen(world.process('n1', 'watcher'), 2);
    (world.process('n1', 'watcher') as unknown as { die(): void }).die();
    const [one, two] = [dial(world.process('n2', 'server'), 'n1', 1), dial(world.process('n2', 'server'), 'n1', 2)];
    await world.sleep(10);
    expect([one.opened, two.ended]).toEqual([1, ['refused']]);
  });

  it('that breaks its own rule ends the simulation with what it said', async () => {
    const world = await openWorld();
    world.process('n1').after(1_500, () => {
      throw new Error('a committed write is gone');
    });
    await world.sleep(2_000);
    expect(world.env.failure?.reason).toMatchObject({
      code: 'bug',
      message: 'The simulation has gone wrong at 1.500000 s of the run: a committed write is gone',
    });
  });
});

describe('a kill', () => {
  it.each([
    ['process', ['closed'], ['1,2']],
    ['machine', [], ['1', '1,2']],
  ] as const)('of the %s: what its peers hear, and what it finds again', async (kill, ended, kept) => {
    const found = new Set<string>();
    for (let seed = 0; seed < 10; seed++) {
      const settings = { ...PLAIN, kill, disk_write: exactly('0ms'), disk_fsync: exactly('1ms') };
      const world = await openWorld({ seed, settings });
      const { here } = await pair(world);
      const disk = world.process('n2').disk('log');
      disk.append(1);
      disk.sync(() => {});
      await world.sleep(10);
      disk.append(2);
      await world.cluster.kill('n2');
      await world.sleep(10);
      expect(here.ended).toEqual(ended);
      await world.cluster.start('n2');
      found.add(world.process('n2').disk('log').records.join());
    }
    expect([...found].sort()).toEqual(kept);
  });

  it('of one node leaves the others alone', async () => {
    const world = await openWorld({ settings: { ...PLAIN, kill: 'machine' } });
    world.process('n2').disk('log').append(1);
    await world.cluster.kill('n1');
    expect(await world.cluster.processes('n2')).toBe('running');
    expect(world.process('n2').disk('log').records).toEqual([1]);
  });
});

describe('a clock', () => {
  const clocksOf = async (settings: object, seed: number) => {
    const world = await openWorld({ seed, settings: { ...PLAIN, ...settings } });
    const processes = ['n1', 'n2', 'n3'].map((node) => world.process(node));
    const offsets = processes.map((process) => process.wallMs() - EPOCH_MS);
    await world.sleep(1_000_000);
    return { offsets, drifts: processes.map((process) => process.nowMs() - 1_000_000) };
  };

  it('differs from the true time by an offset and a drift within what the plan allows, at each node its own', async () => {
    const all = { offsets: [] as number[], drifts: [] as number[] };
    for (let seed = 0; seed < 30; seed++) {
      const { offsets, drifts } = await clocksOf({ clock_offset: '200ms', clock_drift_ppm: 1_000 }, seed);
      all.offsets.push(...offsets);
      all.drifts.push(...drifts);
    }
    for (const [some, most] of [
      [all.offsets, 200],
      [all.drifts, 1_000],
    ] as const) {
      expect(some.every(Number.isInteger)).toBe(true);
      expect(Math.max(...some.map(Math.abs))).toBeLessThanOrEqual(most);
      expect(Math.min(...some)).toBeLessThan(-most / 2);
      expect(Math.max(...some)).toBeGreaterThan(most / 2);
      expect(new Set(some).size).toBeGreaterThan(60);
    }
  });

  it('is right where the plan says so', async () => {
    const { offsets, drifts } = await clocksOf({}, 1);
    expect([...offsets, ...drifts].map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('takes the timers along: a fast one fires early by the true time, and never by its own', async () => {
    const firings = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const world = await openWorld({ seed, settings: { ...PLAIN, clock_drift_ppm: 100_000 } });
      const process = world.process('n1');
      await world.sleep(seed * 1_234.567);
      for (const ms of [1, 10, 999, 60_000]) {
        const [began, beganNs] = [process.nowMs(), world.env.clock.now()];
        let [own, trueMs] = [0, 0];
        process.after(ms, () => {
          own = process.nowMs() - began;
          trueMs = (world.env.clock.now() - beganNs) / 1e6;
        });
        await world.sleep(2 * ms);
        // Whole milliseconds: the one that had begun may be over.
        expect([ms, ms + 1]).toContain(own);
        if (ms === 60_000) firings.add(trueMs < 59_000 ? 'early' : trueMs > 61_000 ? 'late' : 'on time');
      }
    }
    expect([...firings]).toEqual(expect.arrayContaining(['early', 'late']));
  });

  it('never runs backwards, and counts whole milliseconds', async () => {
    const world = await openWorld({ settings: { ...PLAIN, clock_drift_ppm: 99_991 } });
    const process = world.process('n1');
    let last = -1;
    for (let k = 0; k < 500; k++) {
      await world.sleep(0.333_333);
      const now = process.nowMs();
      expect(Number.isInteger(now)).toBe(true);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });
});

describe('what a process says', () => {
  it('goes to its log and the trace; details to the trace only, and nobody words them where there is none', async () => {
    const trace: TraceEntry[] = [];
    const speak = (process: SimProcess) => {
      process.say('promotion', 'I am primary now', [1, 2]);
      process.detail('add', () => 'element 3', [3]);
      process.publish('status.txt', 'role: primary');
      process.publish('status.txt', 'term: 1');
    };
    const world = await openWorld({ trace: (entry) => trace.push(entry) });
    await world.sleep(1_234.5);
    speak(world.process('n2'));
    expect(trace).toEqual([
      {
        time: 1_234_500_000,
        node: 'n2',
        process: 'probe',
        what: 'promotion',
        words: 'I am primary now',
        elements: [1, 2],
      },
      { time: 1_234_500_000, node: 'n2', process: 'probe', what: 'add', words: 'element 3', elements: [3] },
    ]);
    expect(world.cluster.logs('n2')).toEqual(['probe.log', 'status.txt']);
    expect(world.cluster.logs('n1')).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), 'plan-run-sim-'));
    try {
      const fetched = async (path: string) => {
        await world.env.fetch('n2', path, join(folder, 'file'));
        return readFileSync(join(folder, 'file'), 'utf8');
      };
      expect(await fetched('probe.log')).toBe('1.234500 promotion: I am primary now\n');
      expect(await fetched('status.txt')).toBe('role: primary\nterm: 1\n');
      expect(await fetched('missing.log')).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
    const silent = await openWorld();
    const unwanted = () => expect.fail('nobody wants to know');
    silent.process('n1').detail('add', unwanted, unwanted, 'gained');
    silent.process('n1').say('add', 'in the log alone', unwanted, 'gained');
  });

  it('may say what has changed: for some elements, which a function may list, or for all', async () => {
    const trace: TraceEntry[] = [];
    const world = await openWorld({ trace: (entry) => trace.push(entry) });
    const process = world.process('n1');
    process.detail(
      'load',
      () => 'has 1 and 2',
      () => [1, 2],
      'gained',
    );
    process.say('rollback', 'has 2 no more', [2], 'dropped');
    // Of no elements nothing has changed; what an operator reads is there all the same.
    process.detail(
      'load',
      () => expect.fail('nothing to be told'),
      () => [],
      'gained',
    );
    process.say('sync', 'has found nothing new', () => [], 'gained');
    process.detail('flush', () => 'has nothing', undefined, 'dropped');
    const entry = { time: 0, node: 'n1', process: 'probe' };
    expect(trace).toEqual([
      { ...entry, what: 'load', words: 'has 1 and 2', elements: [1, 2], change: 'gained' },
      { ...entry, what: 'rollback', words: 'has 2 no more', elements: [2], change: 'dropped' },
      { ...entry, what: 'sync', words: 'has found nothing new', elements: [], change: 'gained' },
      { ...entry, what: 'flush', words: 'has nothing', change: 'dropped' },
    ]);
  });

  it('ends with a kill, of which the trace tells once: it has nothing any more', async () => {
    const trace: TraceEntry[] = [];
    const world = await openWorld({ programs: ['server', 'watcher'], trace: (entry) => trace.push(entry) });
    await world.sleep(7);
    await world.cluster.pause('n2');
    await world.cluster.kill('n2');
    await world.cluster.kill('n2');
    await world.cluster.stop('n3');
    await world.env.close();
    const killed = (node: string, process: string) => ({
      ...{ time: 7_000_000, node, process, what: 'killed', words: `${process} is killed`, change: 'dropped' },
    });
    expect(trace).toEqual(
      ['n2', 'n3'].flatMap((node) => ['server', 'watcher'].map((process) => killed(node, process))),
    );
    // It is no line of its own log.
    expect(world.cluster.logs('n2')).toEqual([]);
  });

  it('loses what it has with its machine, too', async () => {
    const trace: TraceEntry[] = [];
    const settings = { ...PLAIN, kill: 'machine' } as const;
    const world = await openWorld({ settings, trace: (entry) => trace.push(entry) });
    await world.cluster.kill('n1');
    expect(trace.map(({ node, what, change }) => [node, what, change])).toEqual([['n1', 'killed', 'dropped']]);
  });

  it('outlives the process, in one log for all its starts', async () => {
    const world = await openWorld({ boot: (process) => process.say('start', `${process.node} starts`) });
    await world.cluster.kill('n1');
    await world.sleep(1_000);
    await world.cluster.start('n1');
    const path = join(mkdtempSync(join(tmpdir(), 'plan-run-sim-')), 'log');
    await world.env.fetch('n1', 'probe.log', path);
    expect(readFileSync(path, 'utf8')).toBe('0.000000 start: n1 starts\n1.000000 start: n1 starts\n');
    rmSync(path);
  });
});
