import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeRegistry } from '../../src/cli/registry.ts';
import { reseed, validatePlan } from '../../src/timeline/validate.ts';

const registry = makeRegistry();
const errorsOf = (problems: readonly { readonly severity: string }[]) =>
  problems.filter(({ severity }) => severity === 'error');

function validate(text: string | Buffer, seed: number) {
  const set = ['settle=11s'];
  return validatePlan({ file: 'test.yaml', bytes: Buffer.from(text) }, registry, { seed, set });
}

/** Both partitions hold the whole network for a second: whether they overlap, the seed decides. */
const BY_CHANCE = `
plan: 1
environment: sim
database: { redis: {} }
workload: { rate: 100/s, set: { writes: 2000 } }
faults:
  - { every: 4s, for: 1s, from: 2s, jitter: 1500ms, partition: minority }
  - { at: 6s, for: 2s, partition: majority }
`;

describe('a plan under another seed', () => {
  it.each(readdirSync('plans'))('%s is what its text gives with that seed', (file) => {
    const text = readFileSync(`plans/${file}`);
    const before = validate(text, 1).ready;
    const anew = validate(text, 7);
    if (before === undefined || anew.ready === undefined) throw new Error(JSON.stringify(anew.problems));
    const { plan, timeline } = reseed(before.plan, 7, registry);
    expect({ plan, timeline }).toEqual(anew.ready);
  });

  it('is refused where chance draws a schedule that is refused', () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed + 1);
    const first = seeds.map((seed) => validate(BY_CHANCE, seed).ready).find((ready) => ready !== undefined);
    if (first === undefined) throw new Error('every seed is refused');
    const anew = seeds.map((seed) => errorsOf(validate(BY_CHANCE, seed).problems));
    expect(seeds.map((seed) => errorsOf(reseed(first.plan, seed, registry).problems))).toEqual(anew);
    expect(new Set(anew.map(({ length }) => length > 0)).size, 'some seeds are refused, and others not').toBe(2);
  });
});
