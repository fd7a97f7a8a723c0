import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { NS_PER_S } from '../../../src/base/clock.ts';
import { PlanRunError } from '../../../src/base/errors.ts';
import { Kernel } from '../../../src/env/sim/kernel.ts';

/** Lets the event loop turn, so that a kernel that wants to do something does it. */
async function turns(count = 20): Promise<void> {
  for (let k = 0; k < count; k++) await new Promise<void>((resolve) => setImmediate(resolve));
}

describe('time', () => {
  it('begins at zero, goes from event to event, and never back', async () => {
    const kernel = new Kernel();
    const seen: number[] = [];
    for (const delayNs of [30, 10, 20, 10]) kernel.after(delayNs, () => seen.push(kernel.now()));
    expect(kernel.now()).toBe(0);
    await kernel.clock.sleepUntil(25);
    expect(seen).toEqual([10, 10, 20]);
    expect(kernel.now()).toBe(25);
    await kernel.clock.sleepUntil(3);
    expect(kernel.now()).toBe(25);
    kernel.after(-100, () => seen.push(kernel.now()));
    await kernel.clock.sleepUntil(30);
    expect(seen).toEqual([10, 10, 20, 25, 30]);
  });

  it('is whole nanoseconds, whatever is asked for', async () => {
    const kernel = new Kernel();
    let at = 0;
    kernel.after(1.4, () => {
      at = kernel.now();
    });
    await kernel.clock.sleepUntil(2.5);
    // Never early: a sleeper finds that its time has come.
    expect([at, kernel.now()]).toEqual([1, 3]);
  });

  it('stands still where nobody waits', async () => {
    const kernel = new Kernel();
    let happened = false;
    kernel.after(1, () => {
      happened = true;
    });
    await turns();
    expect([happened, kernel.now()]).toEqual([false, 0]);
    await kernel.clock.sleepUntil(1);
    expect(happened).toBe(true);
  });

  it('stands still until all that follows from a completion has been done', async () => {
    const kernel = new Kernel();
    const log: string[] = [];
    const answer = kernel.promise<void>(({ resolve }) => void kernel.after(10, () => resolve()));
    kernel.after(10, () => log.push('next event'));
    const follow = answer.then(async () => {
      for (let k = 0; k < 100; k++) await Promise.resolve();
      await new Promise<void>((resolve) => process.nextTick(resolve));
      log.push(`consequence at ${kernel.now()}`);
    });
    await Promise.all([follow, kernel.clock.sleepUntil(20)]);
    expect(log).toEqual(['consequence at 10', 'next event']);
  });

  it('stands still while what takes real time is held, even where that fails', async () => {
    const kernel = new Kernel();
    let [begin, fail] = [() => {}, (_: Error) => {}];
    let woken = false;
    const sleeping = kernel.clock.sleepUntil(10).then(() => {
      woken = true;
    });
    // Somebody sleeps already, so that the kernel was about to go on.
    const held = kernel.hold(new Promise<void>((resolve) => (begin = resolve)));
    const broken = kernel.hold(new Promise<void>((_, reject) => (fail = reject)));
    await turns();
    begin();
    await held;
    await turns();
    expect([woken, kernel.now()]).toEqual([false, 0]);
    fail(new Error('not found'));
    await expect(broken).rejects.toThrow('not found');
    await sleeping;
    expect(kernel.now()).toBe(10);
  });

  it('lets the event loop in while events follow each other', async () => {
    const kernel = new Kernel();
    const again = () => void kernel.after(1, again);
    again();
    let seen = 0;
    const looking = setInterval(() => {
      seen++;
    });
    await kernel.clock.sleepUntil(2_000_000);
    clearInterval(looking);
    expect(seen).toBeGreaterThan(0);
  });
});

describe('a promise', () => {
  it('is settled once, and then nobody waits any more', async () => {
    const kernel = new Kernel();
    await kernel.promise<void>(({ resolve, reject }) => {
      kernel.after(5, () => {
        resolve();
        resolve();
        reject(new Error('too late'));
      });
    });
    kernel.after(1, () => {});
    await turns();
    expect(kernel.now()).toBe(5);
  });

  it('that cannot begin is rejected, and leaves nobody waiting', async () => {
    const kernel = new Kernel();
    kernel.after(1, () => {});
    const wrong = kernel.promise(() => {
      throw new Error('no such machine');
    });
    await expect(wrong).rejects.toThrow('no such machine');
    await kernel.clock.sleepUntil(5);
    kernel.after(1, () => {});
    await turns();
    expect(kernel.now()).toBe(5);
  });

  it('that nothing will settle is settled all the same by what is made to happen later', async () => {
    const kernel = new Kernel();
    let settle = () => {};
    const waiting = kernel.promise<void>(({ resolve }) => {
      settle = resolve;
    });
    kernel.after(1, () => {}).cancel();
    await turns();
    kernel.after(7, () => settle());
    await waiting;
    expect(kernel.now()).toBe(7);
  });
});

describe('the clock', () => {
  it('resolves at once, but not synchronously, when the time has passed', async () => {
    const { clock } = new Kernel();
    let woken = false;
    const sleeping = clock.sleepUntil(0).then(() => {
      woken = true;
    });
    await Promise.resolve();
    expect(woken).toBe(false);
    await sleeping;
    expect(clock.now()).toBe(0);
  });

  it('delivers what has already arrived before it resolves', async () => {
    const kernel = new Kernel();
    const log: string[] = [];
    void kernel.promise<void>(({ resolve }) => void kernel.after(5, () => resolve())).then(() => log.push('reply'));
    await kernel.clock.sleepUntil(5);
    log.push('awake');
    expect(log).toEqual(['reply', 'awake']);
  });

  it('rejects with the reason of the signal, at once and later, and does not sleep on', async () => {
    const kernel = new Kernel();
    const controller = new AbortController();
    const sleeping = kernel.clock.sleepUntil(NS_PER_S, controller.signal);
    kernel.after(10, () => controller.abort(new Error('enough')));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(kernel.clock.sleepUntil(0, controller.signal)).rejects.toThrow('enough');
    // Others still wait, and yet the time that it would have slept to does not come.
    void kernel.promise(() => {});
    await turns();
    expect(kernel.now()).toBe(10);
  });

  it('lets go of the signal when a sleeper wakes, and warns of nothing', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    const { clock } = new Kernel();
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 1_000 }, (_, k) => clock.sleepUntil(k, signal)));
    await turns();
    process.off('warning', warn);
    expect(warnings).toEqual([]);
    expect([clock.now(), getEventListeners(signal, 'abort').length]).toEqual([999, 0]);
  });
});

describe('the end of the world', () => {
  it('nothing happens in it any more; who sleeps outside still wakes up', async () => {
    const kernel = new Kernel();
    let happened = 0;
    const again = () => {
      happened++;
      kernel.after(10, again);
    };
    kernel.after(10, again);
    const never = kernel.promise<void>(({ resolve }) => void kernel.after(15, () => resolve()));
    await kernel.clock.sleepUntil(12);
    kernel.powerOff();
    await kernel.clock.sleepUntil(1_000);
    expect([happened, kernel.now()]).toEqual([1, 1_000]);
    expect(await Promise.race([never, turns().then(() => 'still waits')])).toBe('still waits');
  });

  it('leaves the process nothing to do, even where somebody waits for ever', async () => {
    const kernel = new Kernel();
    const again = () => void kernel.after(10, again);
    again();
    void kernel.promise(() => {});
    await kernel.clock.sleepUntil(100);
    kernel.powerOff();
    await turns();
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Immediate')).toEqual([]);
  });

  it('comes when an event throws: a failure that says when, and why', async () => {
    const kernel = new Kernel();
    const cause = new Error('two primaries in one term');
    kernel.after(1_500_000_000, () => {
      throw cause;
    });
    let after = false;
    kernel.after(1_500_000_001, () => {
      after = true;
    });
    const failed = new Promise<unknown>((resolve) =>
      kernel.failure.addEventListener('abort', () => resolve(kernel.failure.reason)),
    );
    const sleeping = kernel.clock.sleepUntil(2 * NS_PER_S);
    const reason = await failed;
    expect(reason).toBeInstanceOf(PlanRunError);
    expect(reason).toMatchObject({
      code: 'bug',
      message: 'The simulation has gone wrong at 1.500000 s of the run: two primaries in one term',
      cause,
    });
    await sleeping;
    expect([after, kernel.now()]).toEqual([false, 2 * NS_PER_S]);
  });
});
