import { describe, expect, it } from 'vitest';
import type { AnyNemesis, Registry } from '../../src/contract/index.ts';
import { type FaultReport, Faults } from '../../src/executor/faults.ts';
import { VirtualClock } from './virtual-clock.ts';

function faultsOf(order: string[], fails = '') {
  const nemesis = (name: string): AnyNemesis =>
    ({
      ...{ kind: 'nemesis', name, summary: '', settings: {}, compile: () => null, effect: () => ({}) },
      inject: async ({ id }: { id: string }) => ({
        ...{ value: null, perNodeMs: {}, probe: async () => ({}) },
        undo: async () => {
          order.push(id);
          if (id === fails) throw new Error(`cannot undo ${id}`);
          return {};
        },
      }),
    }) as never;
  const registry = { nemeses: new Map(['cut', 'promote'].map((name) => [name, nemesis(name)])) } as unknown as Registry;
  return new Faults(registry, { nemesis: () => {} } as never, new VirtualClock());
}

const step = (fault: string, nemesis: string, lasting = false) => ({
  ...{ do: 'inject' as const, fault, nemesis, action: null, forMs: null, effect: { hits: [], words: '' } },
  ...(lasting ? { lasting: true as const } : {}),
});

describe('undoAll', () => {
  it('undoes those that last by themselves, and only when it is told to; newest first', async () => {
    const order: string[] = [];
    const faults = faultsOf(order, 'f3');
    const context = { clock: new VirtualClock() } as never;
    for (const given of [
      step('f1', 'cut'),
      step('f2', 'promote', true),
      step('f3', 'cut'),
      step('f4', 'promote', true),
    ])
      await faults.inject(given, 0, context);
    const reports: FaultReport[] = [];
    expect(await faults.undoAll(false, (report) => reports.push(report))).toEqual([new Error('cannot undo f3')]);
    expect(order).toEqual(['f3', 'f1']);
    expect(await faults.undoAll(true, (report) => reports.push(report))).toEqual([]);
    expect(order).toEqual(['f3', 'f1', 'f4', 'f2']);
    expect(reports.map(({ fault }) => fault)).toEqual(['f1', 'f4', 'f2']);
    expect(faults.open).toEqual(['f3 cut']);
  });
});
