/**
 * One node of the test's double of Riak: an HTTP server with vnodes, which asks its peers over HTTP. Quorums are counted, vector clocks
 * kept, fallbacks stand in and hand off, as Riak's documentation says. It is a double: what passes against it has not
 * been tested against Riak.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { activePreferences, claim, type Entry, partitionOf } from '../../../../src/db/riak/model/ring.ts';
import { admin } from './admin.ts';
import { type Content, merged, type Props, type StoredObject, written } from './object.ts';
import { serve } from './resources.ts';

export interface NodeOptions {
  /** `riak@127.0.0.1`, or with a port. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly ringSize: number;
  readonly defaults: Props;
  readonly netTickMs: number;
  readonly gossipMs: number;
  readonly managementMs: number;
  readonly inactivityMs: number;
  /** Where it keeps what it has; without it, nothing outlives it. */
  readonly file?: string;
  readonly log?: (line: string) => void;
}

export interface Key {
  readonly type: string;
  readonly bucket: string;
  readonly key: string;
}

export interface BucketType {
  readonly props: Props;
  readonly active: boolean;
}

interface Vnode {
  object: StoredObject;
  key: Key;
  /** It stands in for the owner of its partition. */
  fallback: boolean;
  usedMs: number;
}

/** What a test makes it do. */
export interface Faults {
  /** Peers that it neither hears nor reaches: all that is sent is lost. */
  deafTo: Set<string>;
  /** It carries out a write, and breaks the connection instead of an answer. */
  dropAnswer: boolean;
  /** Its vnodes answer that they have failed. */
  vnodesFail: boolean;
  /** It answers every request like this, and does nothing. */
  answer: { status: number; body: string; type?: string } | undefined;
  slowMs: number;
}

/** An error inside, as Riak calls it. */
export class Refusal extends Error {
  readonly reason: readonly [what: string, ...numbers: number[]];
  constructor(...reason: [what: string, ...numbers: number[]]) {
    super(reason.join(','));
    this.reason = reason;
  }
}

/** A vnode has answered, and that was no success. */
class VnodeFailure extends Error {}

export type Quorum = string | number;

const BEAT_MS_MAX = 250;

export class RiakDouble {
  readonly options: NodeOptions;
  readonly faults: Faults = { deafTo: new Set(), dropAnswer: false, vnodesFail: false, answer: undefined, slowMs: 0 };
  members: string[];
  joining: string[] = [];
  pendingUntilMs = 0;
  readonly types = new Map<string, BucketType>();
  readonly #vnodes = new Map<string, Vnode>();
  /** When each peer was heard of last; a peer that is not in here is down. */
  readonly #heardMs = new Map<string, number>();
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #life = randomUUID().slice(0, 8);
  /** Requests for objects, as they came: `PUT /buckets/...`. */
  readonly requests: { method: string; url: string; from: string }[] = [];

  constructor(options: NodeOptions) {
    this.options = options;
    this.members = [options.name];
    this.#load();
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500, { 'content-type': 'text/plain' }).end(`Error:\n${String(error)}\n`);
      });
    });
  }

  async start(): Promise<void> {
    const { port, host, gossipMs, netTickMs, managementMs } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    for (const peer of this.#peers()) this.#heardMs.set(peer, Date.now());
    await this.#beat(this.#peers());
    this.#every(Math.min(netTickMs / 4, BEAT_MS_MAX), () =>
      this.#beat(this.#peers().filter((peer) => this.isUp(peer))),
    );
    this.#every(gossipMs, () => this.#beat(this.#peers().filter((peer) => !this.isUp(peer))));
    this.#every(managementMs, () => this.#handOff());
    this.options.log?.(`${this.options.name} serves at ${host}:${this.port}`);
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#agent.destroy();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  isUp(peer: string): boolean {
    return peer === this.options.name || this.#heardMs.has(peer);
  }

  /** Takes a peer for up, or down, from now on. */
  believe(peer: string, up: boolean): void {
    if (this.#heardMs.has(peer) !== up) this.log(`${peer} is ${up ? 'up' : 'down'}`);
    if (up) this.#heardMs.set(peer, Date.now());
    else this.#heardMs.delete(peer);
  }

  propsOf({ type }: Key): Props | undefined {
    if (type === 'default') return this.options.defaults;
    const found = this.types.get(type);
    return found?.active ? found.props : undefined;
  }

  /** What its own vnodes have of an object's elements, or a set's. */
  own(): StoredObject[] {
    return [...this.#vnodes.values()].map(({ object }) => object);
  }

  get fallbacks(): number {
    return [...this.#vnodes.values()].filter(({ fallback }) => fallback).length;
  }

  preferences(key: Key, n: number, isUp = (peer: string) => this.isUp(peer)): Entry[] {
    const ring = claim(this.members, this.options.ringSize, 4);
    const bucket = key.type === 'default' ? key.bucket : `${key.type}/${key.bucket}`;
    return activePreferences(ring, partitionOf(bucket, key.key, this.options.ringSize), n, isUp);
  }

  /** A write from its first moment on: forwarded to a node that has a vnode of it, or coordinated here. */
  async put(
    key: Key,
    made: Omit<Content, 'dot' | 'lastModifiedUs' | 'vtag'>,
    context: Record<string, number>,
    quorums: Record<string, Quorum>,
  ): Promise<void> {
    const props = this.propsOf(key) as Props;
    const preferences = this.preferences(key, props.n_val);
    const timeoutMs = Number(quorums.timeout ?? 60_000);
    const home = preferences.find(({ node }) => node === this.options.name);
    if (home === undefined && preferences[0] !== undefined) {
      const body = { do: 'coordinate', key, made, context, quorums };
      const answer = await this.ask(preferences[0].node, body, timeoutMs).catch(() => {
        throw new Refusal('timeout');
      });
      if (Array.isArray(answer.refused)) throw new Refusal(...(answer.refused as [string]));
      return;
    }
    const [w, dw, pw] = ['w', 'dw', 'pw'].map((name) => quorumOf(quorums[name] ?? 'quorum', props.n_val)) as [
      number,
      number,
      number,
    ];
    const primaries = preferences.filter(({ primary }) => primary).length;
    if (Math.max(w, dw, pw) > props.n_val) throw new Refusal('n_val_violation', props.n_val);
    if (pw > primaries) throw new Refusal('pw_val_unsatisfied', pw, primaries);
    if (Math.max(w, dw, pw) > preferences.length)
      throw new Refusal('insufficient_vnodes', preferences.length, Math.max(w, dw, pw));
    const actor = `${this.options.name}/${home?.partition}${home?.primary === false ? `/${this.#life}` : ''}`;
    const content = {
      ...made,
      lastModifiedUs: Math.round((performance.timeOrigin + performance.now()) * 1000),
      vtag: randomUUID(),
    };
    const entry = home as Entry;
    let object: StoredObject | undefined;
    await this.#gather(
      [entry, ...preferences.filter((one) => one !== entry)],
      async (at) => {
        if (at === entry) {
          if (this.faults.vnodesFail) throw new VnodeFailure();
          object = written(this.#vnode(key, at)?.object, content, context, actor, props);
          this.#store(key, at, object);
        } else if (object === undefined) throw new VnodeFailure();
        else await this.#askVnode(at, { do: 'put', key, entry: at, object, props });
      },
      ({ answered, answeredPrimaries, failed, left }) => {
        if (answered >= Math.max(w, dw) && answeredPrimaries >= pw) return { done: undefined };
        if (left > 0) return undefined;
        if (answered >= Math.max(w, dw)) return { refusal: new Refusal('pw_val_unsatisfied', pw, answeredPrimaries) };
        if (answered >= w) return { refusal: new Refusal('dw_val_unsatisfied', dw, answered) };
        return failed > 0 ? { refusal: new Refusal('too_many_fails') } : undefined;
      },
      timeoutMs,
    );
  }

  async get(key: Key, quorums: Record<string, Quorum>): Promise<StoredObject | undefined> {
    const props = this.propsOf(key) as Props;
    const { n_val: n } = props;
    const [r, pr] = [quorumOf(quorums.r ?? 'quorum', n), quorumOf(quorums.pr ?? 0, n)];
    const preferences = this.preferences(key, n);
    const primaries = preferences.filter(({ primary }) => primary).length;
    if (Math.max(r, pr) > n) throw new Refusal('n_val_violation', n);
    if (pr > primaries) throw new Refusal('pr_val_unsatisfied', pr, primaries);
    if (r > preferences.length) throw new Refusal('insufficient_vnodes', preferences.length, r);
    const found = new Map<Entry, StoredObject | undefined>();
    const countsNothing = quorums.notfound_ok === 'false';
    await this.#gather(
      preferences,
      async (at) => {
        const object = await this.#askVnode(at, { do: 'get', key, entry: at });
        found.set(at, object);
        if (object === undefined && countsNothing) throw new VnodeFailure();
      },
      ({ answered, answeredPrimaries, left }) => {
        if (answered >= r && answeredPrimaries >= pr) return { done: undefined };
        const nothing = [...found.values()].filter((object) => object === undefined).length;
        if (countsNothing && quorums.basic_quorum === 'true' && nothing > n / 2) return { done: undefined };
        if (left > 0) return undefined;
        // All that have answered have nothing, which counts for nothing: not found all the same.
        if (countsNothing && nothing > 0 && answered === 0) return { done: undefined };
        return {
          refusal:
            answered >= r
              ? new Refusal('pr_val_unsatisfied', pr, answeredPrimaries)
              : new Refusal('r_val_unsatisfied', r, answered),
        };
      },
      Number(quorums.timeout ?? 60_000),
      // Read repair: whoever has less gets all of it.
      () => {
        const objects = [...found.values()].filter((object) => object !== undefined);
        if (objects.length === 0) return;
        const whole = objects.reduce((one, other) => merged(one, other, props));
        for (const [at, had] of found)
          if (JSON.stringify(had) !== JSON.stringify(whole))
            this.#askVnode(at, { do: 'put', key, entry: at, object: whole, props }).catch(() => {});
      },
    );
    const objects = [...found.values()].filter((object) => object !== undefined);
    return objects.length === 0 ? undefined : objects.reduce((one, other) => merged(one, other, props));
  }

  /** Asks a peer. @throws where it does not answer in time. */
  async ask(peer: string, body: object, timeoutMs: number): Promise<Record<string, unknown>> {
    if (this.faults.deafTo.has(peer)) {
      await new Promise((resolve) => setTimeout(resolve, timeoutMs));
      throw new Error(`no answer from ${peer}`);
    }
    const [host, port = String(this.options.port)] = peer.replace(/^riak@/, '').split(':');
    return new Promise((resolve, reject) => {
      const asked = httpRequest({ host, port, path: '/_peer', method: 'POST', agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timer);
          resolve(JSON.parse(Buffer.concat(chunks).toString()));
        });
      });
      const timer = setTimeout(() => asked.destroy(new Error(`no answer from ${peer}`)), timeoutMs);
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
      asked.on('error', fail);
      asked.end(JSON.stringify({ ...body, from: this.options.name }));
    });
  }

  /** The ring and the bucket types, as it has them, to all members. */
  async spread(): Promise<void> {
    const { members, pendingUntilMs } = this;
    const body = { do: 'ring', members, types: [...this.types], pendingUntilMs };
    await Promise.all(this.#peers().map((peer) => this.ask(peer, body, 5_000)));
    this.#save();
  }

  log(line: string): void {
    this.options.log?.(line);
  }

  #peers(): string[] {
    return this.members.filter((peer) => peer !== this.options.name);
  }

  #every(ms: number, what: () => Promise<void>): void {
    let busy = false;
    this.#timers.push(
      setInterval(() => {
        if (busy) return;
        busy = true;
        what()
          .catch(() => {})
          .finally(() => {
            busy = false;
          });
      }, ms),
    );
  }

  async #beat(peers: readonly string[]): Promise<void> {
    const { netTickMs } = this.options;
    await Promise.all(
      peers.map(async (peer) => {
        try {
          await this.ask(peer, { do: 'beat' }, Math.max(netTickMs / 4, 50));
          this.believe(peer, true);
        } catch (error) {
          const refused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
          if (!refused && Date.now() - (this.#heardMs.get(peer) ?? 0) < netTickMs) return;
          this.believe(peer, false);
        }
      }),
    );
  }

  async #handOff(): Promise<void> {
    for (const [id, vnode] of [...this.#vnodes]) {
      const { key, object, fallback, usedMs } = vnode;
      const partition = Number(id.split(' ')[0]);
      if (!fallback || Date.now() - usedMs < this.options.inactivityMs) continue;
      const props = this.propsOf(key) as Props;
      const owner = this.preferences(key, props.n_val, () => true).find((entry) => entry.partition === partition);
      if (owner === undefined || owner.node === this.options.name || !this.isUp(owner.node)) continue;
      await this.#askVnode(owner, { do: 'put', key, entry: owner, object, props });
      // What came meanwhile has to follow.
      if (this.#vnodes.get(id)?.object === object) this.#vnodes.delete(id);
      this.#save();
      this.log(`handed partition ${partition} to ${owner.node}`);
    }
  }

  async #askVnode(at: Entry, request: VnodeRequest): Promise<StoredObject | undefined> {
    if (at.node === this.options.name) return this.#onVnode(request);
    const answer = await this.ask(at.node, request, 60_000);
    if (answer.failed === true) throw new VnodeFailure();
    return answer.object as StoredObject | undefined;
  }

  #onVnode(request: VnodeRequest): StoredObject | undefined {
    if (this.faults.vnodesFail) throw new VnodeFailure();
    const { key, entry } = request;
    const had = this.#vnode(key, entry);
    if (had !== undefined) had.usedMs = Date.now();
    if (request.do === 'get') return had?.object;
    const { object, props } = request;
    this.#store(key, entry, props.last_write_wins ? object : merged(had?.object, object, props));
    return undefined;
  }

  #vnode(key: Key, { partition }: Entry): Vnode | undefined {
    return this.#vnodes.get(idOf(key, partition));
  }

  #store(key: Key, { partition, primary }: Entry, object: StoredObject): void {
    this.#vnodes.set(idOf(key, partition), { object, key, fallback: !primary, usedMs: Date.now() });
    this.#save();
  }

  /**
   * Asks all at once (what the first does by itself is done before the others are asked), and judges after each answer; resolves or rejects with the first judgement. `after` is called when
   * all have answered.
   */
  #gather(
    entries: readonly Entry[],
    ask: (at: Entry) => Promise<void>,
    judge: (tally: Tally) => { done: undefined } | { refusal: Refusal } | undefined,
    timeoutMs: number,
    after = () => {},
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Refusal('timeout')), timeoutMs);
      const tally = { answered: 0, answeredPrimaries: 0, failed: 0, left: entries.length };
      const one = async (at: Entry) => {
        try {
          await ask(at);
          tally.answered++;
          if (at.primary) tally.answeredPrimaries++;
        } catch (error) {
          // Who is out of reach has not answered; the time will be up.
          if (!(error instanceof VnodeFailure)) return;
          tally.failed++;
        }
        tally.left--;
        const judgement = judge(tally);
        if (judgement !== undefined) {
          clearTimeout(timer);
          if ('refusal' in judgement) reject(judgement.refusal);
          else resolve();
        }
        if (tally.left === 0) after();
      };
      for (const at of entries) one(at);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { url = '/', method = '' } = request;
    if (url === '/_peer') return this.#answerPeer(JSON.parse(body), response);
    if (url === '/_admin') {
      const out = await admin(this, JSON.parse(body));
      response.end(out);
      return;
    }
    this.requests.push({ method, url, from: request.socket.remoteAddress ?? '' });
    if (this.faults.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, this.faults.slowMs));
    const { answer } = this.faults;
    if (answer !== undefined)
      response.writeHead(answer.status, { 'content-type': answer.type ?? 'text/plain' }).end(answer.body);
    else await serve(this, { method, url, headers: request.headers, body }, response);
  }

  async #answerPeer(message: PeerMessage, response: ServerResponse): Promise<void> {
    // What comes from the other side of a cut never arrives.
    if (this.faults.deafTo.has(message.from)) return;
    if (this.members.includes(message.from)) this.believe(message.from, true);
    response.end(JSON.stringify((await this.#onPeer(message)) ?? {}));
  }

  async #onPeer(message: PeerMessage): Promise<object | undefined> {
    switch (message.do) {
      case 'get':
      case 'put':
        try {
          return { object: this.#onVnode(message) };
        } catch {
          return { failed: true };
        }
      case 'coordinate':
        try {
          await this.put(message.key, message.made, message.context, message.quorums);
          return {};
        } catch (error) {
          return { refused: error instanceof Refusal ? error.reason : ['crash'] };
        }
      case 'stage-join':
        if (!this.joining.includes(message.from)) this.joining.push(message.from);
        return {};
      case 'ring':
        this.members = message.members;
        this.joining = [];
        this.pendingUntilMs = message.pendingUntilMs;
        for (const [name, type] of message.types) this.types.set(name, type);
        for (const peer of this.#peers()) this.believe(peer, true);
        this.#save();
        return {};
      case 'fallbacks':
        return { fallbacks: this.fallbacks };
      case 'members':
        return { members: this.members };
      default:
        return {};
    }
  }

  #load(): void {
    const { file } = this.options;
    if (file === undefined || !existsSync(file)) return;
    const { members, types, vnodes } = JSON.parse(readFileSync(file, 'utf8'));
    this.members = members;
    for (const [name, type] of types) this.types.set(name, type);
    for (const [id, vnode] of vnodes) this.#vnodes.set(id, vnode);
  }

  #save(): void {
    const { file } = this.options;
    if (file === undefined) return;
    writeFileSync(
      `${file}.new`,
      JSON.stringify({ members: this.members, types: [...this.types], vnodes: [...this.#vnodes] }),
    );
    renameSync(`${file}.new`, file);
  }
}

interface Tally {
  readonly answered: number;
  readonly answeredPrimaries: number;
  readonly failed: number;
  /** Those that have not answered yet. */
  readonly left: number;
}

type VnodeRequest =
  | { readonly do: 'get'; readonly key: Key; readonly entry: Entry }
  | {
      readonly do: 'put';
      readonly key: Key;
      readonly entry: Entry;
      readonly object: StoredObject;
      readonly props: Props;
    };

type PeerMessage = { readonly from: string } & (
  | VnodeRequest
  | {
      readonly do: 'coordinate';
      readonly key: Key;
      readonly made: Omit<Content, 'dot' | 'lastModifiedUs' | 'vtag'>;
      readonly context: Record<string, number>;
      readonly quorums: Record<string, Quorum>;
    }
  | {
      readonly do: 'ring';
      readonly members: string[];
      readonly types: [string, BucketType][];
      readonly pendingUntilMs: number;
    }
  | { readonly do: 'stage-join' | 'members' | 'fallbacks' | 'beat' }
);

const idOf = ({ type, bucket, key }: Key, partition: number) => `${partition} ${type}/${bucket}/${key}`;

export function quorumOf(given: Quorum, n: number): number {
  if (given === 'quorum') return Math.floor(n / 2) + 1;
  if (given === 'all') return n;
  return given === 'one' ? 1 : Number(given);
}
