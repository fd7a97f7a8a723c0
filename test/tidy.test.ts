/**
 * Rules of the house that a reviewer would otherwise have to remember.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../src/base/errors.ts';
import { checkers } from '../src/checker/index.ts';
import { databases } from '../src/db/index.ts';
import { environments } from '../src/env/index.ts';
import { nemeses } from '../src/nemesis/index.ts';
import { workloads } from '../src/workload/index.ts';

/** Who may import whom. Data flows from left to right; nothing imports from its right-hand side. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  history: ['base'],
  contract: ['history', 'base'],
  plan: ['contract', 'base'],
  timeline: ['plan', 'contract', 'base'],
  env: ['contract', 'history', 'base'],
  db: ['contract', 'history', 'base'],
  workload: ['contract', 'history', 'base'],
  nemesis: ['contract', 'history', 'base'],
  checker: ['contract', 'history', 'base'],
  executor: ['timeline', 'contract', 'history', 'base'],
  report: ['timeline', 'plan', 'contract', 'history', 'base'],
  cli: [
    'report',
    'executor',
    'checker',
    'nemesis',
    'workload',
    'db',
    'env',
    'timeline',
    'plan',
    'contract',
    'history',
    'base',
  ],
};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, room: path.split('/')[0] as string, text: readFileSync(join('src', path), 'utf8') }));

/** Paths below src/ that a file imports, statically or not. */
function imports({ path, text }: (typeof files)[number]): string[] {
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] as string);
  return found.map((target) => relative('src', resolve('src', dirname(path), target)));
}

/** The code without its comments: a comment may speak of what the code must not do. */
const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

describe('the top level', () => {
  it('holds nothing but the folders of the design, what tools look for there, and what a visitor reads first', () => {
    const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n');
    const top = new Set(tracked.map((path) => path.split('/')[0] as string).filter((name) => !name.startsWith('.')));
    expect([...top].sort()).toEqual([
      ...['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'examples', 'package-lock.json', 'package.json'],
      ...['plans', 'schemas', 'src', 'test', 'tsconfig.json'],
    ]);
  });
});

describe('the rooms', () => {
  it('are those of the table', () => {
    expect(
      readdirSync('src', { withFileTypes: true })
        .filter((one) => one.isDirectory())
        .map((one) => one.name)
        .sort(),
    ).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it('import only what the table allows', () => {
    const wrong = files.flatMap((file) =>
      imports(file)
        .filter((target) => {
          const room = target.split('/')[0] as string;
          return room !== file.room && !MAY_IMPORT[file.room]?.includes(room);
        })
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(files.length).toBeGreaterThan(30);
    expect(wrong).toEqual([]);
  });

  it('import files that exist', () => {
    const missing = files.flatMap((file) => imports(file).filter((target) => !existsSync(join('src', target))));
    expect(missing).toEqual([]);
  });
});

describe('time, chance and the process', () => {
  const BANNED: Record<string, RegExp> = {
    'the clock of the context':
      /\bDate\.now\b|\bnew Date\(|process\.hrtime|performance\.now|\bsetTimeout\b|\bsetInterval\b/,
    'the rng of the context': /Math\.random|randomBytes|randomUUID/,
    'the settings of the context': /process\.env/,
  };
  /** How long a search may take is real time, whatever clock the history has. */
  const BUDGET = 'checker/linearizable/budget.ts';
  const mayTouch = ({ path, room }: (typeof files)[number]) =>
    room === 'env' || room === 'cli' || /^db\/(?:[^/]+\/)?client/.test(path) || path === BUDGET;

  it('reach the code as arguments: only env/, cli/, the drivers and the budget of a checker touch the real ones', () => {
    const wrong = files
      .filter((file) => !mayTouch(file))
      .flatMap(({ path, text }) =>
        Object.entries(BANNED).flatMap(([instead, banned]) => {
          const found = banned.exec(code(text));
          return found ? [`${path}: ${found[0]}: use ${instead}`] : [];
        }),
      );
    expect(wrong).toEqual([]);
  });
});

describe('modules', () => {
  it.each([
    ['db', databases],
    ['workload', workloads],
    ['nemesis', nemeses],
    ['checker', checkers],
  ])('%s: every folder is in the list, and the list has no other', (room, modules) => {
    const folders = readdirSync(join('src', room), { withFileTypes: true }).filter((one) => one.isDirectory());
    expect(modules.map((module) => module.name).sort()).toEqual(folders.map((one) => one.name).sort());
  });

  it('say what they are', () => {
    for (const module of [...databases, ...workloads, ...nemeses, ...checkers, ...environments]) {
      expect(module.summary, module.name).toMatch(/^[A-Z].{20,}\.$/);
    }
  });
});

describe('the README', () => {
  const readme = readFileSync('README.md', 'utf8');

  it('lists every exit code', () => {
    for (const code of Object.values(EXIT)) expect(readme).toMatch(new RegExp(`^\\| \`?${code}\`? `, 'm'));
  });

  it('names every plan in plans/', () => {
    for (const plan of readdirSync('plans')) expect(readme).toContain(`plans/${plan}`);
  });
});

describe('source files', () => {
  it('are short enough to be about one thing', () => {
    const long = files.filter(({ text }) => text.split('\n').length > 400).map(({ path }) => path);
    expect(long).toEqual([]);
  });

  it('open with no leftovers', () => {
    const marks = files.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text)).map(({ path }) => path);
    expect(marks).toEqual([]);
  });
});
