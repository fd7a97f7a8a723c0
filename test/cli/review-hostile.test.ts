/** A stranger's branch does nothing but be told about, in both modes: checked out, and by its ref. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { GOOD } from './folder.ts';
import { planRun } from './program.ts';
import { Repository } from './repository.ts';

vi.setConfig({ testTimeout: 120_000 });

const all: Repository[] = [];
afterAll(() => {
  for (const one of all) one.remove();
});

function repository(files: Readonly<Record<string, string>> = { 'plan.yaml': GOOD }): Repository {
  const made = new Repository();
  all.push(made);
  made.commit(files);
  made.git('checkout', '-q', '-b', 'topic');
  return made;
}

const MODES = [
  ['checked out', []],
  ['by its ref', ['--head', 'topic']],
] as const;

const FORMATS = ['text', 'markdown', 'github', 'sarif', 'json'] as const;

describe.each(MODES)('of a branch %s', (_, args) => {
  it('no module is loaded, and what comes of that alone is a note', () => {
    const one = repository();
    const trap = (name: string) =>
      `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(one.beside(name))}, '');\n`;
    const own = GOOD.replace('redis:', 'mine: { a: 1 }').replace('faults:\n', 'faults:\n  - { at: 1s, melt: all }\n');
    one.commit({
      'trap.mjs': trap('module'),
      'plan.yaml': `modules: [./trap.mjs]\n${own}checker: { set: {}, mine: {} }\n`,
      'wrong.yaml': `modules: [./trap.mjs]\n${own.replace('100/s', '100')}`,
      'like.yaml': `modules: [./trap.mjs]\n${GOOD.replace('redis:', 'redi: { nonsense: 1 }')}`,
      'known.yaml': `modules: [./trap.mjs]\n${GOOD}`,
      'package.json': '{ "type": "module", "main": "trap.mjs" }',
      'node_modules/yaml/index.js': trap('package'),
      '.plan-runrc.mjs': trap('rc'),
    });
    const { status, stdout } = one.review([...args, '--rehearse', '--seeds', '1', '--format', 'json']);
    const plans = JSON.parse(stdout).plans as ReturnType<Repository['plans']>;
    expect(plans.map(({ file, problems }) => [file, problems.map(({ rule }) => rule)])).toEqual([
      ['known.yaml', []],
      ['like.yaml', []],
      ['plan.yaml', []],
      ['wrong.yaml', ['wrong-unit']],
    ]);
    const note = (file: string) =>
      `it names modules of its own (./trap.mjs), which a review does not load: read them as code, then \`plan-run validate --allow-modules ${file}\``;
    for (const { file, notes } of plans) expect(notes[0]).toBe(note(file));
    expect(status).toBe(65);
    for (const name of ['module', 'package', 'rc']) expect(existsSync(one.beside(name)), name).toBe(false);
    planRun(['validate', '--allow-modules', 'plan.yaml'], { cwd: one.path });
    expect(existsSync(one.beside('module'))).toBe(true);
  });

  it('no link is followed, wherever it leads', () => {
    const one = repository({ 'plan.yaml': GOOD, 'kept.yaml': GOOD });
    writeFileSync(one.beside('secret.yaml'), `${GOOD}name: top-secret\n`);
    mkdirSync(one.beside('outside'));
    writeFileSync(join(one.beside('outside'), 'inner.yaml'), `${GOOD}name: top-secret\n`);
    execFileSync('rm', [join(one.path, 'plan.yaml')]);
    symlinkSync(one.beside('secret.yaml'), join(one.path, 'plan.yaml'));
    symlinkSync('/etc/passwd', join(one.path, 'passwd.yaml'));
    symlinkSync('kept.yaml', join(one.path, 'alias.yaml'));
    symlinkSync('../outside', join(one.path, 'folder'));
    symlinkSync('/dev/zero', join(one.path, 'zero.yaml'));
    symlinkSync('plan.yaml\n::error::x', join(one.path, 'words.yaml'));
    one.commit();
    const { stdout } = one.review([...args, '--format', 'json']);
    expect(stdout).not.toMatch(/top-secret|root:/);
    const plans = JSON.parse(stdout).plans as ReturnType<Repository['plans']>;
    expect(plans.map(({ file, errors, notes }) => [file, errors, notes[0]])).toEqual([
      ['alias.yaml', 0, 'it is a symbolic link to kept.yaml, and a review follows none'],
      ['passwd.yaml', 0, 'it is a symbolic link to /etc/passwd, out of the repository, and a review follows none'],
      ['plan.yaml', 1, expect.stringContaining('out of the repository')],
      ['words.yaml', 0, expect.stringContaining('to plan.yaml\ufffd::error::x')],
      ['zero.yaml', 0, expect.anything()],
    ]);
    expect(plans.find(({ file }) => file === 'plan.yaml')?.problems).toMatchObject([{ rule: 'file-unreadable' }]);
  });

  it('bombs do not go off: aliases, depth, a hundred megabytes, faults every millisecond, a billion writes', () => {
    const one = repository({ 'plan.yaml': GOOD, 'other.yaml': 'a: 1\n' });
    const aliases = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [at, name] of [...'bcdefghijk'].entries()) {
      const before = 'abcdefghij'[at];
      aliases.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`);
    }
    const big = Buffer.alloc(100 * 1024 * 1024, '# nothing\n');
    big.write(GOOD);
    one.write('big.yaml', big);
    one.write('grown.yaml', Buffer.alloc(100 * 1024 * 1024, 'a: b\n'));
    one.commit({
      'aliases.yaml': `plan: 1\n${aliases.join('\n')}\n`,
      'deep.yaml': `plan: 1\nabout: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`,
      'often.yaml': GOOD.replace('at: 3s, for: 10s', 'every: 1ms, for: 1ms'),
      'many.yaml': GOOD.replace('2000', '1000000'),
      'most.yaml': GOOD.replace('2000', '1000000000'),
    });
    const begin = performance.now();
    const { stdout, stderr } = one.review([
      ...args,
      '--rehearse',
      '--seeds',
      '1..2',
      '--time',
      '20s',
      '--format',
      'json',
    ]);
    expect(stderr).not.toContain('error:');
    expect(performance.now() - begin).toBeLessThan(60_000);
    const plans = JSON.parse(stdout).plans as ReturnType<Repository['plans']>;
    expect(plans.map(({ file, problems }) => [file, problems[0]?.rule])).toEqual([
      ['aliases.yaml', 'too-much-yaml'],
      ['big.yaml', 'file-too-large'],
      ['deep.yaml', 'yaml-syntax'],
      ['many.yaml', undefined],
      ['most.yaml', 'wrong-value'],
      ['often.yaml', 'too-many-faults'],
    ]);
    const many = plans.find(({ file }) => file === 'many.yaml')?.rehearsal;
    expect(many?.after).toMatchObject({ runs: 0, impossible: expect.stringContaining('1,000,000 operations') });
  });

  it('no word means what it means to JavaScript', () => {
    const words = ['constructor', '__proto__', 'toString'];
    const own = (settings: string) => `modules: [./x.mjs]\n${GOOD.replace('redis:', `mine: { a: 1${settings} }`)}`;
    const asserts = (more: string) => `${GOOD}checker: { set: {}, assertions: { lost: 0${more} } }\n`;
    const all = words.map((word) => `, ${word}: 1`).join('');
    const one = repository({ 'asserts.yaml': asserts(''), 'own.yaml': own('') });
    one.commit({
      'asserts.yaml': asserts(all),
      'own.yaml': own(all),
      'cluster.yaml': `inventory: 1\nhosts: { n1: a }\n${words.map((word) => `${word}: 1\n`).join('')}`,
      'top.yaml': `${GOOD}${words.map((word) => `${word}: 1\n`).join('')}`,
    });
    const { stdout, stderr } = one.review([...args, '--format', 'json']);
    expect(stderr).toBe('');
    const plans = JSON.parse(stdout).plans as ReturnType<Repository['plans']>;
    expect(plans.map(({ file, errors, changes }) => [file, errors, changes?.length])).toEqual([
      ['asserts.yaml', 0, 3],
      ['cluster.yaml', 3, undefined],
      ['own.yaml', 0, undefined],
      ['top.yaml', 3, undefined],
    ]);
  });

  it('nothing is run that attributes, hooks or a configuration within the branch ask for', () => {
    const one = repository();
    const ran = one.beside('ran');
    const script = `#!/bin/sh\ntouch ${ran}\ncat\n`;
    one.write('run.sh', script);
    chmodSync(join(one.path, 'run.sh'), 0o755);
    const run = join(one.path, 'run.sh');
    for (const [name, value] of [
      ...[
        ['filter.evil.clean', run],
        ['filter.evil.smudge', run],
        ['filter.evil.process', run],
        ['filter.evil.required', 'true'],
      ],
      ...[
        ['diff.evil.command', run],
        ['diff.evil.textconv', run],
        ['diff.external', run],
        ['core.fsmonitor', run],
      ],
      ...[
        ['core.hooksPath', one.path],
        ['core.pager', run],
        ['merge.evil.driver', run],
      ],
    ] as const) {
      one.git('config', name as string, value as string);
    }
    for (const hook of ['post-index-change', 'fsmonitor-watchman', 'pre-commit', 'post-checkout'])
      one.write(hook, script);
    one.git('-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', 'mv', 'plan.yaml', 'moved.yaml');
    one.write('moved.yaml', `${GOOD}# a word\n`);
    one.write('.gitattributes', '*.yaml filter=evil diff=evil merge=evil\n');
    one.write('new.yaml', 'plan: 1\ndatabase: { riak: {} }\nworkload: { set: {} }\n');
    const quiet = [
      '-c',
      'core.hooksPath=/dev/null',
      '-c',
      'core.fsmonitor=false',
      '-c',
      'filter.evil.process=',
      '-c',
      'filter.evil.clean=',
      '-c',
      'filter.evil.required=false',
    ];
    one.git(...quiet, 'add', '--all');
    one.git(...quiet, 'commit', '-qm', 'evil');
    one.write('moved.yaml', `${GOOD}# another\n`);
    execFileSync('rm', ['-f', ran]);
    expect(one.told(...args)).toEqual(['changed plan.yaml > moved.yaml', 'added new.yaml']);
    expect(existsSync(ran)).toBe(false);
    // The trap is one: git as it is walks into it.
    spawnSync('git', ['status'], { cwd: one.path });
    expect(existsSync(ran)).toBe(true);
  });

  it('no filter is run, whatever it is called', () => {
    for (const driver of ['evil', 'e=v', 'E.v', 'ä b']) {
      const one = repository();
      const ran = one.beside('ran');
      one.git('config', `filter.${driver}.clean`, `touch ${ran}; cat`);
      one.git('mv', 'plan.yaml', 'moved.yaml');
      one.write('moved.yaml', `${GOOD}# a word\n`);
      one.write('.gitattributes', `*.yaml "filter=${driver}"\n*.yaml filter=${driver}\n`);
      expect(one.told(...args, '--base', 'main').length).toBe(args.length === 0 ? 1 : 0);
      expect(existsSync(ran), driver).toBe(false);
      if (driver.includes(' ')) continue;
      // To look for renames, git as it is asks the filter.
      one.git('diff-index', '-M', 'HEAD');
      expect(existsSync(ran), driver).toBe(true);
    }
  });

  it('no variable of this machine is known', () => {
    const one = repository();
    const secret = GOOD.replace('redis:', 'redis: { password: "${env:PLAN_RUN_SECRET}" }');
    one.commit({ 'plan.yaml': secret, 'cluster.yaml': 'inventory: 1\nhosts: { n1: { host: a, key: /etc/passwd } }\n' });
    const env = { PLAN_RUN_SECRET: 'hunter2' };
    for (const format of FORMATS) {
      const { stdout, stderr } = one.review([...args, '--rehearse', '--seeds', '1', '--format', format], { env });
      expect(stdout + stderr).not.toContain('hunter2');
    }
    const [cluster, plan] = one.plans(...args, '--rehearse', '--seeds', '1');
    // A run that asked for it would be refused: it is not set.
    expect(plan?.rehearsal?.after).toMatchObject({ runs: 1, errors: [], impossible: null });
    expect(cluster?.problems.map(({ rule }) => rule)).toEqual(['faults-not-allowed']);
  });

  it('no words command anybody: a terminal, a workflow, a page', () => {
    const words =
      '\u001b[31m\u009b2J ::error::x ##[add-mask]y <script>alert(1)</script> [a](javascript:x) `` | %0A @octocat';
    const name = '##[error]<img src=x>`[a](b)`\u001b[2J.yaml';
    const one = repository({ [name]: GOOD });
    const quoted = JSON.stringify(words);
    one.commit({
      [name]: GOOD.replace('plan: 1', `plan: 1\nabout: ${quoted}\nname: ${quoted}\n${quoted}: 1`),
      'lines.yaml': GOOD.replace('plan: 1', 'plan: 1\nabout: |\n  ::error::x\n\n  ##[group]y\n"::stop-commands::a": 1'),
    });
    for (const format of FORMATS) {
      const { stdout, status } = one.review([...args, '--format', format], { env: { GITHUB_ACTIONS: 'true' } });
      expect(status).toBe(65);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(stdout, format).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      const lines = stdout.split('\n');
      if (format === 'github') {
        expect(
          lines.slice(0, -2).every((line) => /^::(error|warning|notice) file=[^,:]*,line=\d+,[^:]*::/.test(line)),
        ).toBe(true);
      } else {
        expect(
          lines.filter((line) => /^\s*::|##\[/.test(line)),
          format,
        ).toEqual([]);
      }
    }
  });
});

describe('of a branch that is checked out', () => {
  it('a folder that has become a link is not looked into', () => {
    const one = repository({ 'plans/plan.yaml': GOOD });
    mkdirSync(one.beside('outside'));
    writeFileSync(join(one.beside('outside'), 'plan.yaml'), `${GOOD}name: top-secret\n`);
    execFileSync('rm', ['-r', join(one.path, 'plans')]);
    symlinkSync('../outside', join(one.path, 'plans'));
    const { stdout } = one.review(['--format', 'json']);
    expect(stdout).not.toContain('top-secret');
    expect(one.told()).toEqual(['deleted plans/plan.yaml']);
  });

  it('a pipe is not waited for', () => {
    const one = repository();
    execFileSync('sh', ['-c', 'rm plan.yaml && mkfifo plan.yaml'], { cwd: one.path });
    const { status, stdout } = one.review();
    expect([status, stdout]).toEqual([65, expect.stringMatching(/pipe|deleted/)]);
  });

  it('a repository within it is not entered', () => {
    const one = repository();
    const bare = join(one.path, 'inner');
    execFileSync('git', ['init', '-q', '--bare', bare]);
    execFileSync('git', ['--git-dir', bare, 'config', 'core.fsmonitor', `touch ${one.beside('ran')}`]);
    expect(one.review([], { cwd: bare })).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('bare repository'),
    });
    expect(existsSync(one.beside('ran'))).toBe(false);
  });
});
