import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { makeRegistry } from '../../src/cli/registry.ts';
import { type Problem, planSchema, type RuleId } from '../../src/plan/index.ts';
import { judge, namesIn, parseText, textOf } from './fixtures.ts';
import { registry } from './registry.ts';
import { keysOf, mutate, unexplained } from './schema-mutations.ts';

type Json = Record<string, unknown>;

describe('schemas/plan.schema.json', () => {
  it('is what the modules say: npm run generate', () => {
    const written = readFileSync(new URL('../../schemas/plan.schema.json', import.meta.url), 'utf8');
    expect(written).toBe(`${JSON.stringify(planSchema(makeRegistry()), null, 2)}\n`);
  });

  it('is a draft-07 schema, strictly', () => {
    expect(() => new Ajv({ strict: true, strictRequired: false }).compile(planSchema(makeRegistry()))).not.toThrow();
  });

  it('explains every key', () => {
    const schema = planSchema(makeRegistry());
    expect([...keysOf(schema)].length).toBeGreaterThan(300);
    expect(unexplained(schema)).toEqual([]);
  });

  it('has examples that it accepts', () => {
    const { properties } = planSchema(makeRegistry()) as { properties: Record<string, Json> };
    for (const [path, schema] of keysOf({ properties })) {
      const examples = (schema.examples ?? []) as unknown[];
      if (examples.length === 0) continue;
      // a block of checkers within a checker refers to the plan's
      const others = JSON.stringify(schema).includes('$ref') ? { checker: properties.checker } : {};
      const accepts = new Ajv({ strict: false }).compile({ properties: { ...others, '': schema } });
      for (const shown of examples) expect(accepts({ '': shown }), `${path}: ${JSON.stringify(shown)}`).toBe(true);
    }
  });
});

describe('settings schemas', () => {
  const { databases, workloads, nemeses, checkers } = makeRegistry();
  const modules = [databases, workloads, nemeses, checkers].flatMap((kind) => [...kind.values()]);
  it.each(modules.map((module) => [`${module.kind} ${module.name}`, module] as const))('%s', (_, module) => {
    const formats = { duration: true, rate: true, percentage: true, node: true, endpoint: true } as const;
    const ajv = new Ajv({
      strict: true,
      allowUnionTypes: true,
      formats,
      keywords: ['expected', 'block', 'strictness'],
    });
    // through JSON, for TypeBox's own marks are no part of the schema
    expect(() => ajv.compile(JSON.parse(JSON.stringify(module.settings)))).not.toThrow();
    for (const [path, schema] of keysOf(module.settings as Json)) expect(schema.description, path).toBeTypeOf('string');
  });
});

/** What only the whole plan can tell; everything else the schema must tell as well. */
const BEYOND_SCHEMA: readonly RuleId[] = [
  'unknown-node',
  'unreachable-target',
  'empty-selector',
  'no-primary',
  'overlapping-groups',
  'unsupported-workload',
  'checker-mismatch',
  'unsupported-fault',
  'module-settings',
  'malformed-secret',
];

describe('the schema and the validator agree', () => {
  const accepts = new Ajv({ strict: false }).compile(planSchema(registry));

  it.each(namesIn('accepted'))('on accepted/%s', (name) => {
    expect(accepts(parseYaml(textOf('accepted', name))), JSON.stringify(accepts.errors)).toBe(true);
  });

  it('on the refused plans that break a rule of the schema', () => {
    const wrong = namesIn('refused').filter((name) => {
      const { all } = judge(textOf('refused', name), registry);
      const rules: readonly RuleId[] = ['unknown-key', 'missing-key', 'wrong-type', 'wrong-value', 'wrong-unit'];
      return (
        all.some(({ rule }) => rules.includes(rule)) &&
        accepts(parseYaml(textOf('refused', name), { logLevel: 'error' }))
      );
    });
    expect(wrong).toEqual([]);
  });

  it('on whatever becomes of accepted plans', () => {
    const plans = namesIn('accepted').map((name) => parseYaml(textOf('accepted', name)) as unknown);
    const mutation = fc.record({
      at: fc.nat(),
      how: fc.constantFrom('set', 'drop', 'add'),
      value: fc.constantFrom(...VALUES),
      key: fc.constantFrom(...KEYS),
    });
    fc.assert(
      fc.property(fc.constantFrom(...plans), fc.array(mutation, { minLength: 1, maxLength: 3 }), (plan, mutations) => {
        const mutant = structuredClone(plan);
        for (const step of mutations) mutate(mutant, step);
        const text = JSON.stringify(mutant);
        const { problems } = parseText(text, registry);
        const broken = problems.filter((problem) => !BEYOND_SCHEMA.includes(problem.rule) && !beyond(problem));
        expect(accepts(JSON.parse(text)), `${text}\n${JSON.stringify(broken)}`).toBe(broken.length === 0);
      }),
      { numRuns: 2000, seed: 20_131_011 },
    );
  });
});

/** Rules that the schema tells in part. */
function beyond({ rule, path, message }: Problem): boolean {
  if (rule === 'duplicate-item') return path.startsWith('faults');
  return rule === 'fault-timing' && /not after the first begin|nobody knows when|would happen/.test(message);
}

const VALUES = [
  0,
  1,
  2,
  -1,
  1.5,
  100,
  '5s',
  '5',
  '0s',
  '10/s',
  '0/s',
  '90%',
  'x',
  '',
  'one',
  'n1',
  'home',
  'valid',
  true,
  null,
  [],
  {},
  ['n1'],
  [['n1'], ['n2']],
  { wait: 1 },
  { count: 2 },
];
const KEYS = [
  'at',
  'every',
  'for',
  'from',
  'until',
  'jitter',
  'mix',
  'kill',
  'pause',
  'partition',
  'noop',
  'redis',
  'set',
  'rate',
  'clients',
  'timeout',
  'nodes',
  'seed',
  'count',
  'attach',
  'name',
  'odd',
  'require',
  'modules',
];
