/** Plans on machines, as the command line takes and refuses them. Nobody is reached: port 1 of loopback answers nobody. */
import { mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { Secrets } from '../../src/base/secrets.ts';
import { loadInventory, readInventory, withSecrets } from '../../src/cli/inventory.ts';
import { planFolder } from './folder.ts';
import { planRun } from './program.ts';

const folder = planFolder();
afterAll(folder.remove);
const cwd = folder.path;
const SECRET = 'correct-horse-battery';
const env = { ...process.env, NODE_PASSWORD: SECRET, HOME: cwd, SSH_AUTH_SOCK: '' };
const run = (...args: string[]) => planRun(args, { cwd, env });

const PLAN = `plan: 1
nodes: 2
database:
  redis:
workload:
  rate: 100/s
  set: { writes: 10 }
`;
const HOSTS = `hosts:
  n1: { host: 127.0.0.1, port: 1, address: 127.0.0.1 }
  n2: { host: 127.0.0.2, port: 1, jump: false }
`;
const INVENTORY = `inventory: 1
allow_faults: true
password: \${env:NODE_PASSWORD}
known_hosts: false
${HOSTS}`;

/** An environment that says what it was opened with. */
const TELL_TALE = `class Refusal extends Error {}
export const environment = {
  kind: 'environment',
  name: 'tell-tale',
  summary: 'Tells what it knows.',
  inventoried: true,
  settings: { type: 'object', properties: { inventory: { type: 'string' } }, additionalProperties: false },
  doctor: async () => [],
  open: async ({ inventory: { hosts } }) => {
    throw new Refusal('knows ' + hosts[0].password + ' (' + hosts[0].password.length + ' signs), as ' + hosts[0].user);
  },
};
`;

mkdirSync(join(cwd, 'machines'));
folder.write('machines/two.yaml', INVENTORY);
folder.write('machines/bad.yaml', INVENTORY.replace('port: 1', 'prot: 1'));
folder.write('machines/forbidden.yaml', INVENTORY.replace('allow_faults: true\n', ''));
folder.write('machines/unset.yaml', INVENTORY.replace('NODE_PASSWORD', 'NOBODY_SET_THIS'));
folder.write('two.yaml', PLAN);
folder.write('own.yaml', PLAN.replace('nodes', 'environment: { ssh: { inventory: machines/two.yaml } }\nnodes'));
folder.write('ssh.yaml', PLAN.replace('nodes', 'environment: ssh\nnodes'));

describe('validate', () => {
  it('knows an inventory from a plan', () => {
    expect(run('validate', 'machines/two.yaml').stdout).toBe('machines/two.yaml: no problems\n');
    const { status, stdout } = run('validate', 'two.yaml', 'machines/bad.yaml');
    expect(status).toBe(65);
    expect(stdout).toContain('machines/bad.yaml:6:26: error: unknown key "prot" in hosts.n1 [unknown-key]');
  });

  it('looks at a plan together with its inventory, and at nothing that only a run needs', () => {
    expect(run('validate', 'two.yaml', '--inventory', 'machines/unset.yaml').status).toBe(0);
    const five = run('validate', 'good.yaml', 'warned.yaml', '--inventory', 'machines/bad.yaml');
    expect(five.status).toBe(65);
    expect(five.stdout).toContain('good.yaml:1:1: error: the inventory machines/bad.yaml has no host for n3, n4, n5');
    // what two plans share is said once
    expect(five.stdout.match(/unknown key "prot"/g)).toHaveLength(1);
    expect(run('validate', 'ssh.yaml').status).toBe(0);
    expect(run('validate', 'bad.yaml', '--inventory', 'machines/bad.yaml').stdout).toMatch(/redes.*prot/s);
  });

  it('looks at the inventory of a plan that is none, too', () => {
    const { status, stdout } = run('validate', 'machines/../none.yaml', '--inventory', 'machines/bad.yaml');
    expect(status).toBe(65);
    expect(stdout).toContain('there is no such file');
    folder.write('list.yaml', '- 1\n');
    expect(run('validate', 'list.yaml', '--inventory', 'machines/bad.yaml').stdout).toContain('"prot"');
  });
});

describe('timeline', () => {
  it('tells which machine a node is', () => {
    const { status, stdout } = run('timeline', 'two.yaml', '--inventory', 'machines/two.yaml');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}ssh {7}\{inventory: machines\/two\.yaml\}$/m);
    expect(stdout).toMatch(/^ {2}n1 {8}root@127\.0\.0\.1 port 1, to the others 127\.0\.0\.1$/m);
    expect(stdout).toMatch(/^ {2}n2 {8}root@127\.0\.0\.2 port 1$/m);
  });

  it('is for programs, too', () => {
    const { stdout } = run('timeline', 'own.yaml', '--format', 'json');
    const { machines, environment } = JSON.parse(stdout);
    expect(machines.n2).toEqual({ host: '127.0.0.2', port: 1, user: 'root' });
    expect(environment).toEqual({ name: 'ssh', settings: { inventory: 'machines/two.yaml' } });
  });
});

describe('a run is refused, before anything is started,', () => {
  it.each([
    ['that nobody allowed', ['--inventory', 'machines/forbidden.yaml'], 65, 'nothing is started on these machines'],
    ['without its secrets', ['--inventory', 'machines/unset.yaml'], 65, 'NOBODY_SET_THIS is not set [unset-variable]'],
    ['without machines', ['--env', 'ssh'], 65, 'name one: --inventory FILE'],
    ['on machines that are not there', ['--inventory', 'nope.yaml'], 65, 'nope.yaml:1:1: error: there is no such file'],
    ['on the machines of a plan', ['--inventory', 'two.yaml'], 65, 'this is a plan, not an inventory'],
    ['on machines in the lab', ['--inventory', 'machines/two.yaml', '--env', 'lab'], 64, 'leave out one of the two'],
    ['on simulated machines', ['--inventory', 'machines/two.yaml', '--env', 'sim'], 64, 'has none of them'],
  ])('%s', (_, args, code, said) => {
    const { status, stdout, stderr } = run('two.yaml', ...args);
    expect(status).toBe(code);
    expect(stderr).toContain(said);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).toBe('');
  });

  it('of a thing that is no plan', () => {
    expect(run('machines/two.yaml').stderr).toContain('this is an inventory, not a plan [wrong-kind]');
  });

  it('and so is a sweep over machines', () => {
    const { status, stderr } = run('sweep', 'two.yaml', '--inventory', 'machines/two.yaml');
    expect(status).toBe(64);
    expect(stderr).toContain('A sweep simulates');
  });
});

describe('a run', () => {
  it('tells its machines and how to repeat it; its secrets stand nowhere', () => {
    const { status, stdout, stderr } = run('two.yaml', '--inventory', 'machines/two.yaml');
    expect(status, stderr).toBe(69);
    expect(stdout).toMatch(/^again: plan-run two\.yaml --env ssh --inventory machines\/two\.yaml --seed 1$/m);
    const store = realpathSync(join(cwd, 'store/latest'));
    const timeline = JSON.parse(readFileSync(join(store, 'timeline.json'), 'utf8'));
    expect(timeline.machines.n1).toEqual({ host: '127.0.0.1', port: 1, user: 'root', address: '127.0.0.1' });
    expect(JSON.parse(readFileSync(join(store, 'plan.resolved.json'), 'utf8')).machines).toEqual(timeline.machines);
    expect(stdout + stderr).not.toContain(SECRET);
    const files = readdirSync(store, { recursive: true, encoding: 'utf8' }).map((name) => join(store, name));
    for (const file of files.filter((one) => statSync(one).isFile())) {
      expect(readFileSync(file, 'utf8'), file).not.toContain(SECRET);
    }
    expect(files.length).toBeGreaterThan(4);
  });

  it('gives its environment the secrets, and shows them nowhere, also where that cannot begin', () => {
    folder.write('tell-tale.mjs', TELL_TALE);
    folder.write('outside.yaml', PLAN.replace('nodes', 'modules: [./tell-tale.mjs]\nnodes'));
    const { status, stderr } = run(
      ...['outside.yaml', '--allow-modules', '--env', 'tell-tale', '--inventory', 'machines/two.yaml'],
    );
    expect([status, stderr]).toEqual([70, expect.stringContaining('knows ${env:NODE_PASSWORD} (21 signs), as root')]);
    expect(stderr).not.toContain(SECRET);
  });

  it('finds the inventory that the plan names beside the plan; another one may take its place', () => {
    const elsewhere = (...args: string[]) =>
      planRun([join(cwd, 'own.yaml'), ...args], { cwd: join(cwd, 'machines'), env });
    const own = elsewhere();
    expect(own.status, own.stderr).toBe(69);
    expect(own.stdout).toMatch(/^again: plan-run \S+own\.yaml --env ssh --seed 1$/m);
    expect(elsewhere('--inventory', 'unset.yaml').stderr).toContain('NOBODY_SET_THIS');
  });
});

describe('what this machine has', () => {
  mkdirSync(join(cwd, '.ssh'));
  folder.write('.ssh/id_ed25519', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n');
  folder.write('.ssh/id_ed25519.pub', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here\n');
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['key: ~/.ssh/id_ed25519', 'good'],
    ['', 'good'],
    ['agent: false', 'good'],
    ['known_hosts: /dev/null', 'good'],
    ['key: .ssh/id_ed25519.pub', /it is the public key; the private one is \S+id_ed25519$/],
    ['key: keys.yaml', /it holds no private key$/],
    ['key: /dev/zero', /it is no file$/],
    ['key: machines', /it is a directory$/],
    ['known_hosts: machines', /it is a directory$/],
    ['key: ~/none', /^the key \S+\/none cannot be used: there is no such file$/],
    ['agent: true', /SSH_AUTH_SOCK is not set$/],
    ['agent: false\npassword: ${env:NOBODY_SET_THIS}', /^NOBODY_SET_THIS is not set$/],
  ])('decides how to log in: %s', (line, said) => {
    vi.stubEnv('HOME', cwd);
    vi.stubEnv('SSH_AUTH_SOCK', '');
    folder.write('keys.yaml', `inventory: 1\nallow_faults: true\n${line}\n${HOSTS}`);
    const { problems, inventory } = readInventory(join(cwd, 'keys.yaml'), 'break');
    const messages = [...new Set(problems.map(({ message }) => message))];
    expect(messages).toEqual(said === 'good' ? [] : [expect.stringMatching(said)]);
    expect(inventory === undefined).toBe(said !== 'good');
  });

  it('gives those who log in the values of their secrets, and keeps them from being shown', () => {
    vi.stubEnv('NODE_PASSWORD', SECRET);
    const secrets = new Secrets(process.env);
    const inventory = loadInventory(join(cwd, 'machines/two.yaml'));
    const unlocked = withSecrets(inventory, ['n1'], secrets);
    expect(unlocked.hosts.map(({ password }) => password)).toEqual([SECRET, '${env:NODE_PASSWORD}']);
    expect(secrets.redact(`no ${SECRET}`)).toBe('no ${env:NODE_PASSWORD}');
    expect(() => loadInventory(join(cwd, 'machines/bad.yaml'))).toThrow('cannot be used');
  });
});

it('the example is one', () => {
  const { status, stdout } = planRun(['validate', 'examples/inventory.yaml']);
  expect(status).toBe(0);
  // whoever has no such key yet is told so
  expect(stdout).not.toMatch(/error|faults-not-allowed|same-machine/);
  expect(planRun(['timeline', 'plans/redis-sentinel.yaml', '--inventory', 'examples/inventory.yaml']).status).toBe(0);
});
