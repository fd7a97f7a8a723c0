/**
 * A member of a replica set that is none of MongoDB's: a double, to test our side of the wire against. It keeps one document, votes
 * and replicates as Raft does (its log is pushed by the primary, MongoDB's is pulled), and answers drivers as mongod 7.0 would.
 */
import type { Server, Socket } from 'node:net';
import { type Document, Long, ObjectId, Timestamp } from 'bson';
import { type Entry, Oplog, type ReplicaSetConfig } from './oplog.ts';
import { Peer, type Reply, type Request, serve } from './wire.ts';

/** What a test has a member do with a command, in place of its answer or after it. */
export type Fault =
  /** It is refused. */
  | { readonly refuse: Document }
  /** It is not carried out, and answered so all the same. */
  | { readonly answer: Document }
  /** It is carried out, and answered with an error. */
  | { readonly fail: Document }
  /** It is carried out, and answered with a write concern error. */
  | { readonly writeConcernError: Document }
  /** The connection is closed: before it is carried out, or after. */
  | { readonly drop: 'before' | 'after' }
  /** It is never answered, and carried out or not. */
  | { readonly hang: 'before' | 'after' };

export interface MemberOptions {
  /** Address and port where it listens, and by which the set knows it. */
  readonly host: string;
  /** The file that outlives it. */
  readonly path?: string;
  readonly say?: (words: string) => void;
}

const TICK_MS = 25;
const ASK_MS_MAX = 1_000;

const error = (code: number, codeName: string, errmsg: string): Document => ({ ok: 0, code, codeName, errmsg });
export const NOT_PRIMARY = error(10107, 'NotWritablePrimary', 'not primary');
const NOT_PRIMARY_READ = error(13435, 'NotPrimaryNoSecondaryOk', 'not primary and secondaryOk=false');
const INTERRUPTED = error(11602, 'InterruptedDueToReplStateChange', 'operation was interrupted');
const STEPPED_DOWN = {
  ...{ code: 189, codeName: 'PrimarySteppedDown' },
  errmsg: 'Primary stepped down while waiting for replication',
};
const RETRYABLE = [10107, 13435, 13436, 11602, 11600, 189, 91];

type Wait = 'satisfied' | 'timeout' | 'stepped-down';

export class Member {
  readonly host: string;
  readonly #oplog: Oplog;
  readonly #say: (words: string) => void;
  readonly #processId = new ObjectId();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;
  #counter = 0;
  #peers = new Map<string, Peer>();
  /** Requests to peers that are under way. */
  #busy = new Set<string>();
  #primary: string | undefined;
  #committed = 0;
  #heardMs = performance.now();
  #patience = 1;
  #standing = false;
  /** As a primary knows them: how long each log is, and when it has answered last. */
  readonly #match = new Map<string, number>();
  readonly #next = new Map<string, number>();
  readonly #answeredMs = new Map<string, number>();
  readonly #watchers = new Set<() => void>();
  readonly #helloWatchers = new Set<() => void>();
  /** Asked for each command of a client; a test's. */
  fault: ((command: Document) => Fault | undefined) | undefined;
  /** Every command that a client has sent, with the address it came from. */
  readonly seen: { readonly command: Document; readonly from: string | undefined }[] = [];
  /** Where every connection came from. */
  readonly origins: (string | undefined)[] = [];

  constructor({ host, path, say = () => {} }: MemberOptions) {
    this.host = host;
    this.#oplog = new Oplog(path);
    this.#say = say;
    this.#configured();
  }

  get isPrimary(): boolean {
    return this.#primary === this.host;
  }

  get elements(): readonly number[] {
    return this.#oplog.doc?.elements ?? [];
  }

  async listen(): Promise<void> {
    const [address, port] = this.host.split(':');
    const server = serve((request, socket) => this.#answer(request, socket), this.#sockets);
    server.on('connection', ({ remoteAddress }) => {
      if (!this.origins.includes(remoteAddress)) this.#say(`connections from ${remoteAddress}`);
      this.origins.push(remoteAddress);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port: Number(port) }, resolve);
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#say(`waiting for connections on ${this.host}`);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#server?.close();
    this.closeConnections();
    for (const peer of this.#peers.values()) peer.close();
  }

  closeConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** As replSetStepDown: it is no primary any more, and will not be again of its own accord for an election timeout. */
  stepDown(): void {
    this.#follow(this.#oplog.meta.term, undefined, 'it was asked to');
    this.#patience = 3;
  }

  get #config(): ReplicaSetConfig | null {
    return this.#oplog.meta.config;
  }
  get #electionMs(): number {
    return this.#config?.settings.electionTimeoutMillis ?? 10_000;
  }
  get #majority(): number {
    return Math.floor((this.#config?.members.length ?? 1) / 2) + 1;
  }

  #configured(): void {
    const [address = ''] = this.host.split(':');
    const others = (this.#config?.members ?? []).filter(({ host }) => host !== this.host);
    this.#peers = new Map(others.map(({ host }) => [host, new Peer(host, address)]));
  }

  // ---- voting and replicating

  #tick(): void {
    if (this.#config === null) return;
    const now = performance.now();
    if (this.isPrimary) {
      const fresh = [...this.#peers.keys()].filter(
        (host) => now - (this.#answeredMs.get(host) ?? 0) < this.#electionMs,
      );
      if (fresh.length + 1 < this.#majority)
        this.#follow(this.#oplog.meta.term, undefined, 'it does not see a majority');
      else for (const host of this.#peers.keys()) void this.#replicate(host);
      return;
    }
    const priority = this.#config.members.find(({ host }) => host === this.host)?.priority ?? 0;
    if (priority > 0 && now - this.#heardMs > this.#electionMs * this.#patience) void this.#stand();
  }

  /** Asks for votes, first whether it would have them. */
  async #stand(): Promise<boolean> {
    if (this.#standing) return false;
    this.#standing = true;
    try {
      this.#wait();
      const term = this.#oplog.meta.term + 1;
      if (!(await this.#votes(term, true))) return false;
      if (this.#oplog.meta.term >= term) return false;
      this.#oplog.vote({ term, votedFor: this.host });
      this.#say(`stands for election in term ${term}`);
      if (!(await this.#votes(term, false)) || this.#oplog.meta.term !== term) return false;
      this.#lead(term);
      return true;
    } finally {
      this.#standing = false;
    }
  }

  #wait(): void {
    this.#heardMs = performance.now();
    this.#patience = 1 + Math.random() * 0.15;
  }

  async #votes(term: number, dry: boolean): Promise<boolean> {
    const { entries, lastTerm } = this.#oplog;
    const question = { _vote: 1, term, from: this.host, lastTerm, length: entries.length, dry, $db: 'admin' };
    const [address = ''] = this.host.split(':');
    let yes = 1;
    return new Promise((resolve) => {
      if (yes >= this.#majority) resolve(true);
      const asked = [...this.#peers.keys()].map(async (host) => {
        const peer = new Peer(host, address);
        const answer = await peer.ask(question, ASK_MS_MAX);
        peer.close();
        if ((answer?.term ?? 0) > this.#oplog.meta.term) this.#follow(answer?.term, undefined, 'there is a later term');
        if (answer?.granted && ++yes >= this.#majority) resolve(true);
      });
      void Promise.all(asked).then(() => resolve(yes >= this.#majority));
    });
  }

  #lead(term: number): void {
    this.#say(`is primary in term ${term}`);
    this.#primary = this.host;
    const now = performance.now();
    for (const host of this.#peers.keys()) {
      this.#match.set(host, 0);
      this.#next.set(host, this.#oplog.entries.length);
      this.#answeredMs.set(host, now);
    }
    this.#write({});
    this.#changed();
  }

  /** Is no primary, or not any more. */
  #follow(term: number, primary: string | undefined, why = ''): void {
    if (term > this.#oplog.meta.term) this.#oplog.vote({ term, votedFor: null });
    if (this.isPrimary) this.#say(`steps down: ${why}`);
    const was = this.#primary;
    this.#primary = primary;
    if (was === primary) return;
    if (was === this.host) this.#wait();
    this.#changed();
  }

  #changed(): void {
    this.#counter++;
    for (const watcher of [...this.#helloWatchers]) watcher();
    this.#progress();
  }

  #progress(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #write(entry: Partial<Entry>): number {
    this.#oplog.append({ term: this.#oplog.meta.term, timeS: Math.floor(Date.now() / 1000), ...entry });
    this.#advance();
    for (const host of this.#peers.keys()) void this.#replicate(host);
    return this.#oplog.entries.length;
  }

  async #replicate(host: string): Promise<void> {
    if (this.#busy.has(host)) return;
    this.#busy.add(host);
    try {
      for (let more = true; more && this.isPrimary; ) {
        const { entries, meta } = this.#oplog;
        const next = Math.min(this.#next.get(host) ?? 0, entries.length);
        const sent = entries.slice(next, next + 100);
        const request = {
          ...{ _append: 1, term: meta.term, from: this.host, config: meta.config, committed: this.#committed },
          ...{ previous: next, previousTerm: entries[next - 1]?.term ?? 0, entries: sent, $db: 'admin' },
        };
        const answer = await this.#peers.get(host)?.ask(request, ASK_MS_MAX);
        if (answer === undefined || !this.isPrimary) return;
        if (answer.term > this.#oplog.meta.term) {
          this.#follow(answer.term, undefined, 'there is a later term');
          return;
        }
        this.#answeredMs.set(host, performance.now());
        if (answer.matched) {
          this.#match.set(host, next + sent.length);
          this.#next.set(host, next + sent.length);
          this.#advance();
        } else {
          this.#next.set(host, Math.max(0, Math.min(next - 1, answer.length)));
        }
        more = (this.#next.get(host) ?? 0) < this.#oplog.entries.length || !answer.matched;
      }
    } finally {
      this.#busy.delete(host);
    }
  }

  /** How many members have the first `count` entries. */
  #having(count: number): number {
    return 1 + [...this.#peers.keys()].filter((host) => (this.#match.get(host) ?? 0) >= count).length;
  }

  #advance(): void {
    const { entries, meta } = this.#oplog;
    for (let count = entries.length; count > this.#committed && entries[count - 1]?.term === meta.term; count--) {
      if (this.#having(count) < this.#majority) continue;
      this.#committed = count;
      break;
    }
    this.#progress();
  }

  #appended(request: Document): Document {
    const { meta } = this.#oplog;
    if (request.term < meta.term) return { ok: 1, matched: false, term: meta.term, length: 0 };
    if (meta.config === null) {
      this.#oplog.vote({ config: request.config });
      this.#configured();
      this.#say('has been taken into the set');
    }
    this.#follow(request.term, request.from, 'there is another primary');
    this.#heardMs = performance.now();
    const { entries } = this.#oplog;
    const refused =
      entries.length < request.previous || (entries[request.previous - 1]?.term ?? 0) !== request.previousTerm;
    if (request.previous > 0 && refused)
      return { ok: 1, matched: false, term: request.term, length: Math.min(entries.length, request.previous - 1) };
    (request.entries as Entry[]).forEach((entry, i) => {
      const at = request.previous + i;
      const own = entries[at];
      if (own?.term === entry.term) return;
      if (own !== undefined) {
        this.#say(`rolls back ${entries.length - at} operations`);
        this.#oplog.truncate(at);
      }
      this.#oplog.append(entry);
    });
    this.#committed = Math.max(this.#committed, Math.min(request.committed, request.previous + request.entries.length));
    return { ok: 1, matched: true, term: request.term, length: entries.length };
  }

  #voted({ term, from, lastTerm, length, dry }: Document): Document {
    const { meta, entries, lastTerm: ownTerm } = this.#oplog;
    const fresh = lastTerm > ownTerm || (lastTerm === ownTerm && length >= entries.length);
    const free = term > meta.term || (term === meta.term && [null, from].includes(meta.votedFor));
    // In a set that has a primary nobody need be elected; but who is asked to step up does not wait for that.
    const granted = fresh && free;
    if (!dry && term > meta.term) this.#follow(term, undefined, 'there is a later term');
    if (granted && !dry) {
      this.#oplog.vote({ term, votedFor: from });
      this.#wait();
    }
    return { ok: 1, granted, term: this.#oplog.meta.term };
  }

  // ---- answering clients

  async #answer(request: Request, socket: Socket): Promise<Reply> {
    const { command } = request;
    if ('_append' in command) return this.#appended(command);
    if ('_vote' in command) return this.#voted(command);
    this.seen.push({ command, from: socket.remoteAddress });
    if (this.seen.length > 10_000) this.seen.splice(0, 5_000);
    const fault = this.fault?.(command);
    if (fault !== undefined && 'refuse' in fault) return labelled({ ok: 0, ...fault.refuse }, command);
    if (fault !== undefined && 'answer' in fault) return fault.answer;
    if (fault !== undefined && 'drop' in fault && fault.drop === 'before') return 'drop';
    if (fault !== undefined && 'hang' in fault && fault.hang === 'before') return 'hang';
    const reply = await this.#carryOut(command);
    if (fault === undefined) return labelled(reply, command);
    if ('drop' in fault) return 'drop';
    if ('hang' in fault) return 'hang';
    if ('fail' in fault) return labelled({ ok: 0, ...fault.fail }, command);
    return labelled(
      { ...reply, writeConcernError: (fault as { writeConcernError: Document }).writeConcernError },
      command,
    );
  }

  async #carryOut(command: Document): Promise<Document> {
    const name = Object.keys(command)[0] as string;
    if (/^(hello|ismaster)$/i.test(name)) return this.#hello(command);
    if (name === 'ping' || name === 'endSessions') return { ok: 1 };
    if (name === 'replSetInitiate') return this.#initiate(command.replSetInitiate);
    if (this.#config === null) return error(94, 'NotYetInitialized', 'no replset config has been received');
    if (name === 'replSetGetConfig') return { ok: 1, config: this.#config };
    if (name === 'replSetGetStatus') return this.#status();
    if (name === 'replSetStepUp') return this.#stepUp();
    if (name === 'replSetStepDown') {
      if (!this.isPrimary) return NOT_PRIMARY;
      this.stepDown();
      return { ok: 1 };
    }
    if (name === 'find') return this.#find(command);
    if (name === 'findAndModify') return this.#findAndModify(command);
    if (name === 'insert' || name === 'update') return this.#change(name, command);
    return error(59, 'CommandNotFound', `no such command: '${name}'`);
  }

  async #hello({ topologyVersion, maxAwaitTimeMS }: Document): Promise<Document> {
    if (topologyVersion !== undefined && Number(topologyVersion.counter) === this.#counter)
      await this.#once(this.#helloWatchers, () => true, Number(maxAwaitTimeMS));
    const { _id: setName, version: setVersion, members = [] } = this.#config ?? {};
    const term = this.#oplog.meta.term.toString(16).padStart(16, '0');
    const inSet = {
      ...{ setName, setVersion, secondary: !this.isPrimary, hosts: members.map(({ host }) => host), me: this.host },
      ...(this.#primary === undefined ? {} : { primary: this.#primary }),
      ...(this.isPrimary ? { electionId: ObjectId.createFromHexString(`7fffffff${term}`) } : {}),
    };
    return {
      ...{ ok: 1, helloOk: true, isWritablePrimary: this.isPrimary, ismaster: this.isPrimary },
      topologyVersion: { processId: this.#processId, counter: Long.fromNumber(this.#counter) },
      ...(setName === undefined ? { secondary: false, isreplicaset: true } : inSet),
      ...{ maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 },
      ...{ localTime: new Date(), minWireVersion: 0, maxWireVersion: 21, logicalSessionTimeoutMinutes: 30 },
    };
  }

  #initiate(config: ReplicaSetConfig): Document {
    if (this.#config !== null) return error(23, 'AlreadyInitialized', 'already initialized');
    if (!config.members.some(({ host }) => host === this.host))
      return error(93, 'InvalidReplicaSetConfig', `none of the members is ${this.host}`);
    this.#oplog.vote({ config });
    this.#configured();
    this.#wait();
    this.#changed();
    return { ok: 1 };
  }

  async #stepUp(): Promise<Document> {
    if (this.isPrimary || (await this.#stand())) return { ok: 1 };
    return error(125, 'CommandFailed', 'Election failed.');
  }

  #status(): Document {
    const now = performance.now();
    const members = (this.#config?.members ?? []).map(({ _id, host }) => {
      const self = host === this.host;
      const healthy = self || !this.isPrimary || now - (this.#answeredMs.get(host) ?? 0) < 2 * ASK_MS_MAX;
      const stateStr = host === this.#primary ? 'PRIMARY' : healthy ? 'SECONDARY' : '(not reachable/healthy)';
      return { _id, name: host, health: healthy ? 1 : 0, stateStr, ...(self ? { self } : {}) };
    });
    const { term = 0, timeS = 0 } = this.#oplog.entries.at(-1) ?? {};
    const ts = new Timestamp({ t: timeS, i: this.#oplog.entries.length });
    return { ok: 1, set: this.#config?._id, members, optimes: { appliedOpTime: { ts, t: Long.fromNumber(term) } } };
  }

  async #find({ find: collection, filter, readConcern, $readPreference }: Document): Promise<Document> {
    const mode = $readPreference?.mode ?? 'primary';
    if (!this.isPrimary && mode === 'primary') return NOT_PRIMARY_READ;
    const level = readConcern?.level;
    const count = level === 'majority' ? this.#committed : this.#oplog.entries.length;
    const set = () => (level === 'majority' ? this.#oplog.docAt(count) : this.#oplog.doc);
    const doc = collection === 'numbers' ? this.#oplog.numberAt(filter._id, count) : set();
    if (level === 'linearizable') {
      if (!this.isPrimary) return NOT_PRIMARY;
      if ((await this.#waitFor(this.#write({}), { w: 'majority' })) !== 'satisfied') return INTERRUPTED;
    }
    return {
      ok: 1,
      cursor: { id: Long.ZERO, ns: `plan_run.${collection}`, firstBatch: doc === undefined ? [] : [doc] },
    };
  }

  /** The document of a number, after `$set` or `$inc`; where none matches, a new one (upsert), or nothing. */
  async #findAndModify({ query, update, upsert, new: after, ...command }: Document): Promise<Document> {
    if (!this.isPrimary) return NOT_PRIMARY;
    const { lsid, txnNumber, writeConcern = { w: 1 } } = command;
    const session = txnNumber === undefined ? undefined : `${lsid.id.toString('hex')}:${txnNumber}`;
    const known = session === undefined ? undefined : this.#oplog.ofSession(session);
    const answer = (number: Document | undefined) => ({ ok: 1, value: (after && number) || null });
    if (known !== undefined)
      return this.#acknowledged(known, writeConcern, answer(this.#oplog.entries[known - 1]?.number));
    const before = this.#oplog.numberAt(query._id);
    const matches = before !== undefined && (query.value === undefined || query.value === before.value);
    if (!matches && !upsert) return this.#acknowledged(0, writeConcern, answer(undefined));
    const number = { _id: query._id, value: update.$set?.value ?? (before?.value ?? 0) + update.$inc.value };
    const at = this.#write({ number, ...(session === undefined ? {} : { session }) });
    return this.#acknowledged(at, writeConcern, answer(number));
  }

  async #change(name: string, command: Document): Promise<Document> {
    if (!this.isPrimary) return NOT_PRIMARY;
    const { lsid, txnNumber, writeConcern = { w: 1 } } = command;
    const session = txnNumber === undefined ? undefined : `${lsid.id.toString('hex')}:${txnNumber}`;
    const known = session === undefined ? undefined : this.#oplog.ofSession(session);
    if (known !== undefined) return this.#acknowledged(known, writeConcern, { ok: 1, n: 1, nModified: 1 });
    const { doc } = this.#oplog;
    const entry = name === 'insert' ? inserts(command) : updates(command, doc);
    if (entry === 'duplicate')
      return { ok: 1, n: 0, writeErrors: [{ index: 0, code: 11000, errmsg: 'E11000 duplicate key error' }] };
    if (entry === undefined) return this.#acknowledged(0, writeConcern, { ok: 1, n: 0, nModified: 0 });
    const at = this.#write({ ...entry, ...(session === undefined ? {} : { session }) });
    return this.#acknowledged(at, writeConcern, { ok: 1, n: 1, nModified: 1 });

    function inserts({ documents: [document] }: Document): Partial<Entry> | 'duplicate' {
      if (doc !== undefined) return 'duplicate';
      return { id: document._id, version: document.version.toHexString(), elements: document.elements };
    }
  }

  async #acknowledged(count: number, concern: Document, reply: Document): Promise<Document> {
    if (concern.w === 0) return reply;
    const members = this.#config?.members.length ?? 1;
    const unsatisfiable = typeof concern.w === 'number' && concern.w > members;
    const wrong = unsatisfiable
      ? { code: 100, codeName: 'UnsatisfiableWriteConcern', errmsg: 'Not enough data-bearing nodes' }
      : { satisfied: undefined, timeout: LATE, 'stepped-down': STEPPED_DOWN }[await this.#waitFor(count, concern)];
    return wrong === undefined ? reply : { ...reply, writeConcernError: wrong };
  }

  async #waitFor(count: number, { w = 1, wtimeout }: Document): Promise<Wait> {
    const { term } = this.#oplog.meta;
    const lost = () => !this.isPrimary || this.#oplog.meta.term !== term;
    const enough = () => (w === 'majority' ? this.#committed >= count : this.#having(count) >= w);
    const came = await this.#once(this.#watchers, () => lost() || enough(), wtimeout);
    if (!came) return 'timeout';
    return lost() && !(w === 1) ? 'stepped-down' : 'satisfied';
  }

  /** @returns whether it came to hold within the time. */
  #once(watchers: Set<() => void>, holds: () => boolean, timeoutMs: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (held: boolean) => {
        watchers.delete(look);
        clearTimeout(timer);
        resolve(held);
      };
      const look = () => {
        if (holds()) done(true);
      };
      const timer = timeoutMs ? setTimeout(() => done(false), timeoutMs) : undefined;
      watchers.add(look);
      if (watchers === this.#watchers) look();
    });
  }
}

const LATE = { code: 64, codeName: 'WriteConcernFailed', errmsg: 'waiting for replication timed out' };

/** What an update writes; undefined where no document is the one that it asks for. */
function updates({ updates: [{ q, u, upsert }] }: Document, doc: Oplog['doc']): Partial<Entry> | undefined {
  const version = u.$set.version.toHexString() as string;
  if (doc === undefined && !upsert) return undefined;
  if (q.version !== undefined && !doc?.version.equals(q.version)) return undefined;
  if (u.$push !== undefined) return { id: q._id, version, element: u.$push.elements };
  const before = doc?.elements ?? [];
  const elements = u.$set.elements as number[];
  // The log need not hold the whole set again and again.
  const grown = elements.length === before.length + 1 && before.every((one, i) => one === elements[i]);
  return { id: q._id, version, ...(grown ? { element: elements.at(-1) as number } : { elements }) };
}

/** Errors that a driver may answer by sending the write again say so, where it could (retryable writes specification). */
function labelled(reply: Document, { txnNumber }: Document): Document {
  const code = reply.code ?? reply.writeConcernError?.code;
  if (txnNumber === undefined || !RETRYABLE.includes(code) || reply.errorLabels !== undefined) return reply;
  return { ...reply, errorLabels: ['RetryableWriteError'] };
}
