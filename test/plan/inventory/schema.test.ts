import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Problem } from '../../../src/plan/index.ts';
import { inventorySchema } from '../../../src/plan/inventory/index.ts';
import { keysOf, mutate, unexplained } from '../schema-mutations.ts';
import { judge, namesIn, textOf } from './fixtures.ts';

describe('schemas/inventory.schema.json', () => {
  it('is what the language says: npm run generate', () => {
    const written = readFileSync(new URL('../../../schemas/inventory.schema.json', import.meta.url), 'utf8');
    expect(written).toBe(`${JSON.stringify(inventorySchema(), null, 2)}\n`);
  });

  it('is a draft-07 schema, strictly', () => {
    expect(() => new Ajv({ strict: true, allowUnionTypes: true }).compile(inventorySchema())).not.toThrow();
  });

  it('explains every key', () => {
    const all = [...keysOf(inventorySchema())].map(([path]) => path);
    expect(all).toEqual(expect.arrayContaining(['lease', 'hosts', 'sudo.password', 'jump.host', 'hosts.*.host']));
    expect(unexplained(inventorySchema())).toEqual([]);
  });
});

/** What only the file as a whole, or this machine, can tell. */
const beyond = ({ rule, path, message }: Problem) =>
  rule === 'same-machine' ||
  (rule === 'missing-key' && message.includes('IPv6')) ||
  (path === 'lease' && message.startsWith('expected a lease'));

describe('the schema and the validator agree', () => {
  const accepts = new Ajv({ strict: false }).compile(inventorySchema());
  const wrongOf = (text: string) =>
    judge(text).problems.filter((problem) => problem.severity === 'error' && !beyond(problem));

  it.each(namesIn('accepted'))('on accepted/%s', (name) => {
    expect(accepts(parseYaml(textOf('accepted', name))), JSON.stringify(accepts.errors)).toBe(true);
  });

  it('on whatever becomes of accepted inventories', () => {
    const inventories = namesIn('accepted').map((name) => parseYaml(textOf('accepted', name)) as unknown);
    const mutation = fc.record({
      at: fc.nat(),
      how: fc.constantFrom('set', 'drop', 'add'),
      value: fc.constantFrom<unknown>(...VALUES),
      key: fc.constantFrom(
        'n5',
        'N5',
        'odd',
        'host',
        'primary',
        ...Object.keys((inventorySchema() as { properties: object }).properties),
      ),
    });
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...inventories),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (inventory, mutations) => {
          const mutant = structuredClone(inventory);
          for (const step of mutations) mutate(mutant, step);
          const text = JSON.stringify(mutant);
          const wrong = wrongOf(text);
          if (wrong.length === 0) accepted++;
          expect(accepts(JSON.parse(text)), `${text}\n${JSON.stringify(wrong)}`).toBe(wrong.length === 0);
        },
      ),
      { numRuns: 2000, seed: 20_131_106 },
    );
    expect(accepted).toBeGreaterThan(200);
  });
});

const VALUES = [
  ...[0, 1, 22, 65_536, 1.5, true, false, null, '', 'x', '5s', '1s', '0s', '15', 'a b', '-x', 'root', 'me@bastion'],
  ...['10.0.0.1', '10.0.0', '256.0.0.1', '::1', 'fe80::1%eth0', 'db.example.org', 'a..b', '${env:SSH_PASSWORD}', '$X'],
  ...['/var/lib/x', '/', '/a/../b', 'x/y', '~/.ssh/id_ed25519', 'eth0', 'a-very-long-interface'],
  ...[[], {}, ['10.0.0.1'], ['10.0.0.1', '10.0.0.1'], ['x'], { host: 'a' }, { host: '-a' }, { password: '${env:X}' }],
  ...[
    { password: 'x' },
    { n1: 'a' },
    { n1: null },
    { host: 'a', port: 22, user: 'me', key: 'k' },
    { host: 'a', sudo: true },
  ],
];
