/** What goes with what: what the matrix says is what a plan is told. */
import { describe, expect, it } from 'vitest';
import { matrixOf, render } from '../../src/cli/modules.ts';
import { makeRegistry } from '../../src/cli/registry.ts';
import { validatePlan } from '../../src/timeline/validate.ts';

const registry = makeRegistry();
const matrix = matrixOf(registry);
const text = render(matrix);

/** The rules that a plan of this database and workload breaks there. */
function broken(database: string, workload: string, environment: string): string[] {
  const plan = { plan: 1, name: 'test', nodes: 5, database: { [database]: {} }, workload: { [workload]: {} } };
  const bytes = Buffer.from(JSON.stringify(plan));
  const { problems } = validatePlan({ file: 'test.yaml', bytes }, registry, { environment });
  return problems.map(({ rule }) => rule).filter((rule) => rule.startsWith('unsupported'));
}

describe('the matrix', () => {
  it('says of each database and workload what a plan would be told', () => {
    // What a service offers stands in its plan.
    for (const database of [...registry.databases.keys()].filter((name) => name !== 'service'))
      for (const workload of registry.workloads.keys()) {
        const { sim = false, real = false } = matrix.databases[database]!.workloads[workload] ?? {};
        expect([
          broken(database, workload, 'sim').length === 0,
          broken(database, workload, 'lab').length === 0,
        ]).toEqual([sim, real]);
      }
  });

  it('names what is missing, and what to do about it', () => {
    expect(matrix.databases.postgres!.faults.promote).toMatchObject({
      sim: false,
      real: false,
      remedy: expect.any(String),
    });
    expect(text).toMatch(/^ {2}promote of postgres: .+$/m);
    expect(matrix.databases.redis!.faults.promote).toBeUndefined();
  });

  it('has every module, and fits on a screen', () => {
    const { workloads, checkers, nemeses, databases } = registry;
    for (const kind of [workloads, checkers, nemeses, databases])
      for (const name of kind.keys()) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text).toMatch(/^ {2}set +- +both +both/m);
    expect(text).toMatch(/^ {2}set +set\*/m);
  });
});
