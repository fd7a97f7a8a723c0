/** A service on loopback nodes: files, commands, start, readiness, roles, deaths, logs. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../src/base/logger.ts';
import type { Cluster } from '../../../src/contract/index.ts';
import { service } from '../../../src/db/service/index.ts';
import type { ServiceSettings } from '../../../src/db/service/settings.ts';
import { makeRealClock } from '../../../src/env/real-clock.ts';
import { check } from '../../../src/plan/settings/check.ts';
import type { Schema } from '../../../src/plan/settings/words.ts';
import { type LoopbackNode, loopbackNodes } from '../loopback-nodes.ts';

vi.setConfig({ testTimeout: 60_000 });

const STORE = join(import.meta.dirname, 'store.mjs');
const clock = makeRealClock();
/** Whatever a shell would read. */
const HOSTILE = [`'"\`$(touch pwned)`, '-rf', '; touch pwned;', 'a\nb', '*', '', ' {{open}}x}} ', '\\', '$HOME', 'ü💥'];

const SERVICE = {
  files: { 'store.mjs': 'store.mjs' },
  start: ['node', 'store.mjs', '{{address}}', '{{port}}', 'set.txt'],
  ready: { path: '/health' },
  requests: {
    add: { path: '/set', body: '{{value}}', ok: [200] },
    read: { path: '/set', answer: '/elements' },
    'read-node': { path: '/set', answer: '/elements' },
  },
};

let folder: string;
let nodes: LoopbackNode[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-run-service-'));
  writeFileSync(join(folder, 'store.mjs'), readFileSync(STORE));
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.remove()));
  rmSync(folder, { recursive: true });
});

/** As a plan has it: over the defaults. */
async function deploy(count: number, more: object = {}): Promise<Cluster> {
  const settings = { port: 18_080, ...SERVICE, ...more };
  expect(check(service.settings as unknown as Schema, settings, '')).toEqual([]);
  expect(service.problems!(settings as unknown as ServiceSettings, { nodes: [], simulated: false })).toEqual([]);
  nodes = await loopbackNodes(count);
  return service.deploy!({
    nodes,
    settings: settings as unknown as ServiceSettings,
    workload: 'set',
    workloadSettings: {},
    folder,
    clock,
    log: silentLogger,
  });
}

const becomes = (cluster: Cluster, words: string | undefined) =>
  expect.poll(() => cluster.ready(), { timeout: 20_000 }).toBe(words);
const inNode = (k: number, path: string) => join(nodes[k]!.dir, path);

test('brought, installed, started; killed, it comes back with what it had', async () => {
  const cluster = await deploy(2, { install: [['sh', '-c', 'echo "$1" >set.txt', 'sh', '{{id}}']] });
  await becomes(cluster, undefined);
  const client = await cluster.connect({ client: 0, home: 'n2', address: nodes[0]!.address });
  expect(await client.invoke({ f: 'add', value: 7 })).toEqual({ type: 'ok' });
  expect(await client.invoke({ f: 'read', value: null })).toEqual({ type: 'ok', value: [2, 7] });
  expect(await client.invoke({ f: 'read-node', value: ['n1', null] })).toEqual({ type: 'ok', value: ['n1', [1]] });

  await cluster.kill('n2');
  expect(await cluster.processes('n2')).toBe('dead');
  expect(await client.invoke({ f: 'add', value: 8 })).not.toMatchObject({ type: 'ok' });
  expect(await cluster.ready()).toMatch(
    /^n2: the service has ended; its log ends with: .*TOKEN|^n2: the service has ended; its log ends with: \{/,
  );
  await cluster.start('n2');
  await becomes(cluster, undefined);
  expect(await client.invoke({ f: 'read', value: null })).toEqual({ type: 'ok', value: [2, 7] });

  await cluster.pause('n1');
  expect(await cluster.processes('n1')).toBe('paused');
  expect(await cluster.ready()).toBe('n1: the service is paused');
  await cluster.resume('n1');
  await becomes(cluster, undefined);
  await client.close();
});

test('a program that was brought is named from the node’s directory, in each command', async () => {
  writeFileSync(
    join(folder, 'app'),
    '#!/bin/sh\ncase $1 in --version) echo 2.1 ;; *) exec node store.mjs "$@" ;; esac\n',
  );
  chmodSync(join(folder, 'app'), 0o755);
  const cluster = await deploy(1, {
    files: { ...SERVICE.files, 'bin/app': 'app' },
    install: [['bin/app', '--version']],
    version: { command: ['./bin/app', '--version'], expect: '2.1' },
    start: ['bin/app', ...SERVICE.start.slice(2)],
    ready: ['bin/app', '--version'],
  });
  await becomes(cluster, undefined);
});

test('whatever an argument, a variable or a header is, it arrives as it is', async () => {
  const cluster = await deploy(1, {
    install: [
      [
        'node',
        '-e',
        "require('node:fs').writeFileSync('argv.json', JSON.stringify(process.argv.slice(1)))",
        '--',
        ...HOSTILE,
      ],
    ],
    start: [...SERVICE.start, ...HOSTILE, '{{node}}|{{dir}}'],
    env: { TOKEN: HOSTILE.join('|') },
    ready: { path: '/health?q={{node}}', headers: { 'x-key': 'a "b" \\n \\' }, answer: '/key', equals: 'a "b" \\n \\' },
  });
  await becomes(cluster, undefined);
  const [argument, ...others] = [HOSTILE.indexOf(' {{open}}x}} ')];
  expect(others).toEqual([]);
  const expected = HOSTILE.map((word, k) => (k === argument ? ' {{x}} ' : word));
  expect(JSON.parse(readFileSync(inNode(0, 'argv.json'), 'utf8'))).toEqual(expected);
  const [line = ''] = readFileSync(nodes[0]!.logPath('service'), 'utf8').split('\n');
  const { dir } = nodes[0]!;
  expect(JSON.parse(line)).toEqual({ rest: [...expected, `n1|${dir}`], token: expected.join('|'), cwd: dir });
  expect(existsSync(inNode(0, 'pwned'))).toBe(false);
});

test('files come byte by byte, below the node’s directory, and keep their mode', async () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, k) => (k * 7) % 256));
  mkdirSync(join(folder, 'deep'));
  writeFileSync(join(folder, 'deep', "odd 'name"), bytes);
  chmodSync(join(folder, 'deep', "odd 'name"), 0o755);
  writeFileSync(join(folder, 'empty'), '');
  await deploy(1, { files: { ...SERVICE.files, "bin/to/it's": "deep/odd 'name", empty: 'empty' } });
  expect(readFileSync(inNode(0, "bin/to/it's")).equals(bytes)).toBe(true);
  expect(statSync(inNode(0, "bin/to/it's")).mode & 0o111).toBe(0o111);
  expect(statSync(inNode(0, 'empty')).size).toBe(0);
  expect(statSync(inNode(0, 'store.mjs')).mode & 0o111).toBe(0);
});

describe('what keeps it from running is told', () => {
  test('a file that is not there, before anything is done', async () => {
    await expect(deploy(1, { files: { 'app/x': 'nowhere/x' }, install: [['touch', 'done']] })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^Cannot bring "app\/x" to the nodes: ENOENT.*nowhere\/x/),
      fields: { hint: expect.stringContaining('relative to the plan') },
    });
    expect(existsSync(inNode(0, 'done'))).toBe(false);
  });

  test('a folder, and a file that is too large', async () => {
    mkdirSync(join(folder, 'lib'));
    await expect(deploy(1, { files: { lib: 'lib' } })).rejects.toMatchObject({
      message: expect.stringContaining('EISDIR'),
    });
    await Promise.all(nodes.splice(0).map((node) => node.remove()));
    writeFileSync(join(folder, 'large'), Buffer.alloc(33 * 1024 * 1024));
    await expect(deploy(1, { files: { large: 'large' } })).rejects.toMatchObject({
      message: expect.stringContaining('it has 33 MB, and 32 are the most'),
    });
  });

  test('a command of install that fails, or takes too long', async () => {
    await expect(
      deploy(1, {
        install: [['true'], ['sh', '-c', 'echo "no $1" >&2; exit 4', 'sh', '{{node}}'], ['touch', 'after']],
      }),
    ).rejects.toMatchObject({
      code: 'command-failed',
      message: 'Cannot install the service on n1: "sh -c echo "no $1" >&2; exit 4 sh n1" ended with exit code 4: no n1',
      fields: { node: 'n1', exitCode: 4, stderr: 'no n1', hint: expect.stringContaining('install[1]') },
    });
    expect(existsSync(inNode(0, 'after'))).toBe(false);
    await Promise.all(nodes.splice(0).map((node) => node.remove()));
    await expect(deploy(1, { install: [['sleep', '60']], install_timeout: '100ms' })).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot install the service on n1: "sleep 60" took longer than 0\.1 s/),
      code: 'timeout',
    });
  });

  test('another version, and none', async () => {
    const of = (...command: string[]) => ({ version: { command, expect: '21.1' } });
    await expect(deploy(1, of('echo', 'v20.19.0'))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'Cannot run echo 21.1 on n1: 20.19.0 is installed',
      fields: { hint: 'install echo 21.1 on the node, or change database.service.version' },
    });
    await Promise.all(nodes.splice(0).map((node) => node.remove()));
    await expect(deploy(1, of('echo', 'none'))).rejects.toMatchObject({
      message: 'Cannot run echo 21.1 on n1: "echo none" names no version',
    });
    await Promise.all(nodes.splice(0).map((node) => node.remove()));
    await expect(deploy(1, of('echo', 'v21.1.7'))).resolves.toBeDefined();
  });

  test('a program that is not there, and one that ends at once', async () => {
    await expect(deploy(1, { start: ['no-such-program'] })).rejects.toMatchObject({
      code: 'command-failed',
      message: expect.stringContaining('no-such-program: not found'),
    });
    await Promise.all(nodes.splice(0).map((node) => node.remove()));
    const cluster = await deploy(1, { start: [...SERVICE.start, '--die'] });
    await expect
      .poll(() => cluster.ready(), { timeout: 20_000 })
      .toMatch(/^n1: the service has ended; its log ends with: .*cannot live like this$/s);
  });
});

describe('ready', () => {
  test('as a command says, with what it has said', async () => {
    const cluster = await deploy(1, {
      ready: ['sh', '-c', 'test -e there || { echo "$1 is not there" >&2; exit 7; }', 'sh', '{{id}}'],
    });
    const words =
      '"sh -c test -e there || { echo "$1 is not there" >&2; exit 7; } sh 1" ended with exit code 7: 1 is not there';
    expect(await cluster.ready()).toBe(`n1: ${words}`);
    writeFileSync(inNode(0, 'there'), '');
    expect(await cluster.ready()).toBeUndefined();
  });

  test('as an answer says: its status, and what stands in it', async () => {
    const question = { path: '/health', answer: '/role', equals: 'primary' };
    const cluster = await deploy(1, { ready: question });
    await becomes(cluster, 'n1: asked for /health, /role is "replica", not "primary"');
    writeFileSync(inNode(0, 'primary'), '');
    expect(await cluster.ready()).toBeUndefined();
    await cluster.stop('n1');
    expect(await cluster.processes('n1')).toBe('dead');
  });

  test('a status that does not say yes, and nobody there', async () => {
    const cluster = await deploy(1, { ready: { path: '/health', ok: [204] } });
    await expect
      .poll(() => cluster.ready(), { timeout: 20_000 })
      .toMatch(/^n1: asked for \/health, it answers with status 200: \{/);
    await Promise.all(nodes.splice(0).map((node) => node.remove()));
    const silent = await deploy(1, { start: ['sleep', '60'] });
    expect(await silent.ready()).toMatch(/^n1: GET \/health has no answer: curl: \(7\)/);
  });
});

test('the primary: who says so, and ready only when exactly one does', async () => {
  const cluster = await deploy(3, { primary: { path: '/role', answer: '/role', equals: 'primary' } });
  await becomes(cluster, 'no node says that it is the primary');
  writeFileSync(inNode(1, 'primary'), '');
  expect(await cluster.ready()).toBeUndefined();
  expect(await cluster.primaries()).toEqual(['n2']);
  writeFileSync(inNode(2, 'primary'), '');
  expect(await cluster.ready()).toBe('n2 and n3 say that they are the primary');
  expect(await cluster.primaries()).toEqual(['n2', 'n3']);
  await cluster.pause('n2');
  expect(await cluster.primaries()).toEqual(['n3']);
});

test('a command can say who is primary, too', async () => {
  const cluster = await deploy(2, { primary: ['test', '{{node}}', '=', 'n2'] });
  await becomes(cluster, undefined);
  expect(await cluster.primaries()).toEqual(['n2']);
});

describe('stop', () => {
  test('by the signal that the plan names; its logs are those it names, too', async () => {
    const cluster = await deploy(1, { stop: 'INT', logs: ['own/app.log', '{{dir}}/own/{{node}}.log'] });
    await becomes(cluster, undefined);
    await cluster.stop('n1');
    expect(await cluster.processes('n1')).toBe('dead');
    const [own, app = '', absolute] = cluster.logs('n1');
    expect([own, app, absolute]).toEqual([
      nodes[0]!.logPath('service'),
      inNode(0, 'own/app.log'),
      inNode(0, 'own/n1.log'),
    ]);
    expect(readFileSync(app, 'utf8')).toMatch(/asked to end by SIGINT\n$/);
  });

  test('by a command, also where it is paused; a command that fails is told', async () => {
    const cluster = await deploy(1, { stop: ['curl', '-s', 'http://{{address}}:{{port}}/quit'] });
    await becomes(cluster, undefined);
    await cluster.pause('n1');
    await cluster.stop('n1');
    expect(await cluster.processes('n1')).toBe('dead');
    await expect(cluster.stop('n1')).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot stop the service on n1: "curl -s .*\/quit" ended with exit code (7|56)$/),
    });
  });
});
