import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Secrets } from '../../src/base/secrets.ts';
import { noop } from '../../src/checker/noop/index.ts';
import { runQuietly } from '../../src/cli/quiet.ts';
import { makeRegistry } from '../../src/cli/registry.ts';
import type { AnyChecker, AnyModule } from '../../src/contract/index.ts';
import { validatePlan } from '../../src/timeline/validate.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-run-quiet-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a run leaves in its folder, and what its first checker has found. */
async function filesOf(checker: object, outside: readonly AnyModule[] = []) {
  const registry = makeRegistry(outside);
  const plan = { plan: 1, database: { redis: {} }, workload: { rate: '100/s', set: { writes: 50 } }, checker };
  const { ready, problems } = validatePlan({ file: 'test.yaml', bytes: Buffer.from(JSON.stringify(plan)) }, registry);
  if (ready === undefined) throw new Error(JSON.stringify(problems));
  const { signal } = new AbortController();
  const { results } = await runQuietly(ready.timeline, registry, { secrets: new Secrets({}), folder, signal });
  return { files: readdirSync(folder).sort(), found: Object.values(results.checkers)[0] };
}

it('fetches no logs where nobody reads them', async () => {
  expect((await filesOf({ set: {}, stats: {} })).files).toEqual(['history.jsonl']);
});

it('fetches them for who says that it reads them', async () => {
  const { files, found } = await filesOf({ logs: { forbidden: ['no such words'] }, set: {} });
  expect(files).toContain('redis.log');
  expect(found).toMatchObject({ valid: true });
});

it('fetches them for a checker from outside, whatever it says', async () => {
  const theirs: AnyChecker = { ...noop, name: 'theirs' };
  expect((await filesOf({ theirs: {} }, [theirs])).files).toContain('redis.log');
});
