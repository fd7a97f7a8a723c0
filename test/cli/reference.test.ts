/** The reference: what `plan-run modules NAME` prints, and schemas/reference.md. */
import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exampleFor } from '../../src/cli/reference/example.ts';
import { referenceMarkdown } from '../../src/cli/reference/markdown.ts';
import { topicsNamed } from '../../src/cli/reference/named.ts';
import { topicsText } from '../../src/cli/reference/text.ts';
import { topicsOf } from '../../src/cli/reference/topics.ts';
import { makeRegistry } from '../../src/cli/registry.ts';
import { noop } from '../../src/db/noop/index.ts';
import { parseCheckers } from '../../src/plan/index.ts';
import { inventorySchema } from '../../src/plan/inventory/index.ts';
import { validatePlan } from '../../src/timeline/validate.ts';
import { judge as judgeInventory } from '../plan/inventory/fixtures.ts';
import { keysOf } from '../plan/schema-mutations.ts';
import { planRun } from './program.ts';

const registry = makeRegistry();
const { environments, databases, workloads, nemeses, checkers } = registry;
const modules = [environments, databases, workloads, nemeses, checkers].flatMap((kind) => [...kind.values()]);
const topics = topicsOf(registry).map(({ topic }) => topic());
const page = readFileSync(new URL('../../schemas/reference.md', import.meta.url), 'utf8');
const topicOf = (kind: string, name: string) => topics.find((topic) => topic.kind === kind && topic.name === name)!;

describe('schemas/reference.md', () => {
  it('is what the modules say: npm run generate', () => expect(page).toBe(referenceMarkdown(topics)));

  it('has every key of every module, of plans and of inventories', () => {
    const wanted = modules.flatMap(({ kind, name, settings }) =>
      // a partition is a list, a node or a map: its keys stand below its name
      [...keysOf(settings as Record<string, unknown>)].map(([path]) => {
        return `${kind}-${name}-${name === 'partition' ? 'partition.' : ''}${path.replaceAll('[]', '')}`;
      }),
    );
    const own = [...keysOf(inventorySchema())].map(([path]) => `inventory-${path}`);
    const ofPlans = [
      'plan',
      'name',
      'about',
      'seed',
      'environment',
      'nodes',
      'database',
      'workload',
      'faults',
      'checker',
      'settle',
      'ready',
    ]
      .concat(
        'require',
        'require.before',
        'expect',
        'modules',
        'workload.rate',
        'workload.clients.attach',
        'faults.at',
        'faults.mix',
      )
      .map((key) => `plan-${key}`);
    expect(wanted.length).toBeGreaterThan(200);
    const anchors = [...wanted, ...own, ...ofPlans].map((anchor) => `<a id="${anchor.replaceAll('*', 'name')}"></a>`);
    expect(anchors.filter((anchor) => !page.includes(anchor))).toEqual([]);
  });

  it('has links that lead somewhere, to one place each', () => {
    const anchors = [...page.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
    expect(new Set(anchors).size).toBe(anchors.length);
    for (const [, id] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(id);
  });

  it('has tables of four columns, whatever stands in them', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('|'));
    for (const row of rows) expect(row.match(/(?<!\\)\|/g), row).toHaveLength(5);
  });
});

describe('examples', () => {
  it.each(topics.map((topic) => [`${topic.kind} ${topic.name}`, topic] as const))('%s: valid', (_, topic) => {
    const { kind, example } = topic;
    const text = example.join('\n');
    if (kind === 'plan')
      expect(validatePlan({ file: 'plan.yaml', bytes: Buffer.from(text) }, registry).problems).toEqual([]);
    else if (kind === 'inventory') {
      expect(judgeInventory(text).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    } else if (kind === 'checker') {
      const { checker } = parse(text);
      expect(parseCheckers(JSON.stringify(checker), 'x', registry).problems).toEqual([]);
    } else {
      const { plan, shown } = exampleFor(
        modules.find((module) => module.kind === kind && module.name === topic.name)!,
        registry,
      )!;
      expect(parse(text)).toEqual(Object.fromEntries(shown.map((key) => [key, plan[key]])));
      const { problems } = validatePlan({ file: 'plan.yaml', bytes: Buffer.from(JSON.stringify(plan)) }, registry);
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    }
  });
});

describe('plan-run modules NAME', () => {
  it('tells what a key accepts, its default, examples and meaning', () => {
    const { status, stdout } = planRun(['modules', 'redis']);
    expect(status).toBe(0);
    expect(stdout).toContain('redis (database): Redis with replicas');
    expect(stdout).toMatch(/^ {2}workloads: .*\bset\b.*\bunique-ids$/m);
    expect(stdout).toContain('  down_after: a duration such as 250ms, 15s, 2m or 1h\n    How long');
    expect(stdout).toMatch(/Default: 2s\. Such as 5s\.\n/);
    expect(stdout).toMatch(/\nExample:\n\n {2}database:\n {4}redis:\n/);
  });

  it('shows all that have the name, or the one of a kind', () => {
    expect(topicsNamed('set', registry).map(({ kind }) => kind)).toEqual(['workload', 'checker']);
    expect(topicsNamed('checker/set', registry).map(({ kind }) => kind)).toEqual(['checker']);
    expect(topicsNamed('fault/kill', registry)).toMatchObject([{ kind: 'nemesis', name: 'kill' }]);
    expect(planRun(['modules', 'set']).stdout).toMatch(/^set \(workload\): [\s\S]*^set \(checker\): /m);
  });

  it('tells the keys of plans and inventories', () => {
    expect(planRun(['modules', 'plan']).stdout).toMatch(
      /^ {2}workload\.clients\.attach: [\s\S]*^ {2}faults\[\]\.every: /m,
    );
    expect(planRun(['modules', 'inventory']).stdout).toMatch(/^ {2}hosts\.\*\.address: /m);
  });

  it('says what is required, and where a module needs something', () => {
    expect(topicOf('checker', 'logs').keys[0]).toMatchObject({ key: 'forbidden', required: true });
    expect(topicOf('nemesis', 'promote').facts.databases).toContain('set database.postgres.standbys');
  });

  it.each([
    ['ridis', 'there is no module "ridis"', 'did you mean "redis"?'],
    ['checker/redis', 'there is no checker "redis"', 'one of: '],
    ['chekker/set', 'there is no kind of module "chekker"', 'did you mean "checker"?'],
    ['', 'there is no module ""', 'one of: '],
    ['a\u001b[2Jb', 'there is no module "a\ufffd[2Jb"', 'one of: '],
  ])('%j is a usage error', (name, words, help) => {
    const { status, stdout, stderr } = planRun(['modules', name]);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain(words);
    expect(stderr).toContain(help);
  });

  it('--json has the same', () => {
    const { stdout } = planRun(['modules', 'workload/set', '--json']);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify([topicOf('workload', 'set')])));
  });

  it('keeps within 100 columns', () => {
    for (const line of topicsText(topics).split('\n')) {
      const words = line
        .trim()
        .split(' ')
        .map((word) => word.length);
      expect(line.length, line).toBeLessThanOrEqual(Math.max(100, ...words.map((length) => length + 8)));
    }
  });

  it('says what is deprecated', () => {
    const pause = Type.String({
      description: 'How long.',
      default: '1s',
      examples: ['2s'],
      deprecated: 'write "rest"',
    });
    const elder = { ...noop, name: 'elder', settings: Type.Object({ pause }, { deprecated: 'use "noop"' }) };
    const found = topicsNamed('elder', { ...registry, databases: new Map([...databases, ['elder', elder]]) });
    expect(topicsText(found)).toContain(
      'pause: text\n    Deprecated: write "rest". How long. Default: 1s. Such as 2s.',
    );
    expect(topicsText(found)).toContain('deprecated: use "noop"');
    expect(referenceMarkdown(found)).toContain('| **Deprecated: write "rest".** How long. Such as `2s`. |');
  });
});
