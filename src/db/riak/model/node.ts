import type { Rng } from '../../../base/rng.ts';
import type { Connection, Handler, SimProcess } from '../../../contract/index.ts';
import type { Cluster } from './cluster.ts';
import { Distribution } from './distribution.ts';
import { get } from './get-fsm.ts';
import { Handoffs } from './handoff.ts';
import { type RiakObject, valuesOf } from './object.ts';
import { put } from './put-fsm.ts';
import { activePreferences, type Entry } from './ring.ts';
import { tellOfDrop, tellOfStore } from './telling.ts';
import { elementsOf, type Value } from './value.ts';
import { type Stored, storageOf, Vnode } from './vnode.ts';
import { Watcher } from './watcher.ts';
import { CLIENT_PORT, type Message, type Pid, type Request, type VnodeReply, type VnodeRequest } from './wire.ts';

const US_PER_MS = 1_000;
/** What the server waits for longer than a request may take, before it answers for it (riak_client.erl, recv_timeout). */
const GRACE_MS = 100;

/** A node of Riak: its vnodes, and what they and the requests that run on it need of each other. */
export class RiakNode {
  readonly name: string;
  readonly process: SimProcess;
  readonly cluster: Cluster;
  /** By whom a put is forwarded to. */
  readonly chance: Rng;
  readonly #vnodes = new Map<number, Vnode>();
  readonly #distribution: Distribution;
  readonly #watcher: Watcher;
  readonly #handoffs: Handoffs;
  /** The processes that wait for messages, by their ids. */
  readonly #waiting = new Map<string, (body: unknown) => void>();
  readonly #incarnation: number;
  readonly #stamps: Rng;
  #pids = 0;
  #preferred: { readonly changes: number; readonly entries: readonly Entry[] } | undefined;
  #lastUs = 0;

  constructor(process: SimProcess, cluster: Cluster) {
    this.name = process.node;
    this.process = process;
    this.cluster = cluster;
    this.chance = process.rng.fork('forward');
    this.#stamps = process.rng.fork('stamps');
    this.#incarnation = process.nowMs();
    const others = cluster.nodes.filter((node) => node !== this.name);
    this.#distribution = new Distribution(process, others, cluster.tickTimeMs, {
      received: (from, message) => this.#received(from, message),
      nodeDown: (node, why) => this.#watcher.down(node, why),
    });
    this.#watcher = new Watcher(process, this.#distribution, others, cluster.gossipIntervalMs);
    this.#handoffs = new Handoffs(this);
    this.#recover();
    this.#handoffs.start();
    process.listen(CLIENT_PORT, () => this.#serve());
    this.#watcher.start();
  }

  get serves(): boolean {
    return this.process.state === 'running';
  }

  /** Its vnodes that hold something, in the order of the ring. */
  get vnodes(): Vnode[] {
    return [...this.#vnodes.values()].sort((a, b) => a.partition - b.partition);
  }

  /** Those that stand in for another node. */
  get fallbacks(): Vnode[] {
    return this.vnodes.filter(({ partition }) => this.cluster.ring.owners[partition] !== this.name);
  }

  /** All that it has, in all of its vnodes. */
  get values(): Value[] {
    return this.vnodes.flatMap(({ object }) => valuesOf(object));
  }

  believesUp(node: string): boolean {
    return this.#watcher.isUp(node);
  }

  /** Whom it asks for the object, by what it believes now. */
  activePreferences(): readonly Entry[] {
    const { ring, partition, props } = this.cluster;
    const { changes } = this.#watcher;
    // Asked with each request, and another one only where a node has come or gone.
    if (this.#preferred?.changes !== changes) {
      this.#preferred = {
        changes,
        entries: activePreferences(ring, partition, props.n, (node) => this.believesUp(node)),
      };
    }
    return this.#preferred.entries;
  }

  /** A moment of the wall clock, later than the last one, and something that no other has. */
  stamp(): { lastModifiedUs: number; vtag: string } {
    // Less than a millisecond is not to be had from the clock.
    const us = this.process.wallMs() * US_PER_MS + this.#stamps.int(0, US_PER_MS - 1);
    this.#lastUs = Math.max(us, this.#lastUs + 1);
    return { lastModifiedUs: this.#lastUs, vtag: `${this.#stamps.int(0, 0x7fffffff).toString(16)}@${this.name}` };
  }

  /** A process that waits for messages; `exit` ends it, and what still comes goes nowhere. */
  spawn(receive: (body: unknown) => void): Pid {
    const id = `${this.#incarnation}.${this.#pids++}`;
    this.#waiting.set(id, receive);
    return { node: this.name, id };
  }

  exit({ id }: Pid): void {
    this.#waiting.delete(id);
  }

  send(node: string, message: Message): void {
    if (node === this.name) this.#received(node, message);
    else this.#distribution.send(node, message);
  }

  reply({ node, id }: Pid, body: unknown): void {
    this.send(node, { to: 'pid', id, body });
  }

  /** A request to a vnode, here or elsewhere; the answer goes to `from`. */
  ask({ node, partition }: Entry, request: VnodeRequest, from: Pid): void {
    this.send(node, { to: 'vnode', partition, request, from });
  }

  /** Like a put, that nobody waits for. */
  repair(entry: Entry, object: RiakObject): void {
    const nobody: Pid = { node: this.name, id: 'nobody' };
    this.ask(entry, { do: 'put', object, why: 'read-repair', by: this.name }, nobody);
  }

  /** Writes as the coordinator. @returns what the other vnodes are to get. */
  coordinate({ partition }: Entry, object: RiakObject): RiakObject {
    return this.#change(partition, 'put', this.name, (vnode) => vnode.coordinate(object)).after;
  }

  /** What another node's fallback had for the owner, this node. */
  handedOff(partition: number, object: RiakObject, from: string): void {
    this.#change(partition, 'handoff', from, (vnode) => vnode.takeOver(object));
  }

  /** A fallback vnode has handed off: it is no more. */
  drop(vnode: Vnode, to: string): void {
    const before = this.values;
    vnode.drop();
    this.#vnodes.delete(vnode.partition);
    tellOfDrop(this, vnode.partition, to, before);
  }

  #vnode(partition: number): Vnode {
    const known = this.#vnodes.get(partition);
    if (known !== undefined) return known;
    const made = new Vnode(this.process, partition, this.cluster.props);
    this.#vnodes.set(partition, made);
    return made;
  }

  #change(partition: number, why: string, by: string, change: (vnode: Vnode) => Stored): Stored {
    const vnode = this.#vnode(partition);
    const before = this.values;
    vnode.usedMs = this.process.nowMs();
    const stored = change(vnode);
    tellOfStore(this, { partition, why, by, valuesBefore: before, ...stored });
    this.#handoffs.used(vnode);
    return stored;
  }

  /** What it finds on its disk. */
  #recover(): void {
    // There is one object: no other partition ever holds anything, be it on whatever node.
    for (const { partition } of this.cluster.primaries) {
      if (this.process.disk(storageOf(partition)).records.length === 0) continue;
      this.#handoffs.used(this.#vnode(partition));
    }
    this.process.detail(
      'recover',
      () => `${this.name} finds on its disk what it had`,
      () => [...elementsOf(this.values)].sort((a, b) => a - b),
      'gained',
    );
  }

  #received(from: string, message: Message): void {
    if (message.to === 'watcher') this.#watcher.heard(from);
    else if (message.to === 'pid') this.#waiting.get(message.id)?.(message.body);
    else if (message.to === 'spawn') put(this, message.put, message.from);
    else {
      const { partition, request, from: asker } = message;
      const object = this.#carryOut(partition, request);
      if (asker.id !== 'nobody') this.reply(asker, { partition, object } satisfies VnodeReply);
    }
  }

  #carryOut(partition: number, request: VnodeRequest): RiakObject | undefined {
    if (request.do === 'get') {
      const vnode = this.#vnodes.get(partition);
      if (vnode !== undefined) vnode.usedMs = this.process.nowMs();
      return vnode?.object;
    }
    this.#change(partition, request.why, request.by, (vnode) => vnode.receive(request.object));
    return undefined;
  }

  /** A client's connection (riak_kv_pb_object.erl). */
  #serve(): Handler {
    return {
      asked: (asked, reply, connection: Connection) => {
        const request = asked as Request;
        if (request.do === 'get-own') reply([...elementsOf(this.values)]);
        else if (request.do === 'get') {
          const { props } = this.cluster;
          get(this, request.pr === 'all' ? { ...props, pr: props.n } : props, reply);
        } else {
          this.process.detail(
            'receive',
            () => `${this.name} is to store ${request.value.element} for ${connection.peer}`,
            [request.value.element],
          );
          this.#answerPut(request, reply);
        }
      },
    };
  }

  /** Waits for the put's answer, wherever it runs; one that never comes is a timeout. */
  #answerPut(request: Extract<Request, { do: 'put' }>, reply: (answer: unknown) => void): void {
    const answer = (body: unknown) => {
      timer.cancel();
      this.exit(pid);
      reply(body);
    };
    const pid = this.spawn(answer);
    const timer = this.process.after(this.cluster.requestTimeoutMs + GRACE_MS, () => answer({ error: 'timeout' }));
    put(this, request, pid);
  }
}
