import fc from 'fast-check';
import { expect, it } from 'vitest';
import { renderProblems } from '../../src/plan/index.ts';
import { judge, namesIn, textOf } from './fixtures.ts';
import { expectPlaces, mutantsOf } from './mutants.ts';
import { registry } from './registry.ts';

const texts = (['accepted', 'refused'] as const).flatMap((folder) =>
  namesIn(folder)
    .filter((name) => name !== 'billion-laughs')
    .map((name) => textOf(folder, name)),
);

it('whatever becomes of a plan’s text: problems with a place in it, or a plan; nothing is thrown', () => {
  fc.assert(
    fc.property(mutantsOf(texts), (mutant) => {
      const { all, plan, source } = judge(mutant, registry);
      expect(plan === undefined).toBe(all.some(({ severity }) => severity === 'error'));
      expectPlaces(mutant, all);
      renderProblems(all, [source], { color: true });
    }),
    { numRuns: 1500, seed: 20_130_518 },
  );
});
