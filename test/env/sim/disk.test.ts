import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SimSettings } from '../../../src/env/sim/settings.ts';
import { exactly, openWorld, PLAIN, type TestWorld } from './world.ts';

const FILE = 'journal';
const DISK = { disk_write: exactly('1ms'), disk_fsync: exactly('9ms') };
const machine = (more: Partial<SimSettings> = {}) => ({ ...PLAIN, ...DISK, kill: 'machine' as const, ...more });

/** What n1 finds on its disk when it is started again. */
async function found(world: TestWorld): Promise<readonly unknown[]> {
  await world.cluster.kill('n1');
  await world.cluster.start('n1');
  return world.process('n1').disk(FILE).records;
}

const write = (world: TestWorld, ...records: unknown[]) => {
  const disk = world.process('n1').disk(FILE);
  for (const record of records) disk.append(record);
  return disk;
};

describe('a disk', () => {
  it('keeps what was written, synced or not, when the process is killed', async () => {
    const world = await openWorld();
    write(world, 1, 2).sync(() => {});
    await world.sleep(1_000);
    write(world, 3);
    expect(await found(world)).toEqual([1, 2, 3]);
  });

  it('has what was synced when `done` is called, a write and an fsync later, and keeps it without power', async () => {
    const world = await openWorld({ settings: machine() });
    let doneMs = 0;
    write(world, 1, 2, 3).sync(() => {
      doneMs = world.nowMs();
    });
    await world.sleep(9.9);
    expect(doneMs).toBe(0);
    await world.sleep(1);
    expect(doneMs).toBe(10);
    expect(await found(world)).toEqual([1, 2, 3]);
  });

  it('without power may lose the end of what was not synced: never a hole, never what was, sometimes all, or nothing', async () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const world = await openWorld({ seed, settings: machine() });
      write(world, 0, 1).sync(() => {});
      await world.sleep(20);
      write(world, 2, 3, 4);
      const records = await found(world);
      expect(records).toEqual([0, 1, 2, 3, 4].slice(0, records.length));
      lengths.add(records.length);
    }
    expect([...lengths].sort()).toEqual([2, 3, 4, 5]);
  });

  it('what it had after a power failure it still has after the next', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const world = await openWorld({ seed, settings: machine() });
      write(world, 0, 1, 2, 3);
      const first = [...(await found(world))];
      expect(await found(world)).toEqual(first);
    }
  });

  it('loses as much of each file as that file loses: another one changes nothing', async () => {
    const lengths = async (files: readonly string[]) => {
      const world = await openWorld({ settings: machine() });
      for (const file of files) for (let k = 0; k < 1_000; k++) world.process('n1').disk(file).append(k);
      await world.cluster.kill('n1');
      await world.cluster.start('n1');
      return world.process('n1').disk('b').records.length;
    };
    expect(await lengths(['a', 'b', 'c'])).toBe(await lengths(['b']));
  });

  it('does not tell the dead: a sync is done by the machine, where that lives', async () => {
    for (const kill of ['process', 'machine'] as const) {
      const world = await openWorld({ settings: machine({ kill }) });
      let told = false;
      write(world, 1, 2).sync(() => {
        told = true;
      });
      await world.sleep(1);
      await world.cluster.kill('n1');
      await world.sleep(1_000);
      expect(told).toBe(false);
    }
  });

  it('forgets the sync that a power failure has cut off, also where the machine is back before its time', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const world = await openWorld({ seed, settings: machine() });
      write(world, 0, 1, 2, 3).sync(() => {});
      const first = (await found(world)).length;
      write(world, 'new');
      // The old sync's time comes; what is new was never asked for.
      await world.sleep(20);
      expect([first, first + 1]).toContain((await found(world)).length);
    }
    const sizes = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const world = await openWorld({ seed, settings: machine() });
      write(world, 0).sync(() => {});
      const first = (await found(world)).length;
      write(world, 'new');
      await world.sleep(20);
      sizes.add((await found(world)).length - first);
    }
    expect(sizes).toEqual(new Set([0, 1]));
  });

  it('truncated during a sync keeps no more than is left, and what is written then is not synced', async () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const world = await openWorld({ seed, settings: machine() });
      const disk = write(world, 'a', 'b', 'c');
      disk.sync(() => {});
      await world.sleep(5);
      disk.truncate(1);
      disk.append('x');
      disk.append('y');
      await world.sleep(10);
      const records = await found(world);
      expect(records).toEqual(['a', 'x', 'y'].slice(0, records.length));
      sizes.add(records.length);
    }
    expect(sizes).toEqual(new Set([1, 2, 3]));
  });

  it('syncs that overlap bring to safety what each had seen', async () => {
    const world = await openWorld({ settings: machine() });
    const done: string[] = [];
    const disk = write(world, 1);
    disk.sync(() => done.push('first'));
    await world.sleep(5);
    disk.append(2);
    disk.sync(() => done.push('second'));
    await world.sleep(6);
    expect(done).toEqual(['first']);
    await world.sleep(5);
    expect(done).toEqual(['first', 'second']);
    expect(await found(world)).toEqual([1, 2]);
  });

  it('tells a paused process when it goes on', async () => {
    const world = await openWorld({ settings: machine() });
    let told = false;
    write(world, 1).sync(() => {
      told = true;
    });
    await world.cluster.pause('n1');
    await world.sleep(100);
    expect(told).toBe(false);
    await world.cluster.resume('n1');
    expect(told).toBe(true);
  });

  it('takes as long as its settings say, each sync anew, by whatever name it is asked for', async () => {
    const world = await openWorld({ settings: { ...PLAIN, disk_write: exactly('1ms'), disk_fsync: '4ms' } });
    const took: number[] = [];
    for (let k = 0; k < 50; k++) {
      const began = world.env.clock.now();
      // As a program does that does not keep the file open.
      world
        .process('n1')
        .disk(FILE)
        .sync(() => took.push(world.env.clock.now() - began));
      await world.sleep(100);
    }
    expect(Math.min(...took)).toBeGreaterThanOrEqual(3_000_000);
    expect(Math.max(...took)).toBeLessThanOrEqual(41_000_000);
    expect(took.every(Number.isInteger)).toBe(true);
    expect(new Set(took).size).toBeGreaterThan(45);
  });

  it('whatever is written, truncated and synced: what was safe stays, the rest is a beginning of the log', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant('append') },
      { weight: 2, arbitrary: fc.constant('sync') },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 15 }) },
      { weight: 1, arbitrary: fc.constant('truncate') },
    );
    const check = async (steps: readonly (string | number)[], seed: number) => {
      const world = await openWorld({ seed, settings: machine() });
      const disk = world.process('n1').disk(FILE);
      let log: number[] = [];
      let safe = 0;
      const syncing = new Set<{ count: number }>();
      for (const [index, one] of steps.entries()) {
        if (one === 'append') {
          log.push(index);
          disk.append(index);
        } else if (one === 'truncate') {
          const count = index % (log.length + 1);
          log = log.slice(0, count);
          disk.truncate(count);
          safe = Math.min(safe, count);
          for (const sync of syncing) sync.count = Math.min(sync.count, count);
        } else if (one === 'sync') {
          const sync = { count: log.length };
          syncing.add(sync);
          disk.sync(() => {
            safe = Math.max(safe, sync.count);
          });
        } else await world.sleep(one as number);
      }
      expect(disk.records).toEqual(log);
      const records = await found(world);
      expect(records.length).toBeGreaterThanOrEqual(safe);
      expect(records).toEqual(log.slice(0, records.length));
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), fc.nat(1_000), check), {
      numRuns: 60,
    });
  });
});
