import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue, type SimEvent } from '../../../src/env/sim/event-queue.ts';

/** Takes all that is left, and says in which order it happened. */
function drain(queue: EventQueue): SimEvent[] {
  const taken: SimEvent[] = [];
  for (let event = queue.take(); event !== undefined; event = queue.take()) taken.push(event);
  return taken;
}

const nothing = () => {};

describe('the event queue', () => {
  it('gives events in the order of their time, and of their making at one time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (times) => {
        const queue = new EventQueue();
        const added = times.map((atNs) => queue.add(atNs, nothing));
        expect(drain(queue)).toEqual(added.sort((a, b) => a.atNs - b.atNs || a.order - b.order));
      }),
    );
  });

  it('keeps that order, whatever is cancelled and taken in between', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ add: fc.nat(1_000) }) },
      { weight: 3, arbitrary: fc.record({ cancel: fc.nat(2_000) }) },
      { weight: 1, arbitrary: fc.constant('take' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 500, maxLength: 1_500, size: 'max' }), (steps) => {
        const queue = new EventQueue();
        const all: SimEvent[] = [];
        let left: SimEvent[] = [];
        const first = () =>
          left.reduce((a, b) => (b.atNs < a.atNs || (b.atNs === a.atNs && b.order < a.order) ? b : a));
        for (const one of steps) {
          if (one === 'take') {
            const expected = left.length === 0 ? undefined : first();
            if (queue.take() !== expected) return false;
            left = left.filter((event) => event !== expected);
          } else if ('add' in one) {
            const event = queue.add(one.add, nothing);
            all.push(event);
            left.push(event);
          } else {
            // Some of these have been cancelled or taken before, which must change nothing.
            const event = all[one.cancel % Math.max(1, all.length)];
            event?.cancel();
            left = left.filter((other) => other !== event);
          }
        }
        expect(drain(queue)).toEqual(left.sort((a, b) => a.atNs - b.atNs || a.order - b.order));
        return true;
      }),
      { numRuns: 15 },
    );
  });

  it('sweeps out what is cancelled, where that is most of it', () => {
    const queue = new EventQueue();
    const kept = Array.from({ length: 100 }, (_, k) => queue.add(k, nothing));
    // Timeouts far ahead, each cancelled soon: a queue that kept them would grow as long as the run.
    for (let k = 0; k < 100_000; k++) queue.add(1_000_000 + k, nothing).cancel();
    expect(queue.length).toBeLessThan(1_000);
    expect(drain(queue)).toEqual(kept);
    expect(queue.length).toBe(0);
  });

  it('lets go of what a cancelled event would have done', () => {
    const work = () => {};
    const event = new EventQueue().add(5, work);
    event.cancel();
    expect(event.work).not.toBe(work);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 53])('refuses %d, which is no time', (atNs) => {
    expect(() => new EventQueue().add(atNs, nothing)).toThrow('invariant broken');
  });
});
