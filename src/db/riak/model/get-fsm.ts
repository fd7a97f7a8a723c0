import type { Timer } from '../../../contract/index.ts';
import type { BucketProps } from './cluster.ts';
import type { RiakNode } from './node.ts';
import { type RiakObject, reconcile } from './object.ts';
import type { Entry } from './ring.ts';
import { dominates, equal } from './vclock.ts';
import type { Failure, GetReply, VnodeReply } from './wire.ts';

/**
 * A read (riak_kv_get_fsm.erl, riak_kv_get_core.erl): asks all vnodes of the active preference list, answers when enough have
 * answered, and goes on listening until all have, or the time is up; then it repairs those that had something older.
 */
export function get(node: RiakNode, props: BucketProps, done: (reply: GetReply) => void): void {
  const preferences = node.activePreferences();
  const primaries = preferences.filter(({ primary }) => primary).length;
  const refusal = refused(props, primaries, preferences.length);
  if (refusal !== undefined) {
    node.process.detail('refused', () => `${node.name} refuses a read: ${refusal.error}`);
    done(refusal);
    return;
  }
  new GetFsm(node, props, preferences, done).start();
}

/** PR more than the primaries believed up, and R more than the vnodes that there are, is refused at once (validate). */
function refused({ n, r, pr }: BucketProps, primaries: number, count: number): Failure | undefined {
  if (r > n || pr > n) return { error: `{n_val_violation,${n}}` };
  if (pr > primaries) return { error: `{pr_val_unsatisfied,${pr},${primaries}}` };
  return r > count ? { error: `{insufficient_vnodes,${count},need,${r}}` } : undefined;
}

interface Result {
  readonly entry: Entry;
  readonly object: RiakObject | undefined;
}

class GetFsm {
  readonly #node: RiakNode;
  readonly #props: BucketProps;
  readonly #preferences: readonly Entry[];
  readonly #done: (reply: GetReply) => void;
  readonly #results: Result[] = [];
  #replied = false;
  #timer: Timer | undefined;
  #finish: () => void = () => {};

  constructor(node: RiakNode, props: BucketProps, preferences: readonly Entry[], done: (reply: GetReply) => void) {
    this.#node = node;
    this.#props = props;
    this.#preferences = preferences;
    this.#done = done;
  }

  start(): void {
    const { process } = this.#node;
    const pid = this.#node.spawn((body) => this.#answered(body as VnodeReply));
    this.#finish = () => {
      this.#timer?.cancel();
      this.#node.exit(pid);
      this.#repair();
    };
    this.#timer = process.after(this.#node.cluster.requestTimeoutMs, () => {
      this.#reply({ error: 'timeout' });
      this.#finish();
    });
    for (const entry of this.#preferences) this.#node.ask(entry, { do: 'get' }, pid);
    // With nobody to ask for, nothing will come.
    if (this.#preferences.length === 0) this.#reply({ error: 'all_nodes_down' });
  }

  #answered({ partition, object }: VnodeReply): void {
    const entry = this.#preferences.find((one) => one.partition === partition);
    if (entry === undefined) return;
    this.#results.push({ entry, object });
    if (!this.#replied) this.#decide();
    if (this.#results.length === this.#preferences.length && this.#replied) this.#finish();
  }

  /** Enough, or never enough any more (enough, response). */
  #decide(): void {
    const { n, r, pr, notfoundOk, basicQuorum } = this.#props;
    const counted = this.#results.filter(({ object }) => notfoundOk || object !== undefined);
    const primaries = counted.filter(({ entry }) => entry.primary).length;
    const failures = this.#results.length - counted.length;
    const threshold = Math.min(n - r + 1, basicQuorum ? Math.floor(n / 2) + 1 : n);
    if (counted.length >= r && primaries >= pr) this.#reply({ object: this.#merged() });
    else if (failures >= threshold) this.#reply(this.#shortOfR(counted.length));
    else if (this.#results.length >= this.#preferences.length)
      this.#reply(
        counted.length >= r ? { error: `{pr_val_unsatisfied,${pr},${primaries}}` } : this.#shortOfR(counted.length),
      );
  }

  /** Where nobody had it, it is not there (fail_reply). */
  #shortOfR(counted: number): GetReply {
    return counted === 0 ? { object: undefined } : { error: `{r_val_unsatisfied,${this.#props.r},${counted}}` };
  }

  #reply(reply: GetReply): void {
    if (this.#replied) return;
    this.#replied = true;
    this.#done(reply);
  }

  #merged(): RiakObject | undefined {
    const objects = this.#results.flatMap(({ object }) => (object === undefined ? [] : [object]));
    return objects.length === 0 ? undefined : reconcile(objects, this.#props.allowMult);
  }

  /** Those that have nothing, or an ancestor, get what all answers come to (final_action, read_repair). */
  #repair(): void {
    const merged = this.#merged();
    if (merged === undefined) return;
    for (const { entry, object } of this.#results) {
      if (object !== undefined && (equal(object.vclock, merged.vclock) || !dominates(merged.vclock, object.vclock)))
        continue;
      this.#node.repair(entry, merged);
    }
  }
}
