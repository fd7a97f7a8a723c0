/** Which files differ between the two sides, with renames; and which of them the command line asks for. */

import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import type { Git } from './git.ts';
import type { Repository, Sides } from './repository.ts';

/** A path as git has it, which may hold any bytes, and as it is named: unlike bytes have unlike names. */
export interface GitPath {
  readonly bytes: Buffer;
  readonly name: string;
}

/** A file on one side. */
export interface GitFile {
  readonly path: GitPath;
  /** `100644`, `100755`; `120000`: a link; `160000`: a submodule. */
  readonly mode: string;
  /** Of its blob; undefined: it is in the working tree. */
  readonly oid?: string | undefined;
}

export interface ChangedFile {
  readonly before?: GitFile;
  readonly after?: GitFile;
}

export interface Changed {
  /** All of them, whatever they are. */
  readonly files: readonly ChangedFile[];
  /** Whether the command line asks for a path. */
  asks(path: GitPath): boolean;
  /** Whether it names it, letter by letter. */
  names(path: GitPath): boolean;
}

/** Renames are looked for among so many files of each side. */
const RENAMES_MAX = 2_000;

export async function changedFiles(repository: Repository, sides: Sides, paths: readonly string[]): Promise<Changed> {
  const { git, prefix } = repository;
  const { base, head } = sides;
  const raw = ['--raw', '-z', '--no-ext-diff', '--no-textconv', '--ignore-submodules=all'];
  const from = `${base.commit}^{tree}`;
  const compared = head === undefined ? ['diff-index', ...raw] : ['diff-tree', '-r', ...raw];
  const trees = head === undefined ? [from] : [from, `${head.commit}^{tree}`];
  const renames = ['-M', `-l${RENAMES_MAX}`, '--end-of-options', ...trees, '--'];
  const { stdout } = await git.ask([...compared, ...renames]);
  const untracked = head === undefined ? await untrackedFiles(git, [':/']) : [];
  const files = [
    ...readRaw(stdout, head === undefined),
    ...untracked.map((path) => ({ after: { path, mode: '100644' } })),
  ];
  const literal = new Set(paths.map((path) => posix.join(prefix, path)));
  const names = ({ name }: GitPath) => literal.has(name);
  if (paths.length === 0) return { files, names, asks: () => true };
  const listed = await git.ask(
    [...compared, '--no-renames', '--name-only', '--end-of-options', ...trees, '--', ...paths].filter(
      (one) => one !== '--raw',
    ),
  );
  const asked = new Set(splitZ(listed.stdout).map((bytes) => bytes.toString('latin1')));
  if (head === undefined) for (const path of await untrackedFiles(git, paths)) asked.add(path.bytes.toString('latin1'));
  return { files, names, asks: ({ bytes }) => asked.has(bytes.toString('latin1')) };
}

async function untrackedFiles(git: Git, paths: readonly string[]): Promise<GitPath[]> {
  const { stdout } = await git.ask(['ls-files', '-z', '--others', '--exclude-standard', '--full-name', '--', ...paths]);
  // With a slash at the end it is a repository of its own.
  return splitZ(stdout)
    .map(pathOf)
    .filter(({ name }) => !name.endsWith('/'));
}

/** `:100644 100755 OID OID R086\0OLD\0NEW\0`, again and again: see git-diff-index(1), "Raw output format". */
function readRaw(stdout: Buffer, isWorking: boolean): ChangedFile[] {
  const fields = splitZ(stdout).values();
  const files: ChangedFile[] = [];
  for (const field of fields) {
    const [oldMode = '', newMode = '', oldOid, newOid, status = ''] = field.toString('latin1').slice(1).split(' ');
    const first = pathOf(fields.next().value as Buffer);
    const second = status.startsWith('R') ? pathOf(fields.next().value as Buffer) : first;
    // Of what is not merged yet there is another line: how it differs.
    if (status === 'U') continue;
    const before = { path: first, mode: oldMode, oid: oldOid };
    // Where it has looked for renames, git tells what the blob of a file would be called; there is none.
    const after = { path: second, mode: newMode, oid: isWorking ? undefined : newOid };
    files.push({ ...(isZero(oldMode) ? {} : { before }), ...(isZero(newMode) ? {} : { after }) });
  }
  return files;
}

function isZero(text: string): boolean {
  return /^0+$/.test(text);
}

export function splitZ(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start);
    parts.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    start = end < 0 ? bytes.length : end + 1;
  }
  return parts;
}

/** Bytes that are not UTF-8 are named `\xff`, as `ls` does. */
export function pathOf(bytes: Buffer): GitPath {
  if (isUtf8(bytes)) return { bytes, name: bytes.toString('utf8') };
  const escaped = [...bytes].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`));
  return { bytes, name: escaped.join('') };
}
