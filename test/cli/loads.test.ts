/** What the built command line loads: a driver only when its database is used. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROGRAM } from './program.ts';

function loadedBy(...args: string[]): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
  const file = join(folder, 'loads');
  const argv = ['--import', resolve('test/cli/loads.mjs'), PROGRAM, ...args];
  const { status, stderr } = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    env: { ...process.env, LOADS: file },
  });
  expect(status, stderr).toBe(0);
  return new Set(readFileSync(file, 'utf8').trim().split('\n').filter(Boolean));
}

describe('the command line loads no package', () => {
  it.each(readdirSync('plans'))('to validate plans/%s', (plan) => {
    expect([...loadedBy('validate', `plans/${plan}`)]).toEqual([]);
  });

  it('for its help', () => {
    expect([...loadedBy('--help')]).toEqual([]);
  });
});

it('a simulated run loads its log, and no driver', () => {
  const store = mkdtempSync(join(tmpdir(), 'plan-run-store-'));
  const loaded = loadedBy('plans/redis-single.yaml', '--store', store);
  expect(loaded).toContain('pino');
  for (const driver of ['ioredis', 'pg', 'mongodb', 'mongodb-memory-server-core']) expect(loaded).not.toContain(driver);
});
