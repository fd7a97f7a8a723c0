/** The repository that a review is run in, and the two sides that it compares. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlanRunError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { failed, Git } from './git.ts';

export interface Repository {
  readonly git: Git;
  /** Absolute, without links: the top of the working tree; undefined where there is none. */
  readonly top: string | undefined;
  /** Path of the current directory below the top: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly shallow: boolean;
}

export interface Commit {
  readonly ref: string;
  readonly commit: string;
}

/** What is compared. */
export interface Sides {
  /** `commit` is the merge base. */
  readonly base: Commit;
  /** Undefined: the working tree. */
  readonly head: Commit | undefined;
  /** What the user should know about the choice. */
  readonly note?: string;
}

/** @throws PlanRunError `usage` outside of a repository, `unavailable` where git cannot be run or refuses. */
export async function openRepository(cwd: string): Promise<Repository> {
  const plain = new Git(cwd);
  const asked = ['--is-inside-work-tree', '--is-shallow-repository', '--show-cdup', '--show-prefix'];
  const { stdout } = await plain.ask(['rev-parse', ...asked]);
  // A name of a folder may hold a line break: the last one is what is left.
  const [inside, shallow, up = '', ...rest] = stdout.toString('utf8').split('\n');
  const git = new Git(cwd, await withoutFilters(plain));
  const top = inside === 'true' ? realpathSync(resolve(cwd, up)) : undefined;
  return { git, top, prefix: rest.slice(0, -1).join('\n'), shallow: shallow === 'true' };
}

/** To look for renames git reads files as they would be committed: by filters, which .gitattributes of a branch may ask for. */
async function withoutFilters(git: Git): Promise<(readonly [name: string, value: string])[]> {
  const { stdout } = await git.ask(['config', '-z', '--name-only', '--get-regexp', '^filter\\.'], { codes: [0, 1] });
  const names = stdout
    .toString('utf8')
    .split('\0')
    .filter((name) => /^filter\..+\.[^.]+$/s.test(name));
  const drivers = new Set(names.map((name) => name.slice(0, name.lastIndexOf('.'))));
  return [...drivers].flatMap((driver) => [
    ...(['clean', 'smudge', 'process'] as const).map((key) => [`${driver}.${key}`, ''] as const),
    [`${driver}.required`, 'false'] as const,
  ]);
}

/** Refs that are looked for where none is named, in this order. */
const DEFAULT_BASES = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'];

export interface Named {
  readonly base?: string | undefined;
  readonly head?: string | undefined;
}

/** Finds the commits. @throws PlanRunError `usage` for what cannot be told or is not there. */
export async function sidesOf(repository: Repository, named: Named): Promise<Sides> {
  const { git, top } = repository;
  for (const ref of [named.base, named.head]) {
    if (ref !== undefined && (ref === '' || /[\n\0]/.test(ref))) throw unknownRef(ref, repository);
  }
  if (named.head === undefined && top === undefined) {
    const hint = 'name what is to be reviewed: --head REF';
    throw new PlanRunError('usage', 'There is no working tree here', { hint });
  }
  const pulled = process.env.GITHUB_ACTIONS === 'true' ? process.env.GITHUB_BASE_REF : undefined;
  const wanted = named.base ?? (pulled ? `origin/${pulled}` : undefined);
  const candidates = wanted === undefined ? DEFAULT_BASES : [wanted];
  const head = named.head ?? 'HEAD';
  const [headCommit, ...commits] = await commitsOf(git, [head, ...candidates]);
  if (headCommit === undefined) throw named.head === undefined ? nothingCommitted() : unknownRef(head, repository);
  const at = commits.findIndex((commit) => commit !== undefined);
  const [ref, tip] = [candidates[at], commits[at]];
  if (ref === undefined || tip === undefined) {
    if (wanted !== undefined) throw unknownRef(wanted, repository);
    const hint = 'name it: --base REF (--base HEAD: what is not committed yet)';
    throw new PlanRunError('usage', `There is no ref to compare with: none of ${DEFAULT_BASES.join(', ')}`, { hint });
  }
  const own = wanted === undefined && tip === headCommit;
  if (own && named.head !== undefined) {
    const hint = 'name another one: --base REF';
    throw new PlanRunError('usage', `Cannot compare ${head} with ${ref}: they are the same commit`, { hint });
  }
  const [commit, ...others] = await mergeBases(repository, { ref, commit: tip }, { ref: head, commit: headCommit });
  const notes = [
    ...(own ? [`${ref} is where this branch is: only what is not committed yet is reviewed`] : []),
    ...(others.length === 0
      ? []
      : [
          `${ref} and ${head} were merged into one another and parted in ${others.length + 1} commits: compared with ${commit.slice(0, 10)}, so that what came from ${ref} may be among the changes`,
        ]),
  ];
  return {
    base: { ref, commit },
    head: named.head === undefined ? undefined : { ref: head, commit: headCommit },
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
  };
}

/** The commit of each ref; undefined where there is none. On stdin no ref is taken for an option. */
async function commitsOf(git: Git, refs: readonly string[]): Promise<(string | undefined)[]> {
  const input = refs.map((ref) => `${ref}^{commit}\n`).join('');
  const { stdout } = await git.ask(['cat-file', '--batch-check=%(objectname) %(objecttype)'], { input });
  return stdout
    .toString('utf8')
    .split('\n')
    .slice(0, refs.length)
    .map((line) => /^([0-9a-f]{40,64}) commit$/.exec(line)?.[1]);
}

/** Usually one; several where each side was merged into the other. The first is the one that git and GitHub compare with. */
async function mergeBases({ git, shallow }: Repository, base: Commit, head: Commit): Promise<[string, ...string[]]> {
  const asked = ['merge-base', '--all', base.commit, head.commit];
  const { stdout, exitCode, stderr } = await git.ask(asked, { codes: [0, 1, 128] });
  if (exitCode === 128) throw failed(asked, exitCode, stderr);
  const [commit, ...others] = stdout.toString('utf8').trimEnd().split('\n');
  if (exitCode === 0 && commit) return [commit, ...others];
  const hint = shallow
    ? 'this clone is shallow: git fetch --unshallow; in GitHub Actions: actions/checkout with `fetch-depth: 0`'
    : 'their histories are unrelated: name another ref, --base REF';
  throw new PlanRunError('unavailable', `${base.ref} and ${head.ref} have no commit in common to compare with`, {
    hint,
  });
}

function unknownRef(ref: string, { shallow }: Repository): PlanRunError {
  const fetch = 'is it fetched? `git branch --all` lists what is there';
  const actions = 'fetch it first; in GitHub Actions: actions/checkout with `fetch-depth: 0`';
  const hint = shallow || process.env.GITHUB_ACTIONS === 'true' ? actions : fetch;
  return new PlanRunError('usage', `There is no commit "${printable(ref)}" in this repository`, { hint });
}

function nothingCommitted(): PlanRunError {
  const hint = 'a review compares with a commit; plan-run validate looks at plans by themselves';
  return new PlanRunError('usage', 'Nothing is committed here yet', { hint });
}
