import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type LocalShell, startShell } from '../../../src/env/shell/local.ts';

const opened: LocalShell[] = [];
const made: string[] = [];

/** A shell on this machine, closed after the test; programs in `bin` come first. */
export function localShell(bin?: string): LocalShell {
  const shell = startShell('here', ['sh'], bin === undefined ? {} : { PATH: `${bin}:${process.env.PATH}` });
  opened.push(shell);
  return shell;
}

/** An empty directory, removed after the test. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'plan-run-test-'));
  made.push(dir);
  return dir;
}

afterEach(async () => {
  for (const shell of opened) shell.close();
  await Promise.all(opened.splice(0).map(({ ended }) => ended));
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true });
});
