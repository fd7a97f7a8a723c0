import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Sleepers } from '../../../src/env/sim/sleepers.ts';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('sleepers', () => {
  it('are woken in the order in which they came, each once, and not those that are gone', () => {
    const sleepers = new Sleepers();
    const controller = new AbortController();
    const woken: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => () => void woken.push(name)) as [
      () => void,
      () => void,
      () => void,
    ];
    for (const wake of [a, b, c]) sleepers.add(controller.signal, wake);
    sleepers.remove(controller.signal, b);
    controller.abort();
    expect(woken).toEqual(['a', 'c']);
    sleepers.remove(controller.signal, a);
    expect(listeners(controller.signal)).toBe(0);
  });

  it('have one listener for each signal, as long as somebody sleeps', () => {
    const sleepers = new Sleepers();
    const [one, other] = [new AbortController().signal, new AbortController().signal];
    const [a, b] = [() => {}, () => {}];
    sleepers.add(one, a);
    sleepers.add(one, b);
    sleepers.add(other, a);
    expect([listeners(one), listeners(other)]).toEqual([1, 1]);
    sleepers.remove(one, a);
    sleepers.remove(other, a);
    expect([listeners(one), listeners(other)]).toEqual([1, 0]);
    sleepers.remove(one, b);
    expect(listeners(one)).toBe(0);
    sleepers.add(one, a);
    expect(listeners(one)).toBe(1);
  });
});
