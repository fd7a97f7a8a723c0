/**
 * Objects of the test's double of Riak: contents with the event that made each (a dot), and a vector clock of all events seen
 * (dotted version vectors, as Riak has had since 2.0).
 */
export type Clock = Readonly<Record<string, number>>;

/** A PN-counter: nothing in it ever becomes less (riak_dt_pncounter.erl). */
export type Counts = Readonly<Record<string, readonly [added: number, removed: number]>>;

export interface Content {
  readonly value: string;
  readonly contentType: string;
  /** Headers X-Riak-Meta-*, in small letters. */
  readonly meta: Readonly<Record<string, string>>;
  readonly lastModifiedUs: number;
  readonly vtag: string;
  readonly dot: readonly [actor: string, count: number];
  /** Elements of a set of Riak's own; `value` is empty then. */
  readonly set?: readonly string[];
  /** What a counter of Riak's own is given, and what each actor's vnode has been: what was added, and what was taken away. */
  readonly increment?: number;
  readonly counts?: Counts;
  readonly deleted?: true;
}

export interface StoredObject {
  readonly contents: readonly Content[];
  readonly clock: Clock;
}

export interface Props {
  readonly n_val: number;
  readonly allow_mult: boolean;
  readonly last_write_wins: boolean;
  readonly datatype?: string;
}

const EMPTY: StoredObject = { contents: [], clock: {} };

const seen = (clock: Clock, [actor, count]: Content['dot']) => (clock[actor] ?? 0) >= count;

function joined(one: Clock, other: Clock): Clock {
  const clock: Record<string, number> = { ...one };
  for (const [actor, count] of Object.entries(other)) clock[actor] = Math.max(clock[actor] ?? 0, count);
  return clock;
}

function joinedCounts(one: Counts, other: Counts): Counts {
  const joint: Record<string, readonly [number, number]> = { ...one };
  for (const [actor, [added, removed]] of Object.entries(other)) {
    const [before, gone] = joint[actor] ?? [0, 0];
    joint[actor] = [Math.max(before, added), Math.max(gone, removed)];
  }
  return joint;
}

/** What one vnode makes of a client's write, which has read what `context` had seen. */
export function written(
  local: StoredObject = EMPTY,
  made: Omit<Content, 'dot'>,
  context: Clock,
  actor: string,
  props: Props,
): StoredObject {
  const clock = joined(local.clock, context);
  const count = (clock[actor] ?? 0) + 1;
  const content: Content = { ...made, dot: [actor, count] };
  const after = { ...clock, [actor]: count };
  if (made.set !== undefined) {
    const before = local.contents.flatMap(({ set = [] }) => set);
    return { contents: [{ ...content, set: [...new Set([...before, ...made.set])] }], clock: after };
  }
  if (made.increment !== undefined) {
    const counts = local.contents.reduce<Counts>((all, { counts = {} }) => joinedCounts(all, counts), {});
    const [added, removed] = counts[actor] ?? [0, 0];
    const own = [added + Math.max(made.increment, 0), removed - Math.min(made.increment, 0)] as const;
    return { contents: [{ ...content, counts: { ...counts, [actor]: own } }], clock: after };
  }
  const concurrent = props.last_write_wins ? [] : local.contents.filter(({ dot }) => !seen(context, dot));
  return resolved({ contents: [...concurrent, content], clock: after }, props);
}

/** What comes of two versions of an object: what neither has replaced. */
export function merged(one: StoredObject = EMPTY, other: StoredObject = EMPTY, props: Props): StoredObject {
  const clock = joined(one.clock, other.clock);
  const both = [...one.contents, ...other.contents];
  const sets = both.filter(({ set }) => set !== undefined);
  const [first] = sets;
  if (first !== undefined)
    return { contents: [{ ...first, set: [...new Set(sets.flatMap(({ set = [] }) => set))] }], clock };
  const [counter] = both.filter(({ counts }) => counts !== undefined);
  if (counter !== undefined) {
    const counts = both.reduce<Counts>((all, { counts = {} }) => joinedCounts(all, counts), {});
    return { contents: [{ ...counter, counts }], clock };
  }
  const has = ({ contents }: StoredObject, { vtag }: Content) => contents.some((content) => content.vtag === vtag);
  const kept = both.filter(
    (content, i) =>
      both.findIndex(({ vtag }) => vtag === content.vtag) === i &&
      (has(one, content) || !seen(one.clock, content.dot)) &&
      (has(other, content) || !seen(other.clock, content.dot)),
  );
  return resolved({ contents: kept, clock }, props);
}

/** Without allow_mult, the latest alone. */
function resolved(object: StoredObject, { allow_mult }: Props): StoredObject {
  if (allow_mult || object.contents.length <= 1) return object;
  const [latest] = [...object.contents].sort(
    (a, b) => b.lastModifiedUs - a.lastModifiedUs || (a.vtag < b.vtag ? -1 : 1),
  );
  return { ...object, contents: [latest as Content] };
}
