import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/base/clock.ts';
import { makeRng } from '../../../src/base/rng.ts';
import { Kernel } from '../../../src/env/sim/kernel.ts';
import { Links } from '../../../src/env/sim/links.ts';
import type { SimSettings } from '../../../src/env/sim/settings.ts';
import { BETWEEN, exactly, NODES, simSettings } from './world.ts';

const PACKETS = 20_000;

function open(given: Partial<SimSettings> = {}, seed = 1) {
  const kernel = new Kernel();
  const links = new Links(kernel, NODES, simSettings(given), makeRng(seed));
  const place = (name: string) => links.place(name);
  return {
    kernel,
    links,
    passes: (from: string, to: string) => links.passes(place(from), place(to)),
    /** What becomes of many packets: milliseconds until each of their copies arrives. */
    fates(from: string, to: string) {
      const rng = makeRng(seed).fork('packets');
      return Array.from({ length: PACKETS }, () =>
        links.fate(place(from), place(to), rng).map((delayNs) => delayNs / NS_PER_MS),
      );
    },
  };
}

const shareOf = (fates: number[][], meant: (copies: number[]) => boolean) => fates.filter(meant).length / PACKETS;

describe('a packet', () => {
  it('arrives once, after the latency of the link, where nothing else is said', () => {
    const fates = open().fates('n1', 'n2');
    expect(fates.every((copies) => copies.length === 1)).toBe(true);
    const delays = fates.flat().sort((a, b) => a - b);
    expect(delays[0]).toBeGreaterThanOrEqual(0.1);
    expect(delays[PACKETS / 2]).toBeCloseTo(0.2, 1);
    expect(delays.at(-1)).toBeLessThanOrEqual(5);
    expect(delays.every((ms) => Number.isInteger(Math.round(ms * NS_PER_MS * 10) / 10))).toBe(true);
  });

  it('gets lost, comes twice, or comes late as often as the plan says', () => {
    const lossy = open({ loss: '10%' }).fates('n1', 'n2');
    expect(shareOf(lossy, (copies) => copies.length === 0)).toBeCloseTo(0.1, 1.7);
    const doubled = open({ duplicate: '20%' }).fates('n1', 'n2');
    expect(shareOf(doubled, (copies) => copies.length === 2)).toBeCloseTo(0.2, 1.7);
    const late = open({ reorder: '5%', latency: exactly('1ms') }).fates('n1', 'n2');
    // As late as two later ones need.
    expect(shareOf(late, ([ms]) => ms === 3)).toBeCloseTo(0.05, 1.7);
    expect(shareOf(late, ([ms]) => ms === 1)).toBeCloseTo(0.95, 1.7);
  });

  it('of a duplicated pair may be lost alone; with everything lost, nothing arrives', () => {
    expect(shareOf(open({ loss: '100%' }).fates('n1', 'n2'), (copies) => copies.length === 0)).toBe(1);
    const both = open({ loss: '100%', duplicate: '100%' }).fates('n1', 'n2');
    expect(shareOf(both, (copies) => copies.length === 1)).toBe(1);
  });

  it('fares as its link is set, in both directions, by the last setting that speaks of it', () => {
    const { fates } = open({
      latency: exactly('1ms'),
      loss: '100%',
      links: [
        { between: 'n1', and: ['n2', 'n3'], loss: '0%', latency: exactly('40ms') },
        { between: 'n3', and: 'n1', latency: exactly('7ms') },
        { between: 'clients', and: 'n2', loss: '0%' },
      ],
    });
    const only = (from: string, to: string) => [...new Set(fates(from, to).map(String))];
    expect(only('n1', 'n2')).toEqual(['40']);
    expect(only('n2', 'n1')).toEqual(['40']);
    expect(only('n1', 'n3')).toEqual(['7']);
    expect(only('n3', 'n1')).toEqual(['7']);
    expect(only('n2', 'n3')).toEqual(['']);
    for (const home of NODES) expect(only(`clients@${home}`, 'n2')).toEqual(['1']);
    expect(only('clients@n1', 'n1')).toEqual(['']);
  });

  it('takes a link that the seed draws, one for all packets', () => {
    const slow = (seed: number) => {
      const links = [{ between: 'one', and: 'all', latency: exactly('9ms') }];
      const { fates } = open({ latency: exactly('1ms'), links }, seed);
      return [
        ['n1', 'n2'],
        ['n2', 'n3'],
        ['n3', 'n1'],
      ].map(([a, b]) => fates(a!, b!)[0]![0]);
    };
    expect(slow(1).filter((ms) => ms === 9)).toHaveLength(2);
    expect(slow(1)).toEqual(slow(1));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => seed).map((seed) => String(slow(seed)))).size).toBe(3);
  });
});

describe('rules', () => {
  it('drop in one direction, at who has them', async () => {
    const { links, passes } = open();
    await links.cut('f1', { n2: ['n1', 'clients@n3'] });
    expect([passes('n1', 'n2'), passes('n2', 'n1')]).toEqual([false, true]);
    expect([passes('clients@n3', 'n2'), passes('clients@n2', 'n2'), passes('n3', 'n2')]).toEqual([false, true, true]);
    await links.restore('f1');
    expect(passes('n1', 'n2')).toBe(true);
  });

  it('of two cuts that overlap end in any order, also where both name the clients', async () => {
    for (const [first, second] of [
      ['f1', 'f2'],
      ['f2', 'f1'],
    ] as const) {
      const { links, passes } = open();
      await Promise.all([
        links.cut('f1', { n1: ['clients', 'n2'], n2: ['n1'] }),
        links.cut('f2', { n1: ['clients@n3', 'n2'], clients: ['n1'] }),
      ]);
      await links.restore(first);
      expect([passes('clients@n3', 'n1'), passes('n2', 'n1')]).toEqual([false, false]);
      expect(Object.values(await links.status(first))).toEqual(['not', 'not']);
      expect(Object.values(await links.status(second))).toEqual(['installed', 'installed']);
      await links.restore(second);
      expect([passes('clients@n3', 'n1'), passes('n2', 'n1'), passes('n1', 'clients@n2')]).toEqual([true, true, true]);
    }
  });

  it('come and go at each node after its own few milliseconds, and the answer says when', async () => {
    const { kernel, links, passes } = open();
    const seen: Record<string, number> = {};
    const look = () => {
      if (!passes('n2', 'n1')) seen.n1 ??= kernel.now() / NS_PER_MS;
      if (!passes('n1', 'n2')) seen.n2 ??= kernel.now() / NS_PER_MS;
      kernel.after(1_000, look);
    };
    look();
    const perNodeMs = await links.cut('f1', BETWEEN);
    await kernel.clock.sleepUntil(10 * NS_PER_MS);
    expect(Object.keys(perNodeMs)).toEqual(['n1', 'n2']);
    for (const node of ['n1', 'n2']) {
      expect(perNodeMs[node]).toBeGreaterThanOrEqual(0.5);
      expect(perNodeMs[node]).toBeLessThanOrEqual(6);
      expect(seen[node]).toBeCloseTo(perNodeMs[node]!, 2);
    }
    expect(seen.n1).not.toBe(seen.n2);
  });

  it('know what they are no more, and nothing of a cut that never was', async () => {
    const { links } = open();
    await links.cut('f1', BETWEEN);
    expect(await links.status('f1')).toEqual({ n1: 'installed', n2: 'installed' });
    await links.restore('f1');
    expect(await links.status('f1')).toEqual({ n1: 'not', n2: 'not' });
    expect(await links.restore('f1')).toEqual({});
    expect(await links.status('f9')).toEqual({});
    expect(await links.restore('f9')).toEqual({});
  });

  it('have a name that cannot be taken twice, but again', async () => {
    const { links, passes } = open();
    await links.cut('f1', BETWEEN);
    await expect(links.cut('f1', BETWEEN)).rejects.toThrow('there is no cut "f1" yet');
    await links.heal();
    await links.cut('f1', { n3: ['n1'] });
    expect([passes('n1', 'n2'), passes('n1', 'n3')]).toEqual([true, false]);
  });

  it.each(['restore', 'heal'] as const)('do not come any more after a %s that came first', async (how) => {
    const { kernel, links, passes } = open();
    const cutting = links.cut('f1', BETWEEN);
    await (how === 'heal' ? links.heal() : links.restore('f1'));
    await cutting;
    expect([passes('n1', 'n2'), passes('n2', 'n1')]).toEqual([true, true]);
    expect(await links.status('f1')).toEqual({ n1: 'not', n2: 'not' });
    // One node has its rule by now, the other has not.
    const again = links.cut('f1', BETWEEN);
    while (passes('n1', 'n2') && passes('n2', 'n1')) await kernel.clock.sleepUntil(kernel.now() + 1_000);
    await (how === 'heal' ? links.heal() : links.restore('f1'));
    await again;
    expect([passes('n1', 'n2'), passes('n2', 'n1')]).toEqual([true, true]);
    await links.cut('f1', BETWEEN);
  });

  it('of no endpoint are no rules, and their name is free again', async () => {
    const { links } = open();
    expect(await links.cut('f1', {})).toEqual({});
    await links.heal();
    await links.cut('f1', BETWEEN);
  });

  it('are served where the simulated world has ended', async () => {
    const { kernel, links, passes } = open();
    await links.cut('f1', BETWEEN);
    kernel.powerOff();
    await links.heal();
    expect(passes('n1', 'n2')).toBe(true);
  });

  it('take their time by a draw of their own: another cut shifts nothing', async () => {
    const [alone, amid] = [open(), open()];
    await amid.links.cut('f1', { n3: ['n1'] });
    expect(await amid.links.cut('f2', BETWEEN)).toEqual(await alone.links.cut('f2', BETWEEN));
    expect(await open({}, 2).links.cut('f2', BETWEEN)).not.toEqual(await open({}, 1).links.cut('f2', BETWEEN));
  });
});
