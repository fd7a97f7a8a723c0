/** What a branch does to plans: which files of it are plans, and both sides of each. */
import { posix } from 'node:path';
import { PlanRunError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { Registry } from '../../contract/index.ts';
import { word } from '../../env/index.ts';
import {
  meantAs,
  PLAN_SIZE_MAX_BYTES,
  type PlanFile,
  type Problem,
  problemForFile,
  type Recognized,
  recognize,
  writtenValue,
} from '../../plan/index.ts';
import type { PlanReview } from '../../report/index.ts';
import { type Change, diffTimelines, diffWritten, modulesDiffer } from '../../timeline/diff/index.ts';
import type { Changed, ChangedFile, GitFile } from './changed-files.ts';
import { type Content, contentsOf } from './contents.ts';
import type { Repository } from './repository.ts';
import { hasErrors, inventorySide, planSide, type Side } from './side.ts';

/** A plan with its review, and what is in it on either side: for a rehearsal. */
export interface Reviewed {
  readonly review: PlanReview;
  readonly before?: PlanFile;
  readonly after?: PlanFile;
}

/** More of them are no change that somebody could review. */
export const PLANS_MAX = 1_000;

type Kind = Recognized['kind'];

/** A file on one side, and what it is. */
interface Seen {
  readonly file: string;
  readonly content: Content;
  /** What it is, as far as that can be told by itself. */
  readonly kind: Kind | undefined;
}

interface Pair {
  readonly kind: Kind;
  /** Nobody knows whether it is a plan: a link, say, that was none before. That is no error then. */
  readonly doubtful: boolean;
  readonly before?: Seen;
  readonly after?: Seen;
}

/** The changed plans and inventories, by their paths. @throws PlanRunError `refused` where there are too many. */
export async function reviewPlans(repository: Repository, changed: Changed, registry: Registry): Promise<Reviewed[]> {
  const asked = changed.files.filter((file) => isAsked(file, changed));
  const files = asked.flatMap(({ before, after }) => [before, after].filter((one) => one !== undefined));
  const contents = await contentsOf(repository.git, repository.top, files);
  const pairs = asked.flatMap((file) => pairOf(file, changed, contents) ?? []);
  if (pairs.length > PLANS_MAX) {
    const hint = 'name the paths of some: plan-run review plans/';
    throw new PlanRunError('refused', `${pairs.length} plans differ; a review takes at most ${PLANS_MAX}`, { hint });
  }
  return pairs.map((pair) => reviewOf(pair, registry));
}

/** YAML files, and whatever is named; of a rename either name counts. */
function isAsked({ before, after }: ChangedFile, { asks, names }: Changed): boolean {
  return [before, after].some(
    (one) => one !== undefined && asks(one.path) && (/\.ya?ml$/i.test(one.path.name) || names(one.path)),
  );
}

/** Undefined for what is no plan on either side, or the same on both. */
function pairOf(
  { before, after }: ChangedFile,
  { names }: Changed,
  contents: ReadonlyMap<GitFile, Content>,
): Pair | undefined {
  const old = seen(before, contents);
  const now = seen(after, contents);
  if (old !== undefined && now !== undefined && old.file === now.file && same(old.content, now.content))
    return undefined;
  const named = now !== undefined && after !== undefined && names(after.path) ? 'plan' : undefined;
  const sure = now?.kind ?? old?.kind ?? named;
  const hidden = now?.content.kind === 'link' || now?.content.kind === 'unreadable';
  if (sure === undefined && !hidden) return undefined;
  const kind = sure ?? 'plan';
  // What was something else before is not changed, but new.
  const former = old?.kind === kind ? { before: old } : {};
  return { kind, doubtful: sure === undefined, ...former, ...(now === undefined ? {} : { after: now }) };
}

function same(one: Content, other: Content): boolean {
  if (one.kind === 'link') return other.kind === 'link' && one.target === other.target;
  return one.kind === 'text' && other.kind === 'text' && one.bytes.equals(other.bytes);
}

function seen(file: GitFile | undefined, contents: ReadonlyMap<GitFile, Content>): Seen | undefined {
  const content = file && contents.get(file);
  if (file === undefined || content === undefined) return undefined;
  const { name } = file.path;
  if (content.kind === 'link' || content.kind === 'unreadable') return { file: name, content, kind: undefined };
  const found = content.kind === 'big' ? 'unreadable' : recognize({ file: name, bytes: content.bytes });
  const kind = found === 'unreadable' ? meantAs(content.bytes.toString('utf8', 0, 64 * 1024)) : found?.kind;
  return { file: name, content, kind };
}

function reviewOf({ kind, doubtful, before, after }: Pair, registry: Registry): Reviewed {
  const old = before && readSide(before, kind, registry);
  const now = after && readSide(after, kind, registry);
  const file = (after ?? before)?.file as string;
  const brokenBefore = old?.problems.filter(({ severity }) => severity === 'error').length ?? 0;
  const [one, other] = [old?.timeline, now?.timeline];
  const status = after === undefined ? 'deleted' : before === undefined ? 'added' : 'changed';
  const review: PlanReview = {
    file,
    ...(before !== undefined && after !== undefined && before.file !== after.file ? { was: before.file } : {}),
    status,
    kind,
    problems: doubtful ? [] : (now?.problems ?? []),
    source: (now ?? old)?.source ?? { file, text: '' },
    ...(other === undefined ? {} : { after: other }),
    ...(one === undefined ? {} : { before: one }),
    ...(brokenBefore === 0 ? {} : { brokenBefore }),
    ...changesOf(old, now, registry),
    notes: notesOf(file, kind, after?.content, old, now),
  };
  const given = { ...givenOf('before', before), ...givenOf('after', after) };
  return { review: { ...review, ...writtenOf(given, old, now) }, ...given };
}

function changesOf(
  old: Side | undefined,
  now: Side | undefined,
  registry: Registry,
): { readonly changes?: readonly Change[] } {
  if (old?.timeline === undefined || now?.timeline === undefined) return {};
  const modules = modulesDiffer(old.modules, now.modules);
  return { changes: [...modules, ...diffTimelines(old.timeline, now.timeline, registry)] };
}

/** Of plans that only their own modules keep from being compiled, what changes as they are written. */
function writtenOf(
  { before, after }: { readonly before?: PlanFile; readonly after?: PlanFile },
  old: Side | undefined,
  now: Side | undefined,
): Pick<PlanReview, 'written'> {
  if (before === undefined || after === undefined || old === undefined || now === undefined) return {};
  const isUnloaded = (side: Side) =>
    side.timeline === undefined && side.modules.length > 0 && !hasErrors(side.problems);
  const comparable = (side: Side) => side.timeline !== undefined || isUnloaded(side);
  if (!(isUnloaded(old) || isUnloaded(now)) || !comparable(old) || !comparable(now)) return {};
  return { written: diffWritten(writtenValue(before), writtenValue(after)) };
}

function givenOf(side: 'before' | 'after', seen: Seen | undefined): { [key in 'before' | 'after']?: PlanFile } {
  return seen?.content.kind === 'text' ? { [side]: { file: seen.file, bytes: seen.content.bytes } } : {};
}

function readSide({ file, content }: Seen, kind: Kind, registry: Registry): Side {
  const nothing = { source: { file, text: '' }, modules: [] };
  if (content.kind === 'link') return { ...nothing, problems: [unread(file, linkWords(file, content.target))] };
  if (content.kind === 'unreadable') return { ...nothing, problems: [unread(file, content.why)] };
  const bytes = content.kind === 'text' ? content.bytes : new Uint8Array(PLAN_SIZE_MAX_BYTES + 1);
  return kind === 'plan' ? planSide({ file, bytes }, registry) : inventorySide({ file, bytes });
}

function unread(file: string, why: string): Problem {
  return problemForFile(file, new Error(why));
}

function linkWords(file: string, target: string): string {
  const leads = posix.join(posix.dirname(file), target);
  const outside = target.startsWith('/') || leads === '..' || leads.startsWith('../');
  const where = outside ? ', out of the repository' : '';
  return `it is a symbolic link to ${printable(target)}${where}, and a review follows none`;
}

function notesOf(
  file: string,
  kind: Kind,
  content: Content | undefined,
  old: Side | undefined,
  now: Side | undefined,
): string[] {
  const notes: string[] = [];
  if (now !== undefined && now.modules.length > 0) notes.push(modulesNote(file, now.modules));
  else if (now === undefined && old !== undefined && old.modules.length > 0) {
    notes.push(`it named modules of its own (${listed(old.modules)}), which a review does not load`);
  }
  if (kind === 'inventory' && old !== undefined && now !== undefined) notes.push(...inventoryNotes(old, now));
  if (content?.kind === 'link') notes.push(linkWords(file, content.target));
  if (content?.kind === 'unreadable') notes.push(`it cannot be read: ${content.why}`);
  return notes;
}

function modulesNote(file: string, modules: readonly string[]): string {
  const which = `it names modules of its own (${listed(modules)}), which a review does not load`;
  return `${which}: read them as code, then \`plan-run validate --allow-modules ${printable(word(file))}\``;
}

/** Which machines may be broken, and whether. */
function inventoryNotes(old: Side, now: Side): string[] {
  if (hasErrors(old.problems) || hasErrors(now.problems)) return [];
  const missing = (from: Side, than: Side) => (from.hosts ?? []).filter((host) => !than.hosts?.includes(host));
  const [added, removed] = [missing(now, old), missing(old, now)];
  const forbids = (side: Side) => side.problems.some(({ rule }) => rule === 'faults-not-allowed');
  return [
    ...(added.length === 0 ? [] : [`hosts added: ${listed(added)}`]),
    ...(removed.length === 0 ? [] : [`hosts removed: ${listed(removed)}`]),
    ...(forbids(old) && !forbids(now) ? ['it allows faults now: its machines may be broken'] : []),
    ...(!forbids(old) && forbids(now) ? ['it allows no faults any more'] : []),
  ];
}

const LISTED_MAX = 10;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED_MAX).map(printable).join(', ');
  return names.length > LISTED_MAX ? `${shown} and ${names.length - LISTED_MAX} more` : shown;
}
