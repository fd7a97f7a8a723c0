/** Riak's objects: contents with a vector clock, and how two of them become one (riak_object.erl). */
import { assert } from '../../../base/assert.ts';
import type { Value } from './value.ts';
import { dominates, increment, merge as mergeClocks, type VClock } from './vclock.ts';

/**
 * One version of the value. It is made once, by the coordinator of a write (its vtag is drawn anew each time), so that two
 * are the same exactly when they are the same object.
 */
export interface Content {
  readonly value: Value;
  /** X-Riak-Last-Modified: microseconds of the coordinator's wall clock. */
  readonly lastModifiedUs: number;
  readonly vtag: string;
  /** Which node's clock that was. */
  readonly coordinator: string;
}

export interface RiakObject {
  /** One, or the siblings, the latest one first. */
  readonly contents: readonly Content[];
  readonly vclock: VClock;
}

/**
 * The latest one first; of the same microsecond, by their metadata (riak_object.erl, compare_content_dates). The vtag is
 * as arbitrary as that.
 */
export function byDate(one: Content, other: Content): number {
  if (one.lastModifiedUs !== other.lastModifiedUs) return other.lastModifiedUs - one.lastModifiedUs;
  if (one.vtag === other.vtag) return 0;
  return one.vtag < other.vtag ? -1 : 1;
}

/** The two together: all versions of both, seen by what both have seen (merge). */
export function merge(one: RiakObject, other: RiakObject): RiakObject {
  const contents = united([one, other]);
  const vclock = mergeClocks(one.vclock, other.vclock);
  return contents === one.contents && vclock === one.vclock ? one : { contents, vclock };
}

/** The newer one, where one is newer; else the two together (syntactic_merge). */
export function syntacticMerge(current: RiakObject, update: RiakObject): RiakObject {
  if (dominates(current.vclock, update.vclock)) return current;
  return dominates(update.vclock, current.vclock) ? update : merge(current, update);
}

/** What a read makes of the answers: those that are nobody's ancestor, together (reconcile). */
export function reconcile(objects: readonly RiakObject[], allowMult: boolean): RiakObject {
  const [first, ...rest] = objects.filter(
    (object) => !objects.some((other) => other !== object && dominates(other.vclock, object.vclock)),
  );
  assert(first !== undefined, 'of several objects, one is nobody else’s ancestor');
  const same = rest.every((object) => object.contents === first.contents && object.vclock === first.vclock);
  const merged = same
    ? first
    : {
        contents: united([first, ...rest]),
        vclock: rest.reduce((clock, { vclock }) => mergeClocks(clock, vclock), first.vclock),
      };
  return enforceAllowMult(merged, allowMult);
}

/** Without siblings the latest one is kept (riak_kv_vnode.erl, enforce_allow_mult). */
export function enforceAllowMult(object: RiakObject, allowMult: boolean): RiakObject {
  return allowMult || object.contents.length === 1 ? object : { ...object, contents: object.contents.slice(0, 1) };
}

export const incremented = (object: RiakObject, actor: string): RiakObject => ({
  ...object,
  vclock: increment(object.vclock, actor),
});

export const valuesOf = (object: RiakObject | undefined): readonly Value[] =>
  object === undefined ? [] : object.contents.map(({ value }) => value);

/** All versions of these objects, each once, in order. */
function united(objects: readonly RiakObject[]): readonly Content[] {
  const all = new Set<Content>();
  for (const { contents } of objects) for (const content of contents) all.add(content);
  const largest = objects.find(({ contents }) => contents.length === all.size);
  return largest !== undefined ? largest.contents : [...all].sort(byDate);
}
