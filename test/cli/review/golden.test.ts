/**
 * The review of each kind of change, as it stands in a pull request: test/fixtures/reviews has them, to be read. After a change
 * that means to change them: UPDATE=1 npm run unit -- test/cli/review/golden.test.ts
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mermaid from 'mermaid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRegistry } from '../../../src/cli/registry.ts';
import { changedFiles } from '../../../src/cli/review/changed-files.ts';
import { withNamedFiles } from '../../../src/cli/review/named-files.ts';
import { type Reviewed, reviewPlans } from '../../../src/cli/review/plans.ts';
import { rehearse } from '../../../src/cli/review/rehearse.ts';
import { openRepository, sidesOf } from '../../../src/cli/review/repository.ts';
import { reviewMarkdown } from '../../../src/report/review/markdown.ts';
import { Repository } from '../repository.ts';
import { CASES } from './cases.ts';

const GOLDEN = 'test/fixtures/reviews';
const repo = new Repository();
afterAll(() => repo.remove());
const registry = makeRegistry();
const REHEARSED = ['write-concern', 'database-changed'];

let reviewed: Reviewed[];
let sides: Awaited<ReturnType<typeof sidesOf>>;

beforeAll(async () => {
  const write = (side: 'before' | 'after') => {
    for (const [name, one] of Object.entries(CASES)) {
      const text = one[side];
      const file = (side === 'after' ? one.renamed : undefined) ?? name;
      // so that git knows which became which
      if (text !== undefined) repo.write(`plans/${file}.yaml`, `${text}# ${`${name} `.repeat(20)}\n`);
    }
  };
  write('before');
  repo.commit();
  repo.git('switch', '-q', '-c', 'topic');
  rmSync(join(repo.path, 'plans'), { recursive: true });
  write('after');
  repo.commit();
  const opened = await openRepository(repo.path);
  sides = await sidesOf(opened, { base: 'main', head: 'topic' });
  const changed = await changedFiles(opened, sides, []);
  reviewed = await withNamedFiles(await reviewPlans(opened, changed, registry), opened, sides, changed, registry);
});

/** The commits are others in every run. */
const text = ({ review }: Reviewed) =>
  reviewMarkdown({ base: sides.base, ...(sides.head && { head: sides.head }), plans: [review] }).replaceAll(
    /\b[0-9a-f]{10}\b/g,
    '0123456789',
  );

function find(name: string): Reviewed {
  const file = `plans/${CASES[name]?.renamed ?? name}.yaml`;
  const found = reviewed.filter(({ review }) => review.file === file);
  expect(found.map(({ review }) => review.file)).toEqual([file]);
  return found[0] as Reviewed;
}

function expectGolden(name: string, found: string): void {
  const path = `${GOLDEN}/${name}.md`;
  if (process.env.UPDATE) {
    mkdirSync(GOLDEN, { recursive: true });
    writeFileSync(path, found);
  }
  expect(existsSync(path), `${path} is missing`).toBe(true);
  expect(found).toBe(readFileSync(path, 'utf8'));
}

describe('the review of', () => {
  it.each(Object.keys(CASES))('%s', (name) => {
    expectGolden(name, text(find(name)));
  });

  it('has gantts that Mermaid reads', async () => {
    const charts = reviewed.flatMap((one) =>
      [...text(one).matchAll(/^```mermaid\n(.*?)^```$/gms)].map(([, chart]) => chart as string),
    );
    expect(charts.length).toBeGreaterThan(20);
    for (const chart of charts) expect(await mermaid.parse(chart)).toMatchObject({ diagramType: 'gantt' });
  });

  it('plans that are rehearsed', async () => {
    const some = REHEARSED.map(find);
    const { reviewed: done } = await rehearse(some, registry, { seeds: [1, 2], timeMs: 600_000 });
    for (const [index, one] of done.entries()) expectGolden(`${REHEARSED[index]}-rehearsed`, text(one));
  });

  it('nothing else: every case is there, and every golden file is one', () => {
    expect(reviewed).toHaveLength(Object.keys(CASES).length);
    const names = [...Object.keys(CASES), ...REHEARSED.map((name) => `${name}-rehearsed`)];
    expect(readdirSync(GOLDEN).sort()).toEqual(names.map((name) => `${name}.md`).sort());
  });
});
