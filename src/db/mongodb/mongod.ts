/** Where a node's mongod is, and whether it will do. */
import { PlanRunError } from '../../base/errors.ts';
import type { Node } from '../../contract/index.ts';
import { requireVersion } from '../version.ts';
import { type MongoSettings, OLDEST, protocolOf, versionOf } from './settings.ts';

/** `db version v7.0.14` */
const VERSION = /\bdb version v(\d+\.\d+\.\d+)/;

/** The node's own words: its shell has the variables of who runs it, in the lab those of plan-run. */
const LOCATE = ['sh', '-c', 'command -v -- "${MONGOD:-mongod}"'];

/**
 * The path of the node's mongod: the one that was downloaded, or else `MONGOD` in the node's environment, or `mongod` on its PATH.
 * @throws PlanRunError `unavailable` where there is none, or its version is another than is wanted, or too old.
 */
export async function findMongod(node: Node, settings: MongoSettings): Promise<string> {
  const path = settings.install === 'download' ? await downloadedPath(node, settings) : await locate(node);
  const argv = [path, '--version'];
  const wanted = versionOf(settings);
  const installed = await requireVersion({ title: 'MongoDB', key: 'mongodb', node, argv, pattern: VERSION, wanted });
  if (protocolOf({ version: installed }) === 'current') return path;
  const found = installed === '' ? `"${argv.join(' ')}" names no version` : `it is ${installed}`;
  throw new PlanRunError('unavailable', `Cannot run ${path} on ${node.name}: ${found}`, {
    node: node.name,
    command: argv.join(' '),
    hint: `the driver speaks with MongoDB ${OLDEST} and later`,
  });
}

async function locate(node: Node): Promise<string> {
  const { stdout, exitCode } = await node.exec(LOCATE, { allowFailure: true });
  if (exitCode === 0) return stdout.trim();
  throw missing(node, 'MONGOD is not set to one, and there is none on PATH');
}

/** The lab's nodes see the files of this machine, others get a copy. */
async function downloadedPath(node: Node, settings: MongoSettings): Promise<string> {
  const { downloaded } = await import('./install.ts');
  const path = await downloaded(settings);
  if (path === undefined) throw missing(node, `MongoDB ${versionOf(settings) ?? ''} has not been downloaded`);
  const { exitCode } = await node.exec(['test', '-x', path], { allowFailure: true });
  if (exitCode === 0) return path;
  const copy = `${node.dir}/mongod`;
  await node.upload(path, copy);
  return copy;
}

function missing(node: Node, why: string): PlanRunError {
  return new PlanRunError('unavailable', `There is no mongod for ${node.name}: ${why}`, {
    node: node.name,
    hint: 'set MONGOD to its absolute path; or put mongod on PATH (https://www.mongodb.com/docs/manual/installation); or have it fetched: database.mongodb.install: download. Without one: --env sim',
  });
}
