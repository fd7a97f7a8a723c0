import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../src/base/clock.ts';
import { makeRealClock } from '../../src/env/real-clock.ts';

describe('the real clock', () => {
  it('begins at zero and counts nanoseconds upwards', () => {
    const clock = makeRealClock();
    const first = clock.now();
    expect(Number.isInteger(first)).toBe(true);
    expect(first).toBeLessThan(1_000 * NS_PER_MS);
    expect(clock.now()).toBeGreaterThanOrEqual(first);
  });

  it('never wakes anybody early', async () => {
    const clock = makeRealClock();
    const begin = clock.now();
    const sleepers = Array.from({ length: 500 }, async (_, k) => {
      const due = begin + k * 100_000;
      await clock.sleepUntil(due);
      return clock.now() - due;
    });
    expect(Math.min(...(await Promise.all(sleepers)))).toBeGreaterThanOrEqual(0);
  });

  it('resolves at once, but not synchronously, when the time has passed', async () => {
    const clock = makeRealClock();
    let woken = false;
    const sleeping = clock.sleepUntil(0).then(() => {
      woken = true;
    });
    await Promise.resolve();
    expect(woken).toBe(false);
    await sleeping;
    expect(woken).toBe(true);
  });

  it('delivers what has already arrived before it resolves', async () => {
    const clock = makeRealClock();
    const server = createServer((socket) =>
      socket.on('data', (data) => {
        socket.write(data);
        server.emit('echoed');
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    let replied = false;
    socket.once('data', () => {
      replied = true;
    });
    const accepted = new Promise<void>((resolve) => server.once('echoed', resolve));
    const due = clock.now() + 20 * NS_PER_MS;
    const sleeping = clock.sleepUntil(due);
    socket.write('ping');
    await accepted;
    // The answer is on its way to the socket; nobody reads it before the sleeper's time has long passed.
    while (clock.now() < due + 5 * NS_PER_MS);
    await sleeping;
    expect(replied).toBe(true);
    socket.destroy();
    server.close();
  });

  it('rejects with the reason of the signal, at once and later', async () => {
    const clock = makeRealClock();
    const controller = new AbortController();
    const sleeping = clock.sleepUntil(clock.now() + 3_600_000 * NS_PER_MS, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(clock.sleepUntil(0, controller.signal)).rejects.toThrow('enough');
  });

  it('keeps many sleepers on one signal, with no timer and no warning left', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    const clock = makeRealClock();
    const controller = new AbortController();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const sleepers = Array.from({ length: 1_000 }, () => clock.sleepUntil(clock.now() + 1e12, controller.signal));
    expect(timers()).toBe(before + 1_000);
    controller.abort(new Error('enough'));
    const ends = await Promise.allSettled(sleepers);
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    expect(timers()).toBe(before);
    await clock.sleepUntil(0);
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });
});
