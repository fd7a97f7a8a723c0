/** What becomes of a key that a schema calls deprecated: the validator warns, and an editor is told. None of ours is. */
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { Duration, type Registry } from '../../src/contract/index.ts';
import { planSchema, renderProblems } from '../../src/plan/index.ts';
import { parseText } from './fixtures.ts';
import { registry } from './registry.ts';

const closed = { additionalProperties: false };
const settings = Type.Object(
  {
    pause: Duration({ description: 'How long.', default: '1s', examples: ['2s'], deprecated: 'write "rest" instead' }),
    rest: Duration({ description: 'How long.', default: '1s', examples: ['2s'] }),
    mode: Type.Optional(
      Type.Union(
        [
          Type.Enum(['fast', 'slow']),
          Type.Object({ speed: Type.Integer({ description: 'How fast.', examples: [1], deprecated: true }) }, closed),
        ],
        { description: 'How.', examples: ['fast'] },
      ),
    ),
    list: Type.Optional(
      Type.Array(Type.Object({ old: Type.Optional(Type.Integer({ deprecated: 'write "new"' })) }, closed), {
        description: 'A list.',
        examples: [[]],
      }),
    ),
  },
  closed,
);
const noop = registry.databases.get('noop')!;
const elder = { ...noop, name: 'elder', settings };
const gone = { ...noop, name: 'gone', settings: Type.Object({}, { ...closed, deprecated: 'write "noop"' }) };
const odd: Registry = { ...registry, databases: new Map([...registry.databases, ['elder', elder], ['gone', gone]]) };

const judge = (database: string) => parseText(`plan: 1\ndatabase:\n  ${database}\nworkload:\n  noop:\n`, odd);

describe('the validator', () => {
  it.each([
    ['elder: { pause: 3s }', ['database.elder.pause', 'write "rest" instead']],
    ['elder: { mode: { speed: 3 } }', ['database.elder.mode.speed', undefined]],
    ['elder: { list: [{}, { old: 3 }] }', ['database.elder.list[1].old', 'write "new"']],
    ['gone:', ['database.gone', 'write "noop"']],
  ])('warns of %s', (database, [path, hint]) => {
    const { problems, plan } = judge(database);
    expect(problems.map((one) => [one.rule, one.severity, one.path, one.hint])).toEqual([
      ['deprecated-key', 'warning', path, hint],
    ]);
    expect(plan).toBeDefined();
  });

  it('says it beside what is wrong', () => {
    const { problems } = judge('elder: { pause: 3s, rest: 3 }');
    expect(problems.map(({ rule }) => rule)).toEqual(['deprecated-key', 'wrong-unit']);
  });

  it.each(['elder:', 'elder: { rest: 3s, mode: fast, list: [{}] }', 'noop:'])('says nothing of %s', (database) => {
    expect(judge(database).problems).toEqual([]);
  });

  it('shows the key, and what to write', () => {
    const { problems, source } = judge('elder: { pause: 3s }');
    expect(renderProblems(problems, [source], { color: false })).toMatchInlineSnapshot(`
      "plan.yaml:3:12: warning: database.elder.pause is deprecated: it still works, and will be taken away [deprecated-key]
        2 | database:
        3 |   elder: { pause: 3s }
          |            ^^^^^
        4 | workload:
        at database.elder.pause
        write "rest" instead
      "
    `);
  });
});

describe('the schema for editors', () => {
  it('says it in the ways that editors know', () => {
    const { properties } = planSchema(odd) as { properties: { database: { properties: Record<string, never> } } };
    expect(properties.database.properties.elder).toHaveProperty('properties.pause', {
      type: 'string',
      pattern: expect.any(String),
      default: '1s',
      examples: ['2s'],
      deprecated: true,
      deprecationMessage: 'Deprecated: write "rest" instead.',
      description: 'Deprecated: write "rest" instead. How long. Default: 1s.',
    });
    expect(properties.database.properties.elder).toHaveProperty(
      'properties.rest',
      expect.not.objectContaining({ deprecated: true }),
    );
    expect(properties.database.properties.gone).toMatchObject({ deprecated: true });
  });
});
