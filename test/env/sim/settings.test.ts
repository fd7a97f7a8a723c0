import { describe, expect, it } from 'vitest';
import { problems, type SimSettings } from '../../../src/env/sim/settings.ts';
import { simSettings } from './world.ts';

const found = (given: Partial<SimSettings>) => problems({ ...simSettings(), ...given });
const FALLING = { min: '1ms', p50: '3ms', p99: '2ms', max: '4ms' };

describe('settings of the simulator', () => {
  it('are those of a rack, where the plan says nothing', () => {
    expect(simSettings()).toEqual({
      latency: { min: '0.1ms', p50: '0.2ms', p99: '1ms', max: '5ms' },
      loss: '0%',
      duplicate: '0%',
      reorder: '0%',
      links: [],
      disk_write: { min: '0.01ms', p50: '0.02ms', p99: '0.1ms', max: '2ms' },
      disk_fsync: { min: '1ms', p50: '4ms', p99: '20ms', max: '100ms' },
      clock_offset: '5ms',
      clock_drift_ppm: 20,
      kill: 'process',
    });
  });

  it('have points in order, wherever they stand', () => {
    const message = 'min, p50, p99 and max must not fall';
    for (const key of ['latency', 'disk_write', 'disk_fsync'] as const)
      expect(found({ [key]: FALLING })).toEqual([{ path: key, message }]);
    const links = [
      { between: 'n1', and: 'n2', latency: '40ms' },
      { between: 'n1', and: 'n3', latency: FALLING },
    ];
    expect(found({ links })).toEqual([{ path: 'links[1].latency', message }]);
  });

  it('name links by nodes and by what the seed draws, not by what only the run knows', () => {
    expect(found({ links: [{ between: ['n1', 'minority'], and: 'clients' }] })).toEqual([]);
    expect(found({ links: [{ between: 'primary', and: ['n1', 'secondaries'] }] })).toEqual([
      { path: 'links[0].between', message: 'a link cannot follow "primary" about: name nodes' },
      { path: 'links[0].and', message: 'a link cannot follow "secondaries" about: name nodes' },
    ]);
  });
});
