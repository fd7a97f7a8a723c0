/** What `plan-run nodes` and `plan-run net` say to words that make no sense; test/lab and test/ssh do what they are for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { planRun } from './program.ts';

/** No lab stands here, whatever else stands on this machine. */
const home = mkdtempSync(join(tmpdir(), 'plan-run-tasks-'));
vi.stubEnv('XDG_RUNTIME_DIR', home);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const PLAN = 'plans/redis-sentinel.yaml';
const INVENTORY = 'examples/inventory.yaml';

describe('nodes and net by hand', () => {
  it.each([
    ['nodes stauts', 64, 'Did you mean status?'],
    ['net partition', 64, 'missing required argument'],
    ['net partition n1,', 64, 'names with commas between them'],
    ['net partition n1,n2,n3,n4,n5', 64, 'Nobody would be cut off'],
    ['net partition n1 n2 n3 --one-way', 64, '--one-way is about two groups'],
    ['net partition n1 m2', 64, 'did you mean "n2"?'],
    ['net flaky --loss 20', 64, 'a percentage such as 90%'],
    ['net flaky --loss 0%', 64, 'not 0%'],
    ['net slow --delay 5', 64, 'a duration such as 250ms'],
    ['net slow --delay 2m', 64, 'at most 1m'],
    ['nodes setup --for 10ms', 64, 'from 1s to 168h'],
    ['net status --env lap', 64, 'did you mean "lab"?'],
    ['net status --env sim', 64, 'only while their plan runs'],
    [`net status --plan ${PLAN}`, 64, 'only while their plan runs'],
    ['net status --env ssh', 64, '--inventory FILE'],
    [`net status --env lab --inventory ${INVENTORY}`, 64, 'leave out --env'],
    ['net status --inventory /nowhere', 65, 'there is no such file'],
    ['nodes status --plan /nowhere', 65, 'there is no such file'],
    ['net status', 69, 'plan-run nodes setup --env lab'],
    [`nodes status --plan ${PLAN} --env lab`, 69, 'plan-run nodes setup --env lab'],
  ])('%s', (words, code, said) => {
    const { status, stdout, stderr } = planRun(words.split(' '));
    expect({ status, stdout }, stderr).toEqual({ status: code, stdout: '' });
    expect(stderr).toContain(said);
  });

  it('explain themselves', () => {
    for (const words of ['nodes', 'net']) {
      const { status, stdout } = planRun(['help', words]);
      expect(status).toBe(0);
      expect(stdout).toContain(`plan-run ${words} status`);
      expect(stdout).not.toContain('keep <');
    }
  });
});
