import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { meantAs, recognize } from '../../src/plan/index.ts';

const is = (text: string) => recognize({ file: 'x.yaml', bytes: Buffer.from(text) });

describe('what a YAML file is', () => {
  it('is a plan for every plan of the house', () => {
    for (const name of readdirSync('plans')) {
      const found = recognize({ file: name, bytes: readFileSync(`plans/${name}`) });
      expect(found, name).toMatchObject({ kind: 'plan' });
    }
    expect(is(readFileSync('examples/inventory.yaml', 'utf8'))).toMatchObject({ kind: 'inventory' });
  });

  it.each([
    ['a plan', 'plan: 1\n', 'plan'],
    ['one without its version', 'database: { redis: {} }\nworkload: { set: {} }\n', 'plan'],
    ['one as JSON', '{ "plan": 1, "database": {} }', 'plan'],
    ['one with its line for editors', '# yaml-language-server: $schema=../schemas/plan.schema.json\na: 1\n', 'plan'],
    ['an inventory', 'inventory: 1\n', 'inventory'],
    ['one without its version', 'hosts: { n1: a }\nallow_faults: true\n', 'inventory'],
    ['a workflow', 'on: push\njobs: { a: { steps: [] } }\n', undefined],
    ["a program's settings", 'database: { host: a }\nport: 1\n', undefined],
    ["a play of Ansible's", '- hosts: all\n  tasks: []\n', undefined],
    ['a list of hosts', 'hosts: [a, b]\n', undefined],
    ['a shop', 'inventory: { apples: 1 }\n', undefined],
    ['a plan of another kind, deep within', 'billing:\n  plan: premium\n', undefined],
    ['nothing', '', undefined],
    ['comments', '# plan: 1\n', undefined],
  ])('%s: %j', (_, text, kind) => {
    const found = is(text);
    expect(typeof found === 'object' ? found.kind : found).toBe(kind);
  });

  it('cannot be told of what is no YAML, but what it was meant to be', () => {
    expect(is('plan: 1\na: [\n')).toBe('unreadable');
    expect(meantAs('# words\nplan: 1\na: [\n')).toBe('plan');
    expect(meantAs('inventory: 1\na: [\n')).toBe('inventory');
    expect(meantAs('a: [\n')).toBeUndefined();
  });

  it('names other files', () => {
    const text = `plan: 1
modules: [./a.mjs, 5]
environment: { ssh: { inventory: ../hosts.yaml } }
database: { service: { files: { app: ./app, other: [] } } }
`;
    expect(is(text)).toEqual({
      kind: 'plan',
      names: [
        { as: 'module', path: './a.mjs' },
        { as: 'inventory', path: '../hosts.yaml' },
        { as: 'file', path: './app' },
      ],
    });
  });
});
