/** `install: download`, from a mirror within this process that has the double in MongoDB's packing. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Node } from '../../../src/contract/index.ts';
import { mongodb } from '../../../src/db/mongodb/index.ts';
import { downloaded } from '../../../src/db/mongodb/install.ts';
import { findMongod } from '../../../src/db/mongodb/mongod.ts';
import { loopbackNodes } from '../loopback-nodes.ts';
import { buildDouble } from './double/build.ts';
import { settingsOf } from './plan.ts';

vi.setConfig({ testTimeout: 60_000 });

const VERSION = '7.0.99';
let folder: string;
const ends: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-run-install-'));
  vi.stubEnv('MONGOMS_DOWNLOAD_DIR', join(folder, 'cache'));
  vi.stubEnv('MONGOMS_DISTRO', 'debian-12');
  vi.stubEnv('MONGOMS_MAX_RETRIES', '1');
  vi.stubEnv('MONGOMS_USE_HTTP', 'true');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const end of ends.splice(0)) await end();
  rmSync(folder, { recursive: true });
});

/** A mirror that answers each path with these bytes, or with 404. @returns what it was asked for. */
async function mirror(bytes: Buffer | undefined): Promise<string[]> {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    if (bytes === undefined) return void response.writeHead(404).end();
    const sum = createHash('md5').update(bytes).digest('hex');
    response.end(url.endsWith('.md5') ? `${sum}  archive.tgz` : bytes);
  }).listen(0, '127.0.0.1');
  ends.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  vi.stubEnv('MONGOMS_DOWNLOAD_MIRROR', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return asked;
}

/** The double, packed as MongoDB packs mongod. A real one is large, and what is small is taken for broken off. */
function archive(): Buffer {
  const double = buildDouble();
  const bin = join(folder, 'mongodb-linux-x86_64-debian12-7.0.99', 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'mongod'), `${readFileSync(double, 'utf8')}\n//${' '.repeat(1024 * 1024)}`);
  chmodSync(join(bin, 'mongod'), 0o755);
  rmSync(dirname(double), { recursive: true });
  execFileSync('tar', ['-czf', join(folder, 'archive.tgz'), '-C', folder, 'mongodb-linux-x86_64-debian12-7.0.99']);
  return readFileSync(join(folder, 'archive.tgz'));
}

test('it is fetched before the run, once; nodes find it where it is, without asking anybody', async () => {
  const asked = await mirror(archive());
  const settings = settingsOf({ install: 'download', version: VERSION });
  const said: string[] = [];
  const printed = [vi.spyOn(console, 'log'), vi.spyOn(process.stdout, 'write')];
  await mongodb.fetch!(settings, (words) => said.push(words));
  expect(said).toEqual([`downloads MongoDB ${VERSION}`, expect.stringContaining(`has it: ${join(folder, 'cache')}`)]);
  // Standard output is for results.
  for (const print of printed) expect(print).not.toHaveBeenCalled();
  expect(asked).toContainEqual(expect.stringMatching(/mongodb-linux-.*-7\.0\.99\.tgz$/));

  const before = asked.length;
  await mongodb.fetch!(settings, (words) => said.push(words));
  expect(said).toHaveLength(2);
  vi.stubEnv('MONGOD', '/nowhere/mongod');
  const [node] = await loopbackNodes(1);
  ends.push(() => node!.remove());
  expect(await findMongod(node!, settings)).toBe(await downloaded(settings));
  expect(asked).toHaveLength(before);

  // A node elsewhere: what is on this machine is not there.
  const path = await downloaded(settings);
  const copies: [string, string][] = [];
  const elsewhere: Node = {
    ...node!,
    exec: (argv, options) =>
      node!.exec(
        argv.map((one) => (one === path ? '/not/there' : one)),
        options,
      ),
    upload: (source, target) => {
      copies.push([source, target]);
      return node!.upload(source, target);
    },
  };
  expect(await findMongod(elsewhere, settings)).toBe(`${node!.dir}/mongod`);
  expect(copies).toEqual([[path, `${node!.dir}/mongod`]]);
});

test('what cannot be had is told before anything is started, with the ways out', async () => {
  await mirror(undefined);
  const settings = settingsOf({ install: 'download', version: '7.0.98' });
  await expect(mongodb.fetch!(settings, () => {})).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/^Cannot download MongoDB: .*404/s),
    fields: { hint: expect.stringMatching(/MONGOD .*PATH.*MONGOMS_DOWNLOAD_MIRROR/) },
  });
  const [node] = await loopbackNodes(1);
  ends.push(() => node!.remove());
  await expect(findMongod(node!, settings)).rejects.toMatchObject({
    code: 'unavailable',
    message: 'There is no mongod for n1: MongoDB 7.0.98 has not been downloaded',
  });
});

test('without the setting nobody is asked', async () => {
  const asked = await mirror(undefined);
  await mongodb.fetch!(settingsOf({}), () => {
    throw new Error('it says something');
  });
  expect(asked).toEqual([]);
});
