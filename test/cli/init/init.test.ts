import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { schemaFrom } from '../../../src/cli/init.ts';
import { planFolder } from '../folder.ts';
import { PROGRAM, planRun } from '../program.ts';

let folder: ReturnType<typeof planFolder>;
beforeEach(() => {
  folder = planFolder();
});
afterEach(() => folder.remove());
const run = (...args: string[]) => planRun(args, { cwd: folder.path });
const init = (...args: string[]) => run('init', ...args);
const read = (name: string) => readFileSync(join(folder.path, name), 'utf8');
const FEW = ['--rate', '20/s', '--for', '6s'];

describe('plan-run init', () => {
  it('writes a plan that runs to the verdict it expects, and says what to do next', () => {
    const { status, stdout, stderr } = init('--yes');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^wrote redis-set-partition\.yaml\n/);
    for (const next of ['plan-run', 'plan-run validate'])
      expect(stdout).toContain(`  ${next} redis-set-partition.yaml `);
    const text = read('redis-set-partition.yaml');
    expect(text).toMatch(
      /^# yaml-language-server: \$schema=\S+\/plan-run\/schemas\/plan\.schema\.json\nplan: 1\nabout: \|\n/,
    );
    expect(text).toMatch(
      /\n# what it comes to in the simulator, under seed 1: set: \d+ acknowledged writes .*\nexpect: invalid\n$/,
    );
    expect(run('validate', 'redis-set-partition.yaml')).toEqual({
      status: 0,
      stdout: 'redis-set-partition.yaml: no problems\n',
      stderr: '',
    });
    expect(run('redis-set-partition.yaml').status).toBe(0);
  });

  it.each([
    ['--database', 'mongodb', '--fault', 'kill'],
    ['--database', 'postgres', '--workload', 'counter', '--fault', 'partition'],
    ['--database', 'riak', '--fault', 'pause', '--target', 'minority'],
    ['--nodes', '1', '--fault', 'partition'],
  ])('to the verdict it expects: %s %s %s %s %s %s', (...flags) => {
    expect(init('x.yaml', ...flags, ...FEW, '--yes')).toMatchObject({ status: 0, stderr: '' });
    expect(run('fmt', '--check', 'x.yaml').status).toBe(0);
    const { status, stdout } = run('x.yaml');
    expect(status, `${read('x.yaml')}\n${stdout}`).toBe(0);
  });

  it('hopes where it cannot see: on real nodes', () => {
    expect(init('lab.yaml', '--env', 'lab', '--database', 'etcd', '--yes').status).toBe(0);
    expect(read('lab.yaml')).toContain('# a run that comes to another verdict exits with 1\nexpect: valid\n');
    expect(init('ssh.yaml', '--env', 'ssh', '--yes').stdout).toContain('plan-run ssh.yaml --inventory cluster.yaml ');
  });

  it('says so where the simulator cannot tell', () => {
    expect(init('x.yaml', '--database', 'postgres', '--workload', 'queue', '--fault', 'pause', '--yes').status).toBe(0);
    expect(read('x.yaml')).toMatch(
      /\n# in the simulator, under seed 1, nobody can tell: total-queue: .*\nexpect: valid\n$/,
    );
    expect(run('x.yaml').status).toBe(2);
  });

  it('needs no --yes where the flags say what the plan is about', () => {
    expect(init('--database', 'redis', '--workload', 'set', '--fault', 'none', ...FEW).status).toBe(0);
    expect(read('redis-set.yaml')).not.toContain('faults:');
  });

  it('asks nobody who cannot answer: it names the flags that are missing', () => {
    const { status, stdout, stderr } = init('--database', 'redis');
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain('nobody can be asked here: --workload, --fault are missing');
    expect(stderr).toContain('--yes');
  });

  it('writes over nothing, but with --force', () => {
    symlinkSync('nowhere', join(folder.path, 'link.yaml'));
    for (const name of ['good.yaml', 'link.yaml']) {
      const { status, stderr } = init(name, '--yes');
      expect([status, stderr]).toEqual([64, expect.stringContaining(`${name} is there already`)]);
    }
    expect(init('good.yaml', '--yes', '--force', ...FEW).status).toBe(0);
    expect(read('good.yaml')).toContain('writes: 420');
  });

  it('says where it cannot write', () => {
    const { status, stderr } = init('plans/x.yaml', '--yes', ...FEW);
    expect([status, stderr]).toEqual([69, expect.stringContaining('mkdir -p plans')]);
  });

  it('writes nothing where numbers make no plan', () => {
    const { status, stderr } = init('x.yaml', '--yes', '--rate', '1000/ms', '--for', '900h');
    expect([status, stderr]).toEqual([64, expect.stringContaining('nothing is written')]);
    expect(existsSync(join(folder.path, 'x.yaml'))).toBe(false);
  });
});

describe('the modeline', () => {
  it('leads to the schema where the package is installed, seen from the plan', () => {
    const schema = join(folder.path, 'node_modules/plan-run/schemas/plan.schema.json');
    mkdirSync(dirname(schema), { recursive: true });
    writeFileSync(schema, '{}');
    mkdirSync(join(folder.path, 'plans/more'), { recursive: true });
    expect(schemaFrom(join(folder.path, 'x.yaml'))).toBe('./node_modules/plan-run/schemas/plan.schema.json');
    expect(schemaFrom(join(folder.path, 'plans/more/x.yaml'))).toBe(
      '../../node_modules/plan-run/schemas/plan.schema.json',
    );
  });

  it('leads to the schema of a clone, from within', () => {
    expect(schemaFrom('plans/x.yaml')).toBe('../schemas/plan.schema.json');
    expect(schemaFrom('x.yaml')).toBe('./schemas/plan.schema.json');
  });
});

describe('at a terminal', () => {
  /** Runs it in a terminal (script(1)), and presses a key whenever it has asked something new. */
  function atTerminal(keys: readonly string[], ...args: string[]): Promise<{ status: number | null; shown: string }> {
    const command = [process.execPath, PROGRAM, 'init', ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', `stty cols 100 rows 40; exec ${command}`, '/dev/null'], {
      cwd: folder.path,
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '1' },
    });
    let shown = '';
    let asked = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      // each question has a title of its own; what is drawn again is not asked again
      const titles = new Set([...shown.matchAll(/◆ {2}([^\r\n]+\?)/g)].map(([, title]) => title));
      if (titles.size > asked) child.stdin.write(keys[asked++] ?? '\r');
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject).once('close', (status) => resolve({ status, shown }));
    });
  }

  it('asks, and writes what was answered', async () => {
    const down = '\u001b[B';
    const { status, shown } = await atTerminal(['\r', `${down}\r`, '\r', '3\r', `${down}\r`], 'x.yaml', ...FEW);
    expect(status, shown).toBe(0);
    expect(shown).toContain('wrote x.yaml');
    expect(read('x.yaml')).toMatch(/nodes: 3\n\ndatabase:\n {2}mongodb: [\s\S]*\n {4}kill: primary\n/);
  });

  it('Ctrl-C ends it, with nothing written', async () => {
    const before = readdirSync(folder.path);
    const { status, shown } = await atTerminal(['\r', '\u0003']);
    expect([status, readdirSync(folder.path)]).toEqual([130, before]);
    expect(shown).toContain('nothing is written');
  });
});

it('script(1) is here: without it nothing is seen of a terminal', () => {
  expect(spawnSync('script', ['--version']).status).toBe(0);
});
