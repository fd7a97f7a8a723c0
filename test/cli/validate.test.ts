import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BAD, GOOD, planFolder } from './folder.ts';
import { PROGRAM, planRun, planRunHead } from './program.ts';

const folder = planFolder();
afterAll(folder.remove);
const cwd = folder.path;
const validate = (...args: string[]) => planRun(['validate', ...args], { cwd });

describe('validate', () => {
  it('has nothing to say about a good plan', () => {
    expect(validate('good.yaml')).toEqual({ status: 0, stdout: 'good.yaml: no problems\n', stderr: '' });
  });

  it('shows a problem with its place, and refuses', () => {
    const { status, stdout } = validate('bad.yaml');
    expect(status).toBe(65);
    expect(stdout).toBe(`bad.yaml:3:3: error: there is no database "redes" [unknown-module]
  2 | database:
  3 |   redes:
    |   ^^^^^
  4 | workload:
  at database.redes
  did you mean "redis"?

bad.yaml:5:9: error: expected a rate such as 100/s or 30/m, not zero, or max, got 100 [wrong-unit]
  4 | workload:
  5 |   rate: 100
    |         ^^^
  6 |   set: { writes: 2000 }
  at workload.rate
  did you mean "100/s"?
`);
  });

  it('lets a plan pass that has warnings only', () => {
    const { status, stdout } = validate('warned.yaml');
    expect(status).toBe(0);
    expect(stdout).toContain('[fault-never-undone]');
  });

  it('tells the problems of all plans, and how many', () => {
    const { status, stdout } = validate('*.yaml');
    expect(status).toBe(65);
    expect(stdout.match(/^\w+\.yaml:\d+/gm)).toEqual(['bad.yaml:3', 'bad.yaml:5', 'warned.yaml:8']);
    expect(stdout).toMatch(/\n\n3 plans, 1 refused: 2 errors, 1 warning\n$/);
  });

  it('takes a plan once, however often it is named', () => {
    expect(validate('good.yaml', './good.yaml', 'g*.yaml').stdout).toBe('good.yaml: no problems\n');
  });

  it('takes a file by its name, even where that is a pattern', () => {
    folder.write('a1.txt', BAD);
    folder.write('a[1].txt', GOOD);
    expect(validate('a[1].txt').stdout).toBe('a[1].txt: no problems\n');
    expect(validate('a?.txt').status).toBe(65);
  });

  it('has no colours where nobody sees them', () => {
    expect(validate('bad.yaml').stdout).not.toContain('\u001b');
  });

  it('prints JSON for programs', () => {
    const { status, stdout } = validate('bad.yaml', 'warned.yaml', '--format', 'json');
    expect(status).toBe(65);
    const { errors, warnings, problems } = JSON.parse(stdout);
    expect([errors, warnings]).toEqual([2, 1]);
    expect(problems[0]).toEqual({
      rule: 'unknown-module',
      severity: 'error',
      message: 'there is no database "redes"',
      file: 'bad.yaml',
      line: 3,
      column: 3,
      endLine: 3,
      endColumn: 8,
      path: 'database.redes',
      hint: 'did you mean "redis"?',
    });
    expect(JSON.parse(validate('good.yaml', '--format', 'json').stdout)).toEqual({
      errors: 0,
      warnings: 0,
      problems: [],
    });
  });

  it('says nothing more when nobody reads on', async () => {
    const faults = Array.from({ length: 2000 }, (_, index) => `  - { at: ${index}, for: 5, kill: n9 }\n`);
    folder.write('long.txt', BAD + faults.join(''));
    expect(await planRunHead(['validate', 'long.txt'], { cwd })).toEqual({ status: 65, stderr: '' });
  });

  it('says that the disk is full', () => {
    const shell = ['-c', '"$@" > /dev/full 2> full.txt; echo $?; cat full.txt', 'sh', process.execPath];
    const said = execFileSync('sh', [...shell, PROGRAM, 'validate', 'good.yaml'], {
      cwd,
    });
    expect(String(said)).toMatch(/^69\nerror: cannot write to stdout: ENOSPC[^\n]*\n$/);
  });
});

describe('what is no file', () => {
  const refusal = (name: string) => {
    const { status, stdout, stderr } = validate(name);
    expect([status, stderr]).toEqual([65, '']);
    return stdout;
  };

  it('is refused: a missing file, a pattern without a match, a directory', () => {
    mkdirSync(join(cwd, 'sub'));
    expect(refusal('none.yaml')).toContain('none.yaml:1:1: error: there is no such file [file-unreadable]');
    expect(refusal('none*.yaml')).toContain('none*.yaml:1:1: error: no file matches this pattern');
    expect(refusal('sub/')).toContain('name the files in it: sub/*.yaml');
  });

  it('is not waited for: a pipe that nobody writes to, a device without an end', () => {
    execFileSync('mkfifo', [join(cwd, 'pipe')]);
    expect(refusal('pipe')).toContain('it is a pipe, a socket or a device, not a file');
    expect(refusal('/dev/zero')).toContain('it is a pipe, a socket or a device, not a file');
  });

  it('is not read to its end: a file of many gigabytes', () => {
    folder.write('huge', 'plan: 1\n');
    truncateSync(join(cwd, 'huge'), 3 * 1024 ** 3);
    expect(refusal('huge')).toContain('this file is larger than 1 MB; no plan is [file-too-large]');
  });

  it('is read where it ends: standard input', () => {
    const said = (plan: string) =>
      execFileSync(
        'sh',
        ['-c', `cat ${plan} | "$@"; echo $?`, 'sh', process.execPath, PROGRAM, 'validate', '/dev/stdin'],
        {
          cwd,
          encoding: 'utf8',
        },
      );
    expect(said('good.yaml')).toBe('/dev/stdin: no problems\n0\n');
    expect(said('bad.yaml')).toMatch(/^\/dev\/stdin:3:3: error: [\s\S]*\n65\n$/);
  });
});

describe('modules from outside', () => {
  it('that cannot be used are problems like others, beside those of other plans', () => {
    folder.write('throws.mjs', "throw new Error('ouch');\n");
    folder.write('empty.mjs', 'export const a = 1;\n');
    folder.write(
      'taken.mjs',
      "export const a = { kind: 'database', name: 'redis', settings: {}, workloads: [], abilities: [], requires: [] };\n",
    );
    const names = ['throws', 'empty', 'taken', 'none'].map((name) => `./${name}.mjs`);
    folder.write('outside.txt', `modules: [${names.join(', ')}]\n${GOOD}`);
    const { status, stdout } = validate('outside.txt', 'bad.yaml', '--allow-modules', '--format', 'json');
    expect(status).toBe(65);
    const said = JSON.parse(stdout).problems.map((one: { rule: string; message: string }) => [one.rule, one.message]);
    expect(said).toEqual([
      ['bad-module', 'the module ./throws.mjs cannot be used: ouch'],
      ['bad-module', expect.stringContaining('./empty.mjs cannot be used: it exports no module')],
      ['bad-module', expect.stringContaining('there is a database with the name "redis" already')],
      ['bad-module', expect.stringMatching(/\.\/none\.mjs cannot be used: Cannot find module '[^']*none\.mjs'$/)],
      ['unknown-module', 'there is no database "redes"'],
      ['wrong-unit', expect.any(String)],
    ]);
  });
});

describe('something that never comes', () => {
  it('is our bug or a module’s, and no exit code that could be a verdict', () => {
    folder.write('never.mjs', 'await new Promise(() => {});\n');
    folder.write('never.txt', `modules: [./never.mjs]\n${GOOD}`);
    const { status, stderr } = validate('never.txt', '--allow-modules');
    expect(status).toBe(70);
    expect(stderr).toContain('what plan-run waited for never came');
  });
});

describe('a module from outside', () => {
  const settings = "{ type: 'object', properties: {}, additionalProperties: false }";
  const given = (module: string) => {
    folder.write('given.mjs', `export const a = ${module};\n`);
    const fault = 'faults: [{ at: 1s, for: 6s, given: {} }]\n';
    folder.write('given.txt', `modules: [./given.mjs]\n${GOOD.replace(/faults:[\s\S]*/, '')}${fault}`);
    const { status, stdout } = validate('given.txt', 'bad.yaml', '--allow-modules', '--format', 'json');
    const { problems } = JSON.parse(stdout) as { problems: { rule: string; message: string; file: string }[] };
    return { status, problems };
  };

  it.each([
    [`{ kind: 'nemesis', name: 'given', settings: ${settings} }`, 'the nemesis "given" has no "compile"'],
    [`{ kind: 'database', name: 'given', settings: ${settings} }`, 'the database "given" has no "workloads"'],
    [`{ kind: 'workload', name: 'given', settings: ${settings}, ops: {} }`, 'the workload "given" has no "checkers"'],
    [`{ kind: 'checker', name: 'given', settings: ${settings} }`, 'the checker "given" has no "judges"'],
    [
      `{ kind: 'nemesis', name: 'given', settings: ${settings}, inject() {}, effect() {}, compile() { throw new Error('boom') } }`,
      'failed: boom',
    ],
    [
      "{ kind: 'nemesis', name: 'given', settings: { type: 'object', properties: { a: { type: 'string', pattern: '(', default: '' } } }, inject() {}, effect() {}, compile() {} }",
      'failed: Invalid regular expression',
    ],
  ])('that is not one, or fails, is a problem at its place, beside those of other plans: %#', (module, words) => {
    const { status, problems } = given(module);
    expect(status).toBe(65);
    expect(problems[0]).toMatchObject({ rule: 'bad-module', line: 1, column: 11 });
    expect(problems[0]?.message).toContain(words);
    expect(problems.map(({ file }) => file)).toContain('bad.yaml');
  });
});

describe('overrides', () => {
  it('can mend a plan', () => {
    expect(validate('bad.yaml', '--set', 'database={redis: }', '--set', 'workload.rate=10/s').status).toBe(0);
  });

  it('are named where they break one, and not the text that stands there', () => {
    const { status, stdout } = validate('good.yaml', '--set', 'faults[0].at=30s', '--env', 'labb');
    expect(status).toBe(65);
    expect(stdout).toContain(`good.yaml:1:1: error: there is no environment "labb" (in --env labb) [unknown-module]
  at environment
  did you mean "lab"?
`);
    expect(stdout).toContain('(in --set faults[0].at=30s) [fault-after-workload]');
    expect(stdout).not.toContain('at: 3s');
  });

  it('lead to a key that can be there', () => {
    const { status, stdout } = validate('good.yaml', '--set', 'faults[2].at=3s');
    expect(status).toBe(65);
    expect(stdout).toContain('faults has 1 item, so there is no [2]');
  });
});
