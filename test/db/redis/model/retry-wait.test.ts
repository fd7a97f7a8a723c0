/** WAIT counts for whatever the client has asked before it, also where it added what was there already. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { simulateText } from '../../simulate.ts';

it.each([1, 2, 3])(
  'acknowledges a second SADD of the same element only when WAIT has its replicas, seed %s',
  async (seed) => {
    const file = 'plans/redis-sentinel-wait.yaml';
    const { results } = await simulateText(readFileSync(file), seed, ['workload.set.on_unknown=retry'], file);
    expect(results.checkers.set).toMatchObject({ valid: true, lost: 0 });
  },
);
