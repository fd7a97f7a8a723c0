import { assert } from '../../../base/assert.ts';
import type { Disk, SimProcess, Timer } from '../../../contract/index.ts';
import type { BucketProps } from './cluster.ts';
import { enforceAllowMult, incremented, merge, type RiakObject, syntacticMerge } from './object.ts';
import { counterOf, descends } from './vclock.ts';

/** What is in the page cache longer than this is written to the disk by the kernel (vm.dirty_expire_centisecs). */
const WRITEBACK_MS = 30_000;

/** What a put has done to a vnode's object. */
export interface Stored {
  readonly before: RiakObject | undefined;
  readonly offered: RiakObject;
  readonly after: RiakObject;
}

/**
 * A partition on a node, its owner or not: one object, in storage of its own (bitcask), and an actor of vector clocks of its
 * own (riak_kv_vnode.erl). What it stores is in the page cache when it answers; nobody syncs it (sync_strategy none).
 */
export class Vnode {
  readonly partition: number;
  /** When it was last asked for something, or given something. */
  usedMs: number;
  readonly #process: SimProcess;
  readonly #props: BucketProps;
  readonly #storage: Disk;
  readonly #identity: Disk;
  #object: RiakObject | undefined;
  #writeback: Timer | undefined;

  constructor(process: SimProcess, partition: number, props: BucketProps) {
    this.#process = process;
    this.partition = partition;
    this.#props = props;
    this.#storage = process.disk(storageOf(partition));
    this.#identity = process.disk(`vnodeid ${partition}`);
    this.#object = this.#storage.records.at(-1) as RiakObject | undefined;
    this.usedMs = process.nowMs();
    if (this.#object !== undefined) this.#writeBack();
  }

  get object(): RiakObject | undefined {
    return this.#object;
  }

  /** As the coordinator: counts the write as its own, and sees to it that it follows what is here (put_merge, coord). */
  coordinate(offered: RiakObject): Stored {
    const id = this.#id();
    const before = this.#object;
    let after = incremented(offered, id);
    if (before !== undefined && !this.#props.lastWriteWins) {
      const replaces =
        counterOf(after.vclock, id) > counterOf(before.vclock, id) &&
        descends(after.vclock, before.vclock) &&
        !descends(before.vclock, after.vclock);
      if (!replaces) after = incremented(merge(before, after), id);
      assert(
        descends(after.vclock, before.vclock) && !descends(before.vclock, after.vclock),
        `what ${this.#process.node} coordinates follows what it had`,
      );
    }
    return this.#store(before, offered, after);
  }

  /** As a replica: keeps the newer one, or both (put_merge, no coord); also for read repair. */
  receive(offered: RiakObject): Stored {
    const before = this.#object;
    const after = before === undefined || this.#props.lastWriteWins ? offered : syntacticMerge(before, offered);
    return this.#store(before, offered, after);
  }

  /** What a fallback had: by its vector clock, also where last_write_wins (do_diffobj_put does not ask for that). */
  takeOver(offered: RiakObject): Stored {
    const before = this.#object;
    return this.#store(before, offered, before === undefined ? offered : syntacticMerge(before, offered));
  }

  /** Nothing is left of it: it has handed off. The next vnode of this partition here is another actor (clear_vnodeid). */
  drop(): void {
    this.#writeback?.cancel();
    this.#storage.truncate(0);
    this.#identity.truncate(0);
    this.#object = undefined;
  }

  #store(before: RiakObject | undefined, offered: RiakObject, merged: RiakObject): Stored {
    const after = enforceAllowMult(merged, this.#props.allowMult);
    if (after !== before) {
      this.#storage.append(after);
      this.#object = after;
      this.#writeBack();
    }
    return { before, offered, after };
  }

  /** Its name as an actor: chosen at its first write, by the time (riak_kv_vnode.erl, assign_vnodeid). */
  #id(): string {
    const known = this.#identity.records.at(-1) as string | undefined;
    if (known !== undefined) return known;
    const id = `${this.#process.node}/${this.partition}/${this.#process.wallMs()}`;
    this.#identity.append(id);
    return id;
  }

  #writeBack(): void {
    this.#writeback ??= this.#process.after(WRITEBACK_MS, () => {
      this.#writeback = undefined;
      this.#identity.sync(() => {});
      this.#storage.sync(() => {});
    });
  }
}

/** The file of a partition's storage on a node's disk. */
export const storageOf = (partition: number): string => `bitcask ${partition}`;
