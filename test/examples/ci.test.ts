/** The scripts and files of examples/ci, without GitHub: a repository with a pull request, and a `gh` that records. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { validateAction, validateWorkflow } from '@action-validator/core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PROGRAM } from '../cli/program.ts';
import { Repository } from '../cli/repository.ts';

const CI = resolve('examples/ci');
const MARKER = '<!-- plan-run review -->';
const PLAN = readFileSync('plans/redis-sentinel-wait.yaml', 'utf8');

const root = mkdtempSync(join(tmpdir(), 'plan-run-ci-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder of programs for PATH. */
const bin = join(root, 'bin');
mkdirSync(bin);
program('plan-run', `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
copyFileSync('test/examples/stub-gh.mjs', join(bin, 'gh.mjs'));
program('gh', `#!/bin/sh\nexec '${process.execPath}' '${join(bin, 'gh.mjs')}' "$@"\n`);

function program(name: string, text: string, folder = bin): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}

/** Runs a script of examples/ci as a step of a workflow would. */
function step(script: string, args: readonly string[], env: Record<string, string>, { cwd = root, path = bin } = {}) {
  const [output, summary] = [join(root, 'output'), join(root, 'summary')];
  for (const file of [output, summary]) writeFileSync(file, '');
  const { status, stdout, stderr } = spawnSync(
    script.endsWith('.sh') ? 'bash' : process.execPath,
    [join(CI, script), ...args],
    {
      cwd,
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        ...{ PATH: `${path}${delimiter}${process.env.PATH}`, HOME: root, RUNNER_TEMP: root, GITHUB_ACTIONS: 'true' },
        ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
        ...{ GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, GITHUB_REPOSITORY: 'owner/repo' },
        ...env,
      },
    },
  );
  const outputs = Object.fromEntries(
    readFileSync(output, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  ) as Record<string, string>;
  return { status, stdout, stderr, outputs, summary: readFileSync(summary, 'utf8') };
}

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
  readonly env?: Record<string, unknown>;
}

describe('the YAML files', () => {
  const action = readFileSync(join(CI, 'action.yml'), 'utf8');
  const workflow = readFileSync(join(CI, 'workflow.yml'), 'utf8');
  const jobs = Object.entries(parse(workflow).jobs as Record<string, { permissions: object; steps: Step[] }>);
  const steps: Step[] = [...parse(action).runs.steps, ...jobs.flatMap(([, job]) => job.steps)];

  it('are what GitHub takes', () => {
    expect(validateAction(action).errors).toEqual([]);
    expect(validateWorkflow(workflow).errors).toEqual([]);
    expect(validateWorkflow(workflow.replace('runs-on', 'run-on')).errors).not.toEqual([]);
  });

  it('have scripts that bash can read, with nothing put into them', () => {
    const scripts = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(scripts.length).toBeGreaterThan(7);
    for (const script of scripts) {
      expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
      expect(script).not.toContain('${{');
    }
    for (const file of readdirSync(CI).filter((name) => name.endsWith('.sh'))) {
      expect(spawnSync('bash', ['-n', join(CI, file)], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    }
  });

  it('name a version of every action, and files that are there', () => {
    const used = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(used.filter((one) => !/^(actions|github)\/[\w/-]+@(v\d+|[0-9a-f]{40})$/.test(one))).toEqual([
      './.github/actions/plan-run',
    ]);
    const named = [...(action + workflow).matchAll(/[\w-]+\.(?:sh|mjs)\b/g)].map(([name]) => name);
    expect(named.filter((name) => !existsSync(join(CI, name)))).toEqual([]);
  });

  it('give each job the rights that it needs, and none to the workflow', () => {
    expect(parse(workflow).permissions).toEqual({});
    expect(Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))).toEqual({
      review: { contents: 'read', 'pull-requests': 'write', 'security-events': 'write' },
      validate: { contents: 'read' },
      lab: { contents: 'read' },
    });
  });

  it('check out the base alone, and give the token to nothing but the comment', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(
      checkouts.flatMap((one) => Object.keys(one.with ?? {})).filter((key) => key === 'ref' || key === 'repository'),
    ).toEqual([]);
    const withToken = steps.filter((one) => /token|secrets/i.test(JSON.stringify({ ...one.env, ...one.with })));
    expect(withToken.map(({ name }) => name)).toEqual(['Comment']);
  });

  it('install for the lab what its tests have', () => {
    const packages = (file: string) =>
      readFileSync(file, 'utf8')
        .match(/redis-server[\s\S]*?procps/)?.[0]
        .split(/[\s\\]+/) ?? [];
    const tested = packages('test/setup-debian.sh');
    expect(packages(join(CI, 'setup-lab.sh')).sort()).toEqual(tested.sort());
  });
});

describe('review.sh', () => {
  const origin = new Repository();
  const clone = join(root, 'clone');
  afterAll(() => origin.remove());
  const base = origin.commit({ 'plans/a.yaml': PLAN, 'plans/b.yaml': PLAN, 'notes.txt': 'something' });

  /** A pull request of these files, from a branch of a stranger. */
  function pull(files: Record<string, string>): string {
    origin.git('checkout', '-q', '--detach', base);
    const commit = origin.commit(files);
    origin.git('update-ref', 'refs/pull/7/head', commit);
    origin.git('checkout', '-q', 'main');
    return commit;
  }

  function review(env: Record<string, string> = {}) {
    return step('review.sh', [], { PULL_REQUEST: '7', BASE: 'main', REHEARSE: 'false', ...env }, { cwd: clone });
  }

  beforeEach(() => {
    rmSync(clone, { recursive: true, force: true });
    origin.git('clone', '-q', origin.path, clone);
  });

  it('reviews what the pull request has, and leaves the base checked out', () => {
    const commit = pull({ 'plans/a.yaml': PLAN.replace('at: 3s', 'at: 4s') });
    const { status, stdout, outputs, summary } = review();
    expect(status).toBe(0);
    expect(stdout).toMatch(/^1 plan differs from origin\/main .* in origin\/pull\/7 /m);
    expect(outputs).toMatchObject({ status: '0', commit });
    const folder = outputs.folder ?? '';
    expect(readdirSync(folder).sort()).toEqual(['review.json', 'review.md', 'review.sarif']);
    expect(summary).toBe(readFileSync(join(folder, 'review.md'), 'utf8'));
    expect(JSON.parse(readFileSync(join(folder, 'review.json'), 'utf8')).plans).toMatchObject([
      { file: 'plans/a.yaml' },
    ]);
    expect(readFileSync(join(clone, 'plans/a.yaml'), 'utf8')).toBe(PLAN);
  });

  it('tells of a refused plan, and leaves it to a later step to fail', () => {
    pull({ 'plans/a.yaml': PLAN.replace('at: 3s', 'att: 3s') });
    const { status, stdout, outputs } = review();
    expect([status, outputs.status]).toEqual([0, '65']);
    expect(stdout).toMatch(/^::error file=plans\/a\.yaml,line=\d+/m);
    expect(outputs.folder).toBeDefined();
  });

  it('rehearses, and looks at the plans that it is asked for', () => {
    pull({ 'plans/a.yaml': PLAN.replace('at: 3s', 'at: 4s'), 'plans/b.yaml': PLAN.replace('at: 3s', 'at: 5s') });
    const { outputs } = review({ REHEARSE: 'true', SEEDS: '1..2', PLANS: '\nplans/b.yaml\n' });
    const { plans } = JSON.parse(readFileSync(join(outputs.folder ?? '', 'review.json'), 'utf8'));
    expect(plans).toMatchObject([{ file: 'plans/b.yaml', rehearsal: { seeds: 2 } }]);
  });

  it('runs nothing that a stranger names', () => {
    const harm = join(root, 'harm');
    const name = `plans/$(touch ${'x'.repeat(3)}) \`id\` ; ::error::x.yaml`;
    pull({
      [name]: PLAN,
      'node_modules/.bin/plan-run': `#!/bin/sh\ntouch ${harm}\n`,
      '.gitattributes': '* filter=evil\n',
    });
    const { status, stdout } = review({ PLANS: '$(touch harm)\n`touch harm`\nplans' });
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/^::error::x/m);
    expect([existsSync(harm), existsSync(join(clone, 'harm')), existsSync(join(clone, 'xxx'))]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it.each(['', '7; touch harm', '../7', '-7'])('refuses %j as the number of a pull request', (PULL_REQUEST) => {
    expect(review({ PULL_REQUEST })).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^::error .*must be the number/),
    });
  });

  it('fails where there is nothing to compare, and says so', () => {
    pull({ 'plans/a.yaml': PLAN });
    const { status, stdout, stderr, outputs } = review({ BASE: 'none' });
    expect(status).toBe(1);
    expect(stdout).toContain('::error title=plan-run::plan-run review ended with exit code 64');
    expect(stderr).toContain('none');
    expect(outputs.folder).toBeUndefined();
  });
});

describe('post-comment.mjs', () => {
  const [folder, comments, calls] = [join(root, 'review'), join(root, 'comments'), join(root, 'calls')];

  interface Call {
    readonly method: string;
    readonly path: string;
    readonly body: string;
  }

  /** What it asks of GitHub, for a review and the comments that are there. */
  function post(markdown: string, there: readonly object[] = [], plans: readonly object[] = [{}], env = {}): Call[] {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(join(folder, 'review.md'), markdown);
    writeFileSync(join(folder, 'review.json'), JSON.stringify({ plans }));
    writeFileSync(comments, JSON.stringify(there));
    writeFileSync(calls, '');
    const { status, stderr } = step('post-comment.mjs', [folder], {
      ...{ GH_TOKEN: 'secret', PULL_REQUEST: '7', COMMENTS: comments, CALLS: calls, GITHUB_RUN_ID: '99' },
      ...env,
    });
    expect([status, stderr]).toEqual([0, '']);
    return readFileSync(calls, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  const by = (login: string, id: number, body = `${MARKER}\nearlier`) => ({ id, user: { login }, body });

  it('creates a comment, marked as its own', () => {
    const body = `${MARKER}\n# Review\n"quotes" $(touch harm) \`\${x}\` \\n 100%\n`;
    expect(post('# Review\n"quotes" $(touch harm) `${x}` \\n 100%\n')).toEqual([
      { method: 'POST', path: 'repos/owner/repo/issues/7/comments', body },
    ]);
    expect(post(body)[0]?.body).toBe(body);
  });

  it('updates it the next time, on whichever page it is', () => {
    const others = Array.from({ length: 250 }, (_, index) => by('somebody', index + 10, 'hello'));
    const there = [...others, by('github-actions[bot]', 2, 'other'), by('github-actions[bot]', 3)];
    expect(post('new', there)).toEqual([
      { method: 'PATCH', path: 'repos/owner/repo/issues/comments/3', body: `${MARKER}\nnew` },
    ]);
  });

  it('leaves a comment of somebody else alone that has the marker', () => {
    expect(post('new', [by('somebody', 1)])).toMatchObject([{ method: 'POST' }]);
    expect(post('new', [by('somebody', 1), by('my-bot', 2)], [{}], { COMMENT_AUTHOR: 'my-bot' })).toMatchObject([
      { method: 'PATCH', path: 'repos/owner/repo/issues/comments/2' },
    ]);
  });

  it('says nothing where no plan differs, but takes back what it said', () => {
    expect(post('No plan differs.', [], [])).toEqual([]);
    expect(post('No plan differs.', [by('github-actions[bot]', 3)], [])).toMatchObject([{ method: 'PATCH' }]);
  });

  it('cuts what is longer than a comment may be, outside of code and details', () => {
    const block = (name: string) =>
      `<details><summary>${name}</summary>\n\n\`\`\`\`mermaid\n\`\`\`\n${'ü\n'.repeat(4_000)}\`\`\`\`\n\n</details>\n`;
    const names = Array.from({ length: 12 }, (_, index) => `plan ${index + 1}`);
    const body = post(names.map(block).join('\n'))[0]?.body ?? '';
    expect(body.length).toBeLessThan(65_536);
    expect(body.length).toBeGreaterThan(50_000);
    expect(body).toContain('[the rest](https://github.com/owner/repo/actions/runs/99)');
    expect(body.match(/<details>/g)?.length).toBe(body.match(/<\/details>/g)?.length);
    expect(body.match(/^````/gm)?.length).toBe(2 * (body.match(/<details>/g)?.length ?? 0));
  });

  it('refuses what is no number', () => {
    const { status, stdout } = step('post-comment.mjs', [folder], { GH_TOKEN: 'secret', PULL_REQUEST: '7/../8' });
    expect([status, stdout]).toEqual([1, expect.stringContaining('must be the number')]);
  });
});

describe('lab.sh', () => {
  /** Says what it was given, and that a verdict is not the expected one. */
  const stub = join(root, 'stub');
  mkdirSync(stub);
  program('plan-run', `#!/bin/sh\nprintf '%s\\n' "$@" 'redis: invalid \`\`\`'\nexit "\${CODE:-1}"\n`, stub);

  it.each(['0', '1', '2', '69'])('ends as plan-run does: %s', (CODE) => {
    const { status, stdout, summary } = step(
      'lab.sh',
      [],
      { PLANS: '\nplans/a.yaml\n  plans/$(touch harm)*.yaml\n', CODE },
      { path: stub },
    );
    expect(status).toBe(Number(CODE));
    expect(stdout).toBe('plans/a.yaml\n  plans/$(touch harm)*.yaml\n--env\nlab\n--store\nstore\nredis: invalid ```\n');
    expect(summary).toBe(`${'`'.repeat(20)}text\n${stdout}${'`'.repeat(20)}\n`);
    expect(existsSync(join(root, 'harm'))).toBe(false);
  });

  it('wants plans', () => {
    expect(step('lab.sh', [], { PLANS: '\n' }, { path: stub })).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('names no plan'),
    });
  });
});
