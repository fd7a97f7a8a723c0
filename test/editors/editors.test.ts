/** What an editor shows of plans and inventories, asked of the language server that VS Code runs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Type from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRegistry } from '../../src/cli/registry.ts';
import { planSchema } from '../../src/plan/index.ts';
import { LanguageServer, type Position } from './language-server.ts';

const MODELINE = '# yaml-language-server: $schema=../schemas/plan.schema.json\n';
const folder = mkdtempSync(join(tmpdir(), 'plan-run-editors-'));
const server = new LanguageServer();
beforeAll(async () => {
  await server.start({ './schemas/plan.schema.json': ['by-settings/**/*.yaml'] });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

let files = 0;
/** Opens a text with the cursor at `|`. */
async function opened(text: string) {
  const path = `plans/unsaved-${++files}.yaml`;
  const before = text.slice(0, text.indexOf('|')).split('\n');
  const cursor: Position = { line: before.length - 1, character: before.at(-1)!.length };
  return { path, cursor, marked: await server.open(path, text.replace('|', '')) };
}
const hover = async (text: string) => {
  const { path, cursor } = await opened(`${MODELINE}${text}`);
  return server.hover(path, cursor);
};
const complete = async (text: string) => {
  const { path, cursor } = await opened(`${MODELINE}${text}`);
  return server.complete(path, cursor);
};

describe('hover', () => {
  it('explains a key: what it means, its default, its choices, an example', async () => {
    const text = await hover('plan: 1\ndatabase:\n  mongodb:\n    write_|concern: majority\n');
    expect(text).toContain('What must have a write before it is acknowledged.');
    expect(text).toContain('Default: majority.');
    expect(text).toMatch(/Allowed Values:\s+\* `majority`/);
    expect(text).toMatch(/Example:\s+```yaml\s+safe\n/);
  });

  it('explains a module, and a block', async () => {
    expect(await hover('plan: 1\ndatabase:\n  re|dis:\n')).toContain('Redis');
    expect(await hover('plan: 1\nwork|load:\n  set: {}\n')).toContain('What the clients do');
  });
});

describe('completion', () => {
  it('offers the keys of a plan', async () => {
    expect(await complete('plan: 1\n|')).toEqual(expect.arrayContaining(['database', 'workload', 'faults', 'checker']));
  });

  it('offers the modules of a block', async () => {
    const { databases, workloads } = makeRegistry();
    expect(await complete('plan: 1\ndatabase:\n  |\n')).toEqual(expect.arrayContaining([...databases.keys()]));
    expect(await complete('plan: 1\nworkload:\n  |\n')).toEqual(
      expect.arrayContaining(['rate', 'clients', 'timeout', ...workloads.keys()]),
    );
  });

  it('offers the settings of a module, and their choices', async () => {
    expect(await complete('plan: 1\ndatabase:\n  redis:\n    |\n')).toContain('down_after');
    expect(await complete('plan: 1\ndatabase:\n  mongodb:\n    write_concern: |\n')).toContain('journal_safe');
    expect(await complete('plan: 1\nexpect: |\n')).toEqual(expect.arrayContaining(['valid', 'invalid']));
  });
});

describe('marks', () => {
  it.each([
    ['a typo', 'plan: 1\ndatabase: { redis: {} }\nworkload: { |rat: 100/s, set: {} }\n', 'Property rat is not allowed'],
    ['a unit that is missing', 'plan: 1\ndatabase: { redis: { down_after: |5 } }\nworkload: { set: {} }\n', 'string'],
    ['two databases', 'plan: 1\ndatabase: |{ redis: {}, etcd: {} }\nworkload: { set: {} }\n', 'only one must validate'],
  ])('%s', async (_, text, words) => {
    const { marked, cursor } = await opened(`${MODELINE}${text}`);
    expect(marked.map(({ message }) => message).join('\n')).toContain(words);
    expect(marked.map(({ range }) => range.start.line)).toContain(cursor.line);
  });

  it('are none where a plan is accepted', async () => {
    for (const name of readdirSync('plans')) {
      expect([name, await server.open(`plans/${name}`, readFileSync(join('plans', name), 'utf8'))]).toEqual([name, []]);
    }
  });

  it('are none in the example of an inventory; there are where it is wrong', async () => {
    const text = readFileSync('examples/inventory.yaml', 'utf8');
    expect(await server.open('examples/inventory.yaml', text)).toEqual([]);
    const wrong = await server.open('examples/wrong.yaml', text.replace('inventory: 1', 'inventory: 1\nuesr: root'));
    expect(wrong.map(({ message }) => message)).toEqual(['Property uesr is not allowed.']);
  });

  it('a key that is deprecated, with what to write instead', async () => {
    const { databases, ...others } = makeRegistry();
    const pause = Type.String({
      description: 'How long.',
      default: '1s',
      examples: ['2s'],
      deprecated: 'write "rest"',
    });
    const elder = { ...databases.get('noop')!, name: 'elder', settings: Type.Object({ pause }) };
    const schema = join(folder, 'schema.json');
    writeFileSync(schema, JSON.stringify(planSchema({ ...others, databases: new Map([['elder', elder]]) })));
    const modeline = `# yaml-language-server: $schema=${pathToFileURL(schema).href}\n`;
    const plan = 'plan: 1\ndatabase: { elder: { pause: 3s } }\nworkload: { set: {} }\n';
    const marked = await server.open('plans/elder.yaml', `${modeline}${plan}`);
    expect(marked).toMatchObject([{ message: 'Deprecated: write "rest".', range: { start: { line: 2 } } }]);
  });
});

describe('a schema that the settings name, not the file', () => {
  it('is used all the same', async () => {
    const marked = await server.open(
      'by-settings/any.yaml',
      'plan: 1\ndatabase: { redes: {} }\nworkload: { set: {} }\n',
    );
    expect(marked.map(({ message }) => message).join('\n')).toContain('redes');
  });
});
