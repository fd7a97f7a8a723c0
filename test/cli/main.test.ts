import { afterAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/base/errors.ts';
import { planFolder } from './folder.ts';
import { planRun } from './program.ts';

const folder = planFolder();
afterAll(folder.remove);
const run = (...args: string[]) => planRun(args, { cwd: folder.path });

describe('--help', () => {
  it('lists the commands and every exit code', () => {
    const { status, stdout, stderr } = run('--help');
    expect([status, stderr]).toEqual([0, '']);
    for (const command of ['validate', 'timeline', 'sweep', 'modules', 'doctor', 'help'])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    for (const code of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`^  ${code} `, 'm'));
  });

  it('is there under the names that people try', () => {
    const { stdout } = run('--help');
    expect(run('-h')).toEqual({ status: 0, stdout, stderr: '' });
    expect(run('help')).toEqual({ status: 0, stdout, stderr: '' });
    expect(run('help', 'validate')).toEqual(run('validate', '--help'));
  });
});

describe('a command line that makes no sense', () => {
  it.each([
    [[], 'Usage: plan-run'],
    [['validate'], "missing required argument 'files'"],
    [['--frob', 'good.yaml'], "unknown option '--frob'"],
    [['validate', '--sed', '4', 'good.yaml'], 'Did you mean one of --seed, --set?'],
    [['validate', '--format', 'xml', 'good.yaml'], 'Allowed choices are text, json.'],
    [['validate', '--set'], "option '--set <path=value>' argument missing"],
    [['validate', '--seed', 'x', 'good.yaml'], 'It must be a whole number from 0 to 4294967295.'],
    [['validate', '--seed=-1', 'good.yaml'], 'It must be a whole number from 0 to 4294967295.'],
    [['validate', '--seed', '4294967296', 'good.yaml'], 'It must be a whole number from 0 to 4294967295.'],
    [['--seed', '3', 'validate', 'good.yaml'], '--seed stands before "validate"; write it behind'],
    [['timeline', 'good.yaml', 'bad.yaml'], "too many arguments for 'timeline'"],
    [['valdate', 'good.yaml'], 'there is no file "valdate"; did you mean "plan-run validate good.yaml"?'],
    [['run', 'good.yaml'], 'there is no file "run"; did you mean "plan-run good.yaml"?'],
  ])('%j is a usage error', (args, words) => {
    const { status, stdout, stderr } = run(...args);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain(words);
    expect(stderr).toMatch(/plan-run (\w+ )?--help shows the usage|Exit codes:/);
  });
});

describe('plans to run', () => {
  it('are all validated before anything is started', () => {
    const { status, stdout, stderr } = run('good.yaml', 'bad.yaml', 'none.yaml');
    expect([status, stdout]).toEqual([65, '']);
    expect(stderr).toContain('there is no database "redes"');
    expect(stderr).toMatch(/\nrefused: bad\.yaml, none\.yaml; nothing was started\n$/);
  });
});
