/**
 * Files that plans name: modules, inventories, what a service is made of. A plan whose text is the same does something else
 * when one of them changes.
 */
import { posix } from 'node:path';
import { printable } from '../../base/printable.ts';
import type { Registry } from '../../contract/index.ts';
import { type NamedFile, type PlanFile, recognize } from '../../plan/index.ts';
import { type Changed, type GitFile, type GitPath, pathOf, splitZ } from './changed-files.ts';
import { contentsOf } from './contents.ts';
import type { Reviewed } from './plans.ts';
import type { Repository, Sides } from './repository.ts';
import { planSide } from './side.ts';

/** With more changed files than that, plans are looked for by the words with which they name files. */
const PATTERNS_MAX = 200;
const WORDS = ['modules', 'inventory', 'service'];
/** Plans that are unchanged themselves; more than that are not looked at. */
const UNCHANGED_MAX = 200;

const WORD: Readonly<Record<NamedFile['as'], string>> = {
  module: 'module',
  inventory: 'inventory',
  file: 'file for its nodes',
};

/** Adds to each plan a note on the files that it names and that changed, and the unchanged plans for which that is so. */
export async function withNamedFiles(
  reviewed: readonly Reviewed[],
  repository: Repository,
  sides: Sides,
  changed: Changed,
  registry: Registry,
): Promise<Reviewed[]> {
  const paths = new Map(
    changed.files.flatMap(({ before, after }) =>
      [before, after].flatMap((one) => (one ? [[one.path.name, one.path]] : [])),
    ),
  ) as ReadonlyMap<string, GitPath>;
  const noted = reviewed.map(movedWith).map((one) => {
    return one.after === undefined ? one : withNotes(one, namedBy(one.after, paths));
  });
  const own = new Set(reviewed.flatMap(({ review }) => [review.file, review.was]));
  const others = [...paths.values()].filter(({ name }) => !own.has(name));
  if (others.length === 0) return noted;
  const files = await unchangedFiles(repository, sides, others, paths);
  const contents = await contentsOf(repository.git, repository.top, files);
  const unchanged = files.flatMap((file): Reviewed[] => {
    const content = contents.get(file);
    if (content?.kind !== 'text' || !changed.asks(file.path)) return [];
    const given = { file: file.path.name, bytes: content.bytes };
    const named = namedBy(given, paths);
    return named.length === 0 ? [] : [withNotes(unchangedPlan(given, registry), named)];
  });
  return [...noted, ...unchanged];
}

function unchangedPlan(given: PlanFile, registry: Registry): Reviewed {
  const { problems, source, timeline } = planSide(given, registry);
  const same = timeline === undefined ? {} : { before: timeline, after: timeline };
  const { file } = given;
  return { review: { file, status: 'changed', kind: 'plan', problems, source, ...same, changes: [], notes: [] } };
}

function withNotes(one: Reviewed, named: readonly NamedFile[]): Reviewed {
  const notes = named.map(({ as, path }) => `its ${WORD[as]} ${printable(path)} changes with this branch`);
  return notes.length === 0 ? one : { ...one, review: { ...one.review, notes: [...one.review.notes, ...notes] } };
}

/** A plan in another folder means other files by the same words: a note on each, for its text does not show it. */
function movedWith(one: Reviewed): Reviewed {
  const { before, after, review } = one;
  if (before === undefined || after === undefined) return one;
  const [from, to] = [before.file, after.file].map((file) => posix.dirname(file)) as [string, string];
  if (from === to) return one;
  const had = new Set(namesIn(before).map(({ path }) => path));
  const notes = namesIn(after)
    .filter(({ path }) => had.has(path) && !path.startsWith('/'))
    .map(({ as, path }) => {
      const [was, is] = [from, to].map((folder) => printable(posix.join(folder, path)));
      return `its ${WORD[as]} ${printable(path)} is ${is} now, and was ${was}: the plan is in another folder`;
    });
  return { ...one, review: { ...review, notes: [...review.notes, ...notes] } };
}

function namesIn(given: PlanFile): readonly NamedFile[] {
  const found = recognize(given);
  return typeof found === 'object' && found.kind === 'plan' ? found.names : [];
}

/** The changed files that a plan names. */
function namedBy(given: PlanFile, changed: ReadonlyMap<string, GitPath>): NamedFile[] {
  return namesIn(given).filter(({ path }) => changed.has(posix.join(posix.dirname(given.file), path)));
}

/** YAML files on the new side that are the same on both, and mention one of the others by its name. */
async function unchangedFiles(
  { git }: Repository,
  { head }: Sides,
  others: readonly GitPath[],
  changed: ReadonlyMap<string, GitPath>,
): Promise<GitFile[]> {
  const bases = new Set(others.map(({ name }) => posix.basename(name)).filter((name) => !name.includes('\n')));
  const words = bases.size > PATTERNS_MAX ? WORDS : [...bases];
  if (words.length === 0) return [];
  const how = [
    '-l',
    '-z',
    // A branch may say by .gitattributes that its plans are binary: they would not be looked at.
    '-a',
    '-F',
    '--full-name',
    '--no-textconv',
    '--no-recurse-submodules',
    '--no-color',
    '-f',
    '-',
  ];
  const where = head === undefined ? [] : [head.commit];
  const grep = ['grep', ...how, ...where, '--', ':/*.yaml', ':/*.yml'];
  const { stdout } = await git.ask(grep, { input: `${words.join('\n')}\n`, codes: [0, 1] });
  const prefix = head === undefined ? 0 : head.commit.length + 1;
  const found = splitZ(stdout)
    .map((bytes) => pathOf(bytes.subarray(prefix)))
    .filter(({ name }) => !changed.has(name))
    .slice(0, UNCHANGED_MAX);
  if (head === undefined || found.length === 0) return found.map((path) => ({ path, mode: '100644' }));
  return blobsOf(git, head.commit, found);
}

async function blobsOf(git: Repository['git'], commit: string, paths: readonly GitPath[]): Promise<GitFile[]> {
  const literal = ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', '--end-of-options', commit, '--'];
  const { stdout } = await git.ask([...literal, ...paths.map(({ bytes }) => bytes.toString('utf8'))]);
  return splitZ(stdout).flatMap((entry) => {
    const tab = entry.indexOf('\t');
    const [mode = '', type, oid] = entry.toString('latin1', 0, tab).split(' ');
    return type === 'blob' ? [{ path: pathOf(entry.subarray(tab + 1)), mode, oid }] : [];
  });
}
