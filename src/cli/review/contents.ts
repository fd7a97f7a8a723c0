/** What is in the files of either side: never more of one than a plan may have, and never by way of a link. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import { PLAN_SIZE_MAX_BYTES } from '../../plan/index.ts';
import type { GitFile } from './changed-files.ts';
import { type Git, incomplete } from './git.ts';

/** Of a file that is too big to be a plan, enough to see whether it was meant to be one. */
export const HEAD_BYTES = 64 * 1024;

export type Content =
  | { readonly kind: 'text'; readonly bytes: Buffer }
  /** Larger than a plan may be: how it begins. */
  | { readonly kind: 'big'; readonly bytes: Buffer }
  /** A symbolic link, and what it says. */
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'unreadable'; readonly why: string };

const LINK = '120000';
const SUBMODULE = '160000';
/** All that is read of a branch, so that thousands of files do not fill the memory. */
const ALL_MAX_BYTES = 256 * 1024 * 1024;
/** More is no path. */
const TARGET_MAX_BYTES = 4096;

/**
 * The content of each file that has one; a submodule has none.
 * @param top of the working tree: for files that have no blob.
 */
export async function contentsOf(
  git: Git,
  top: string | undefined,
  files: readonly GitFile[],
): Promise<Map<GitFile, Content>> {
  const read = files.filter(({ mode }) => mode !== SUBMODULE);
  const objects = await readObjects(git, [...new Set(read.flatMap(({ oid }) => oid ?? []))]);
  const contents = new Map<GitFile, Content>();
  let sizeBytes = 0;
  for (const file of read) {
    const content = file.oid === undefined ? readWorking(top as string, file) : objects.get(file.oid);
    if (content === undefined) continue;
    if (file.oid === undefined && 'bytes' in content) sizeBytes += content.bytes.length;
    if (sizeBytes > ALL_MAX_BYTES) throw tooMuch();
    contents.set(file, file.mode === LINK && 'bytes' in content ? linkOf(content.bytes) : content);
  }
  return contents;
}

function linkOf(target: Buffer): Content {
  return { kind: 'link', target: target.subarray(0, TARGET_MAX_BYTES).toString('utf8') };
}

/** Sizes first: then those that are not too big, all in one go, and of the others how they begin. */
async function readObjects(git: Git, oids: readonly string[]): Promise<Map<string, Content>> {
  const found = new Map<string, Content>();
  if (oids.length === 0) return found;
  const format = '--batch-check=%(objectname) %(objecttype) %(objectsize)';
  const { stdout } = await git.ask(['cat-file', format], { input: oids.map((oid) => `${oid}\n`).join('') });
  const small: string[] = [];
  let sizeBytes = 0;
  for (const line of stdout.toString('latin1').trimEnd().split('\n')) {
    const [oid = '', type = '', size = ''] = line.split(' ');
    if (type !== 'blob') throw incomplete();
    if (Number(size) <= PLAN_SIZE_MAX_BYTES) {
      small.push(oid);
      sizeBytes += Number(size);
      if (sizeBytes > ALL_MAX_BYTES) throw tooMuch();
    } else {
      found.set(oid, { kind: 'big', bytes: await headOf(git, oid) });
    }
  }
  for (const [oid, bytes] of await batch(git, small)) found.set(oid, { kind: 'text', bytes });
  return found;
}

async function headOf(git: Git, oid: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  await git.stream(['cat-file', 'blob', oid], '', (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    return length >= HEAD_BYTES ? 'enough' : 'more';
  });
  return Buffer.concat(chunks).subarray(0, HEAD_BYTES);
}

/** `OID blob SIZE\n`, so many bytes, `\n`, again and again. */
async function batch(git: Git, oids: readonly string[]): Promise<[string, Buffer][]> {
  const found: [string, Buffer][] = [];
  if (oids.length === 0) return found;
  let rest: Buffer[] = [];
  let length = 0;
  let wanted = 1;
  const args = ['cat-file', '--batch=%(objectname) %(objectsize)'];
  const { exitCode } = await git.stream(args, oids.map((oid) => `${oid}\n`).join(''), (chunk) => {
    rest.push(chunk);
    length += chunk.length;
    if (length < wanted) return 'more';
    let bytes = Buffer.concat(rest);
    for (;;) {
      const end = bytes.indexOf('\n');
      const [oid = '', size = ''] = bytes.toString('latin1', 0, Math.max(end, 0)).split(' ');
      if (end >= 0 && !/^\d+$/.test(size)) throw incomplete();
      wanted = end < 0 ? bytes.length + 1 : end + 1 + Number(size) + 1;
      if (bytes.length < wanted) break;
      found.push([oid, Buffer.from(bytes.subarray(end + 1, wanted - 1))]);
      bytes = bytes.subarray(wanted);
    }
    rest = [bytes];
    length = bytes.length;
    return 'more';
  });
  if (exitCode !== 0 || found.length < oids.length) throw incomplete();
  return found;
}

function tooMuch(): PlanRunError {
  const hint = 'name the paths of the plans: plan-run review plans/';
  return new PlanRunError('refused', 'The YAML files that differ have more than 256 MB', { hint });
}

/** A file of the working tree; undefined where there is none any more. */
function readWorking(top: string, { path }: GitFile): Content | undefined {
  const separator = Buffer.from(sep);
  const whole = Buffer.concat([Buffer.from(top), separator, path.bytes]);
  try {
    const folder = realpathSync(whole.subarray(0, whole.lastIndexOf(separator)), 'utf8');
    if (folder !== top && !folder.startsWith(`${top}${sep}`)) {
      return { kind: 'unreadable', why: 'its folder is a link that leads out of the repository' };
    }
    if (lstatSync(whole).isSymbolicLink()) return linkOf(readlinkSync(whole, 'buffer'));
    return readAtMost(whole);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return { kind: 'unreadable', why: code === 'EACCES' ? 'permission denied' : messageOf(error) };
  }
}

/** A pipe is not waited for, and a link that has just taken the file's place is not followed. */
function readAtMost(file: Buffer): Content {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const is = fstatSync(descriptor);
    if (!is.isFile()) return { kind: 'unreadable', why: 'it is a pipe, a socket or a device, not a file' };
    const bytes = Buffer.alloc(Math.min(is.size, PLAN_SIZE_MAX_BYTES) + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < bytes.length; length += count) {
      count = readSync(descriptor, bytes, length, bytes.length - length, null);
    }
    if (length > PLAN_SIZE_MAX_BYTES) return { kind: 'big', bytes: Buffer.from(bytes.subarray(0, HEAD_BYTES)) };
    return { kind: 'text', bytes: bytes.subarray(0, length) };
  } finally {
    closeSync(descriptor);
  }
}
