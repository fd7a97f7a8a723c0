/**
 * `install: download`: MongoDB's own package for this machine, in the cache of mongodb-memory-server (its variables, MONGOMS_...,
 * say where that is and where packages come from). It knows which package a system needs, checks its sum and keeps it.
 */
import { messageOf, PlanRunError } from '../../base/errors.ts';
import { type MongoSettings, versionOf } from './settings.ts';

type Wanted = Pick<MongoSettings, 'version'>;

/**
 * Downloads it, unless it is there. @param say tells that it does.
 * @throws PlanRunError `unavailable` with the reason where that cannot be.
 */
export async function download(settings: Wanted, say: (words: string) => void): Promise<void> {
  if ((await downloaded(settings)) !== undefined) return;
  say(`downloads MongoDB ${versionOf(settings) ?? '(the version that mongodb-memory-server prefers)'}`);
  const { MongoBinary } = await import('mongodb-memory-server-core');
  const { MongoBinaryDownload } = await import('mongodb-memory-server-core/lib/util/MongoBinaryDownload.js');
  // It would print how far it is to standard output, which is for results; it counts there, too.
  MongoBinaryDownload.prototype.printDownloadProgress = function (chunk) {
    this.dlProgress.current += chunk.length;
  };
  try {
    say(`has it: ${await MongoBinary.getPath(optionsOf(settings))}`);
  } catch (cause) {
    throw new PlanRunError('unavailable', `Cannot download MongoDB: ${messageOf(cause)}`, {
      cause,
      hint: 'set MONGOD to a mongod, or put one on PATH, and leave out database.mongodb.install; a mirror can be named by MONGOMS_DOWNLOAD_MIRROR',
    });
  }
}

/** Where it is on this machine; undefined where it has not been downloaded. Asks nobody. */
export async function downloaded(settings: Wanted): Promise<string | undefined> {
  const { DryMongoBinary } = await import('mongodb-memory-server-core');
  // The options decide the default version, too.
  return DryMongoBinary.locateBinary(await DryMongoBinary.generateOptions(optionsOf(settings)));
}

function optionsOf(settings: Wanted): { version?: string } {
  const version = versionOf(settings);
  return version === undefined ? {} : { version };
}
