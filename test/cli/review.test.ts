import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BAD, GOOD } from './folder.ts';
import { Repository } from './repository.ts';

const all: Repository[] = [];
afterAll(() => {
  for (const one of all) one.remove();
});

/** A repository with files on `main`, and `topic` checked out. */
function repository(files: Readonly<Record<string, string>> = { 'plan.yaml': GOOD }): Repository {
  const made = new Repository();
  all.push(made);
  made.commit(files);
  made.git('checkout', '-q', '-b', 'topic');
  return made;
}

const LATER = GOOD.replace('at: 3s', 'at: 4s');
const COMPOSE = 'services:\n  plan:\n    image: redis\n';

describe('what is reviewed', () => {
  it('is what a branch did, not what became of main meanwhile', () => {
    const one = repository({ 'plan.yaml': GOOD, 'other.yaml': GOOD });
    one.commit({ 'plan.yaml': LATER });
    one.git('checkout', '-q', 'main');
    one.commit({ 'other.yaml': LATER, 'third.yaml': GOOD });
    one.git('checkout', '-q', 'topic');
    expect(one.told()).toEqual(['changed plan.yaml']);
    expect(one.told('--base', 'main', '--head', 'topic')).toEqual(['changed plan.yaml']);
    expect(one.told('--base', 'topic', '--head', 'main')).toEqual(['changed other.yaml', 'added third.yaml']);
  });

  it('is renamed, deleted, added; staged, not staged, not tracked', () => {
    const old = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`plans/${name}.yaml`, `# ${name}\n${GOOD}`]));
    const one = repository({ ...old, 'compose.yaml': COMPOSE });
    one.git('mv', 'plans/a.yaml', 'plans/moved.yaml');
    one.git('rm', '-q', 'plans/b.yaml');
    one.commit({ 'compose.yaml': `${COMPOSE}  more: {}\n` });
    one.write('plans/c.yaml', LATER);
    one.git('add', 'plans/c.yaml');
    one.write('plans/d.yaml', LATER);
    one.write('plans/new.yml', GOOD);
    one.write('plans/ignored.yaml', GOOD);
    one.write('.gitignore', 'ignored.yaml\n');
    expect(one.told()).toEqual([
      ...['deleted plans/b.yaml', 'changed plans/c.yaml', 'changed plans/d.yaml'],
      ...['changed plans/a.yaml > plans/moved.yaml', 'added plans/new.yml'],
    ]);
    expect(one.told('--head', 'HEAD')).toEqual(['deleted plans/b.yaml', 'changed plans/a.yaml > plans/moved.yaml']);
  });

  it('is a plan that is renamed and changed, also out of the YAML files', () => {
    const one = repository();
    one.git('mv', 'plan.yaml', 'plan.txt');
    one.commit({ 'plan.txt': LATER });
    const [plan] = one.plans();
    expect(plan).toMatchObject({ file: 'plan.txt', was: 'plan.yaml', status: 'changed', errors: 0 });
    expect(plan?.changes?.length).toBeGreaterThan(0);
  });

  it('is one whose comments or mode change only: nothing of its meaning, or not at all', () => {
    const one = repository({ 'plan.yaml': GOOD, 'mode.yaml': GOOD });
    one.git('update-index', '--chmod=+x', 'mode.yaml');
    one.git('commit', '-qm', 'mode');
    one.git('reset', '-q', '--hard');
    one.commit({ 'plan.yaml': `# a word\n${GOOD}` });
    expect(one.plans()).toMatchObject([{ file: 'plan.yaml', changes: [], problems: [] }]);
    expect(one.review().stdout).toMatch(/^plan\.yaml: no change in meaning\n/);
  });

  it('is nothing where nothing differs', () => {
    const { status, stdout } = repository().review();
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^No plan differs from main \([0-9a-f]{7}\)\.\n$/)]);
  });

  it('is what PATHS ask for, as git reads them from where it is run', () => {
    const one = repository({ 'plans/a.yaml': GOOD, 'plans/deep/b.yaml': GOOD, 'c.yaml': GOOD });
    one.commit({ 'plans/a.yaml': LATER, 'plans/deep/b.yaml': LATER, 'c.yaml': LATER });
    const cwd = join(one.path, 'plans');
    const told = (...paths: string[]) =>
      JSON.parse(one.review(['--format', 'json', ...paths], { cwd }).stdout).plans.map(
        (plan: { file: string }) => plan.file,
      );
    expect(told()).toEqual(['c.yaml', 'plans/a.yaml', 'plans/deep/b.yaml']);
    expect(told('deep')).toEqual(['plans/deep/b.yaml']);
    expect(told('../c.yaml', 'a.yaml')).toEqual(['c.yaml', 'plans/a.yaml']);
    expect(told(':(top)*.yaml', ':(exclude)*b.yaml')).toEqual(['c.yaml', 'plans/a.yaml']);
    expect(told('--head', 'topic', '*.yaml')).toEqual(['plans/a.yaml', 'plans/deep/b.yaml']);
    const { status, stderr } = one.review(['nowhere/'], { cwd });
    expect([status, stderr]).toEqual([0, 'note: nothing that differs is a plan and among nowhere/\n']);
    expect(one.review(['/etc'], { cwd }).status).toBe(64);
  });

  it('is a plan under any name that is named', () => {
    const one = repository({ 'what.plan': GOOD });
    one.commit({ 'what.plan': LATER });
    expect(one.told()).toEqual([]);
    expect(one.told('what.plan')).toEqual(['changed what.plan']);
  });
});

describe('plans that are broken', () => {
  it('are told before, after, and on both sides', () => {
    const one = repository({ 'before.yaml': BAD, 'after.yaml': GOOD, 'both.yaml': BAD, 'gone.yaml': BAD });
    rmSync(join(one.path, 'gone.yaml'));
    one.commit({ 'before.yaml': GOOD, 'after.yaml': BAD, 'both.yaml': `${BAD}# more\n` });
    expect(
      one.plans().map(({ file, errors, errors_before, changes }) => [file, errors_before, errors, changes]),
    ).toEqual([
      ['after.yaml', 0, 2, null],
      ['before.yaml', 2, 0, null],
      ['both.yaml', 2, 2, null],
      ['gone.yaml', 2, 0, null],
    ]);
    const { status, stdout } = one.review();
    expect(status).toBe(65);
    expect(stdout).toContain('after.yaml: changed; refused: 2 errors\n');
    expect(stdout).toContain('before.yaml: changed; it was refused before: 2 errors\n');
    expect(stdout).toContain('both.yaml: changed; refused: 2 errors; it was refused before, too: 2 errors\n');
    expect(stdout).toContain(
      '\nafter.yaml:3:3: error: there is no database "redes" [unknown-module]\n  2 | database:\n',
    );
    expect(stdout).toMatch(/4 plans differ from main \(\w{7}\), 2 refused\.\n$/);
  });

  it('are plans though they are no YAML, where they were plans, or begin as one, or are named', () => {
    const broken = (text: string) => `${text}  [oh: no\n`;
    const one = repository({ 'plan.yaml': GOOD.replace('plan: 1\n', ''), 'other.yaml': COMPOSE });
    one.commit({ 'plan.yaml': broken('database:\n'), 'other.yaml': broken('services:\n'), 'new.yaml': broken(GOOD) });
    one.write('line.yaml', broken('# yaml-language-server: $schema=../schemas/plan.schema.json\n'));
    expect(one.told()).toEqual(['added line.yaml', 'added new.yaml', 'changed plan.yaml']);
    expect(one.plans().every(({ errors }) => errors > 0)).toBe(true);
    expect(one.plans('other.yaml')).toMatchObject([{ file: 'other.yaml', status: 'added' }]);
  });

  it('are inventories, too; of others with hosts nothing is said', () => {
    const INVENTORY = 'inventory: 1\nhosts: { n1: 10.0.0.1, n2: 10.0.0.2 }\n';
    const one = repository({ 'cluster.yaml': INVENTORY, 'ansible.yaml': 'hosts: all\n' });
    const now = 'inventory: 1\nallow_faults: true\npassword: hunter2\nhosts: { n1: 10.0.0.1, n3: 10.0.0.3 }\n';
    one.commit({ 'cluster.yaml': now, 'ansible.yaml': 'hosts: none\n' });
    const { stdout, status } = one.review();
    expect(status).toBe(65);
    expect(stdout).toContain('literal-secret');
    expect(stdout).not.toContain('hunter2');
    one.commit({ 'cluster.yaml': now.replace('hunter2', '"${env:PASSWORD}"') });
    const [plan, ...others] = one.plans();
    expect(others).toEqual([]);
    expect(plan).toMatchObject({ kind: 'inventory', errors: 0 });
    expect(plan?.notes).toEqual([
      'hosts added: n3',
      'hosts removed: n2',
      'it allows faults now: its machines may be broken',
    ]);
  });
});

describe('files that plans name', () => {
  // Refused: it says neither how it starts, nor that it is for the lab.
  const service = GOOD.replace('  redis:\n', '  service: { files: { server: ./bin/server } }\n');
  const named = { 'p/outside.yaml': `modules: [../m/x.mjs]\n${GOOD}`, 'p/service.yaml': service, 'p/plain.yaml': GOOD };

  it.each([
    ['the working tree', []],
    ['a ref', ['--head', 'topic']],
  ])('are noted with the plans, of %s', (_, args) => {
    const one = repository({ ...named, 'm/x.mjs': '1', 'p/bin/server': '1', 'm/other.mjs': '1' });
    one.commit({ 'm/x.mjs': '2', 'p/bin/server': '2', 'm/other.mjs': '2', 'p/service.yaml': `# word\n${service}` });
    expect(one.plans(...args).map(({ file, status, changes, notes }) => [file, status, changes, notes])).toEqual([
      ['p/outside.yaml', 'changed', [], ['its module ../m/x.mjs changes with this branch']],
      ['p/service.yaml', 'changed', null, ['its file for its nodes ./bin/server changes with this branch']],
    ]);
  });
});

describe('a plan that names files', () => {
  it('means others in another folder', () => {
    const inventory = 'inventory: 1\nallow_faults: true\nhosts: { n1: a, n2: b, n3: c, n4: d, n5: e }\n';
    const plan = `${GOOD}environment: { ssh: { inventory: machines.yaml } }\n`;
    const one = repository({ 'a/plan.yaml': plan, 'a/machines.yaml': inventory, 'b/machines.yaml': inventory });
    one.git('mv', 'a/plan.yaml', 'b/plan.yaml');
    one.commit();
    const note =
      'its inventory machines.yaml is b/machines.yaml now, and was a/machines.yaml: the plan is in another folder';
    expect(one.plans().map(({ file, changes, notes }) => [file, changes, notes])).toEqual([
      ['b/plan.yaml', [], [note]],
    ]);
  });

  it('is found though the branch calls its plans binary', () => {
    const one = repository({ 'plan.yaml': `modules: [./x.mjs]\n${GOOD}`, 'x.mjs': '1' });
    one.commit({ 'x.mjs': '2', '.gitattributes': '*.yaml binary\n' });
    for (const args of [[], ['--head', 'topic']]) {
      expect(one.plans(...args).map(({ notes }) => notes)).toEqual([['its module ./x.mjs changes with this branch']]);
    }
  });

  it('of code that it did not name before is changed', () => {
    const one = repository();
    one.commit({ 'plan.yaml': `modules: [./x.mjs]\n${GOOD}` });
    expect(one.plans()[0]?.changes).toMatchObject([{ kind: 'added', subject: 'modules', after: './x.mjs' }]);
  });
});

describe('what is compared with', () => {
  it('is one of several merge bases, and that is said', () => {
    const one = repository();
    const topic = one.commit({ 'plan.yaml': LATER });
    one.git('checkout', '-q', 'main');
    const main = one.commit({ 'other.yaml': GOOD });
    one.git('merge', '-q', topic);
    one.git('checkout', '-q', 'topic');
    one.git('merge', '-q', main);
    one.commit({ 'third.yaml': GOOD });
    const { status, stderr } = one.review();
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/^note: main and HEAD were merged into one another and parted in 2 commits: compared with/),
    ]);
  });

  it('is the same whatever git is told about patterns', () => {
    const one = repository();
    one.write('new.yaml', GOOD);
    for (const name of ['GIT_LITERAL_PATHSPECS', 'GIT_NOGLOB_PATHSPECS']) {
      expect(one.review([], { env: { [name]: '1' } }).stdout, name).toContain('new.yaml: a new plan');
    }
  });

  it('is the main branch where it is, and what is named where it is named', () => {
    const one = repository();
    const first = one.git('rev-parse', 'main');
    one.commit({ 'plan.yaml': LATER });
    const base = (...args: string[]) => JSON.parse(one.review(['--format', 'json', ...args]).stdout).base;
    expect(base()).toEqual({ ref: 'main', commit: first });
    one.git('tag', 'v1', 'HEAD~1');
    expect(base('--base', 'v1')).toEqual({ ref: 'v1', commit: first });
    one.git('update-ref', 'refs/remotes/origin/main', first);
    expect(base().ref).toBe('origin/main');
    one.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
    expect(base().ref).toBe('origin/HEAD');
    one.git('update-ref', 'refs/remotes/origin/release', first);
    const env = { GITHUB_ACTIONS: 'true', GITHUB_BASE_REF: 'release' };
    expect(JSON.parse(one.review(['--format', 'json'], { env }).stdout).base.ref).toBe('origin/release');
    const { status, stderr } = one.review([], { env: { ...env, GITHUB_BASE_REF: 'gone' } });
    expect([status, stderr]).toEqual([64, expect.stringMatching(/no commit "origin\/gone"[\s\S]*fetch-depth: 0/)]);
  });

  it('is said where it is the branch itself', () => {
    const one = repository();
    one.git('checkout', '-q', 'main');
    one.write('plan.yaml', LATER);
    const { status, stderr } = one.review();
    expect([status, stderr]).toEqual([
      0,
      'note: main is where this branch is: only what is not committed yet is reviewed\n',
    ]);
    expect(one.review(['--head', 'main'])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('the same commit'),
    });
    one.git('branch', '-m', 'trunk');
    one.git('branch', '-D', 'topic');
    expect(one.review()).toMatchObject({ status: 64, stderr: expect.stringContaining('--base HEAD') });
    expect(one.told('--base', 'HEAD')).toEqual(['changed plan.yaml']);
  });

  it.each(['gone', '--upload-pack=x', '-h', '', 'a\nb', 'main:plan.yaml', '--output=/tmp/x'])('is no ref %j', (ref) => {
    const one = repository();
    for (const option of ['base', 'head']) {
      const { status, stdout, stderr } = one.review([`--${option}=${ref}`]);
      expect([status, stdout]).toEqual([64, '']);
      expect(stderr).toMatch(/^error: There is no commit ".*" in this repository\n {2}help: /);
    }
  });

  it('has no commit in common: in a shallow clone, and where histories are unrelated', () => {
    const one = repository();
    one.commit({ 'plan.yaml': LATER });
    one.git('checkout', '-q', 'main');
    one.commit({ 'other.yaml': GOOD });
    const shallow = one.beside('shallow');
    one.git('clone', '-q', '--depth', '1', '--no-single-branch', `file://${one.path}`, shallow);
    const told = one.review(['--base', 'origin/main', '--head', 'origin/topic'], { cwd: shallow });
    expect(told.status).toBe(69);
    expect(told.stderr).toMatch(/origin\/main and origin\/topic have no commit in common[\s\S]*fetch-depth: 0/);
    one.git('checkout', '-q', '--orphan', 'alone');
    one.commit();
    expect(one.review()).toMatchObject({ status: 69, stderr: expect.stringContaining('unrelated') });
  });
});

describe('where it is run', () => {
  it('is a bare repository, where GIT_DIR names it', () => {
    const one = repository();
    one.commit({ 'plan.yaml': LATER });
    const bare = one.beside('bare.git');
    one.git('clone', '-q', '--bare', one.path, bare);
    const args = ['--base', 'main', '--head', 'topic', '--format', 'json'];
    const { stdout } = one.review(args, { env: { GIT_DIR: bare }, cwd: one.beside('.') });
    expect(JSON.parse(stdout).plans).toMatchObject([{ file: 'plan.yaml', status: 'changed' }]);
    expect(one.review(args, { cwd: bare })).toMatchObject({ status: 64, stderr: expect.stringContaining('GIT_DIR=') });
    const tree = one.review(['--base', 'main'], { env: { GIT_DIR: bare }, cwd: bare });
    expect(tree.status).toBe(64);
  });

  it('is no repository, an empty one, or a machine without git', () => {
    const one = new Repository();
    all.push(one);
    expect(one.review([], { cwd: one.beside('.') })).toMatchObject({
      status: 64,
      stderr:
        'error: This is not a git repository\n  help: a review compares with a git ref: run it within a repository\n',
    });
    expect(one.review()).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('Nothing is committed here yet'),
    });
    expect(one.review([], { env: { PATH: '/nowhere' } })).toMatchObject({
      status: 69,
      stderr: expect.stringMatching(/^error: Cannot find the program git\n {2}help: /),
    });
  });

  it('is a clone that has not fetched all: nothing is fetched for it', () => {
    const one = repository();
    one.commit({ 'plan.yaml': LATER });
    one.git('config', 'uploadpack.allowFilter', 'true');
    const partial = one.beside('partial');
    one.git('clone', '-q', '--no-checkout', '--filter=blob:none', `file://${one.path}`, partial);
    const { status, stderr } = one.review(['--base', 'origin/main', '--head', 'origin/topic'], { cwd: partial });
    expect([status, stderr]).toEqual([
      69,
      expect.stringMatching(/lacks files.*\n {2}help: a partial clone .* without --filter\n$/),
    ]);
  });

  it('is left as it was: no lock, no file, no change of the index', () => {
    const one = repository();
    one.write('plan.yaml', LATER);
    const state = () =>
      execFileSync('sh', ['-c', 'find . -type f -exec sha256sum {} + | sort'], { cwd: one.path, encoding: 'utf8' });
    const before = state();
    one.review();
    expect(state()).toBe(before);
  });
});

describe('names of files', () => {
  const strange = ['with "quotes" and %0A.yaml', 'a,b:c.yaml', '💥.yaml', 'line\nbreak.yaml', '-rf.yaml', 'a b/ä.yaml'];

  it.each([
    ['the working tree', []],
    ['a ref', ['--head', 'topic']],
  ])('may be any, in %s', (_, args) => {
    const one = repository(Object.fromEntries(strange.map((name) => [name, GOOD])));
    one.commit(Object.fromEntries(strange.map((name) => [name, BAD])));
    expect(one.plans(...args).map(({ file }) => file)).toEqual([...strange].sort());
    const annotations = one
      .review([...args, '--format', 'github'])
      .stdout.trimEnd()
      .split('\n')
      .slice(0, -1);
    expect(annotations.every((line) => line.startsWith('::error '))).toBe(true);
    expect(annotations.join('\n')).toContain('file=with "quotes" and %250A.yaml,');
    expect(annotations.join('\n')).toContain('file=line%0Abreak.yaml,');
    expect(annotations.join('\n')).toContain('file=a%2Cb%3Ac.yaml,');
  });

  it('may be no text', () => {
    const one = repository();
    const name = Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9]), Buffer.from('.yaml')]);
    one.write(name, GOOD);
    expect(one.told()).toEqual(['added caf\\xe9.yaml']);
    one.commit();
    expect(one.told('--head', 'HEAD')).toEqual(['added caf\\xe9.yaml']);
  });

  it('may be many renames at once', () => {
    const names = Array.from({ length: 30 }, (_, at) => `plans/p${at}.yaml`);
    const one = repository(Object.fromEntries(names.map((name, at) => [name, GOOD.replace('100/s', `${100 + at}/s`)])));
    renameSync(join(one.path, 'plans'), join(one.path, 'tests'));
    one.commit();
    expect(one.plans().every(({ status, was }) => status === 'changed' && was?.startsWith('plans/'))).toBe(true);
    expect(one.plans()).toHaveLength(30);
  });
});

describe('what is printed', () => {
  it('goes to files, too: each format once more', () => {
    const one = repository();
    one.commit({ 'plan.yaml': BAD });
    const outputs = ['markdown=r.md', 'sarif=r.sarif', 'json=r.json', 'github=r.txt'].flatMap((each) => [
      '--output',
      each,
    ]);
    const { status, stdout } = one.review(outputs);
    expect([status, stdout]).toEqual([65, expect.stringContaining('1 plan differs from main')]);
    const read = (name: string) => execFileSync('cat', [join(one.path, name)], { encoding: 'utf8' });
    expect(read('r.md')).toContain('plan.yaml');
    expect(JSON.parse(read('r.sarif')).runs[0].results).toHaveLength(2);
    expect(JSON.parse(read('r.json')).review).toBe(1);
    expect(read('r.txt')).toMatch(/^::error file=plan\.yaml,/);
  });

  it('is refused: an unknown format, a file twice, a file that cannot be', () => {
    const one = repository();
    for (const args of [
      ['--format', 'yaml'],
      ['--output', 'yaml=x'],
      ['--output', 'json'],
      ['--seeds', '5..1'],
      ['--time', '0s'],
    ]) {
      expect(one.review(args).status, args.join(' ')).toBe(64);
    }
    expect(one.review(['--output', 'json=x', '--output', 'sarif=./x'])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('is there twice'),
    });
    expect(one.review(['--output', 'json=no/such/folder'])).toMatchObject({ status: 69 });
    writeFileSync(one.beside('kept'), 'kept');
    execFileSync('ln', ['-s', '../kept', join(one.path, 'r.json')]);
    expect(one.review(['--output', 'json=r.json'])).toMatchObject({
      status: 69,
      stderr: expect.stringContaining('is a link'),
    });
    expect(execFileSync('cat', [one.beside('kept')], { encoding: 'utf8' })).toBe('kept');
  });
});
