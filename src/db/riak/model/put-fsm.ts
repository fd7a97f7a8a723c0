import { assert } from '../../../base/assert.ts';
import type { Timer } from '../../../contract/index.ts';
import type { BucketProps } from './cluster.ts';
import type { RiakNode } from './node.ts';
import type { Content, RiakObject } from './object.ts';
import type { Entry } from './ring.ts';
import { FRESH } from './vclock.ts';
import { type Failure, type Pid, type Put, type PutReply, showEntry, type VnodeReply } from './wire.ts';

/**
 * A write (riak_kv_put_fsm.erl, riak_kv_put_core.erl). It runs on a node that stands in the active preference list: any other
 * forwards it to one of those by chance, be it one that cannot be reached any more and is not known to be so. What is
 * answered goes to `client`, the process that serves the client.
 */
export function put(node: RiakNode, request: Put, client: Pid): void {
  const preferences = node.activePreferences();
  const local = preferences.find((entry) => entry.node === node.name);
  if (local === undefined) {
    forward(node, request, client, preferences);
    return;
  }
  const refusal = refused(node.cluster.props, preferences);
  if (refusal !== undefined) {
    node.process.detail('refused', () => `${node.name} refuses ${request.value.element}: ${refusal.error}`, [
      request.value.element,
    ]);
    node.reply(client, refusal);
    return;
  }
  new PutFsm(node, request, client, preferences, local).start();
}

/** The node that it is forwarded to begins anew with it, and by what it believes (prepare). */
function forward(node: RiakNode, request: Put, client: Pid, preferences: readonly Entry[]): void {
  const entry = preferences[node.chance.int(0, preferences.length - 1)];
  assert(entry !== undefined, 'a node always has somebody to forward to, or is the only one');
  node.process.detail(
    'forward',
    () => `${node.name} holds no replica, and forwards ${request.value.element} to ${showEntry(entry)}`,
    [request.value.element],
  );
  node.send(entry.node, { to: 'spawn', put: request, from: client });
}

/** What is checked before any vnode is asked (validate). */
function refused({ n, w, dw, pw }: BucketProps, preferences: readonly Entry[]): Failure | undefined {
  const primaries = preferences.filter(({ primary }) => primary).length;
  const needed = Math.max(1, w, dw, pw);
  if (needed > n) return { error: `{n_val_violation,${n}}` };
  if (pw > primaries) return { error: `{pw_val_unsatisfied,${pw},${primaries}}` };
  if (preferences.length < needed) return { error: `{insufficient_vnodes,${preferences.length},need,${needed}}` };
  return undefined;
}

class PutFsm {
  readonly #node: RiakNode;
  readonly #element: number;
  readonly #object: RiakObject;
  readonly #client: Pid;
  readonly #preferences: readonly Entry[];
  readonly #local: Entry;
  /** Those that have it. They say that they have got it, and that they have stored it, in the same moment (w, dw). */
  readonly #stored: Entry[] = [];
  #timer: Timer | undefined;
  #pid: Pid | undefined;

  constructor(node: RiakNode, { value, vclock }: Put, client: Pid, preferences: readonly Entry[], local: Entry) {
    this.#node = node;
    this.#element = value.element;
    // The time is that of this node now, whenever the client has sent it (update_last_modified).
    const content: Content = { value, ...node.stamp(), coordinator: node.name };
    this.#object = { contents: [content], vclock: vclock ?? FRESH };
    this.#client = client;
    this.#preferences = preferences;
    this.#local = local;
  }

  /** The coordinator's own vnode first: what it makes of it goes to the others (execute_local, execute_remote). */
  start(): void {
    const node = this.#node;
    const stored = node.coordinate(this.#local, this.#object);
    this.#stored.push(this.#local);
    const pid = node.spawn((body) => this.#answered(body as VnodeReply));
    this.#pid = pid;
    this.#timer = node.process.after(node.cluster.requestTimeoutMs, () => this.#end({ error: 'timeout' }));
    for (const entry of this.#preferences) {
      if (entry !== this.#local) node.ask(entry, { do: 'put', object: stored, why: 'put', by: node.name }, pid);
    }
    this.#decide();
  }

  #answered({ partition }: VnodeReply): void {
    const entry = this.#preferences.find((one) => one.partition === partition);
    if (entry === undefined || this.#stored.includes(entry)) return;
    this.#stored.push(entry);
    this.#decide();
  }

  /** No vnode ever fails: either there are enough some time, or the time is up (enough, response). */
  #decide(): void {
    const { w, dw, pw } = this.#node.cluster.props;
    const primaries = this.#stored.filter(({ primary }) => primary).length;
    if (this.#stored.length >= Math.max(w, dw) && primaries >= pw) this.#end({ stored: true });
  }

  #end(reply: PutReply): void {
    if (this.#pid === undefined) return;
    this.#node.exit(this.#pid);
    this.#pid = undefined;
    this.#timer?.cancel();
    this.#node.process.detail('put', () => {
      const having = this.#stored.map(showEntry).join(', ');
      return 'error' in reply
        ? `${this.#node.name} has waited too long for others to have ${this.#element}: it is on ${having}`
        : `${this.#node.name} acknowledges ${this.#element}: it is on ${having}`;
    }, [this.#element]);
    this.#node.reply(this.#client, reply);
  }
}
