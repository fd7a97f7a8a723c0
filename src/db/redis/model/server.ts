import { assert } from '../../../base/assert.ts';
import type { Connection, Handler, SimProcess } from '../../../contract/index.ts';
import { REDIS_PORT } from '../config.ts';
import type { Argv } from '../scripts.ts';
import { elementOf, evaluate, worded } from './effects.ts';
import { ReplicationHistory, randomId } from './history.ts';
import { type Keyspace, type Moment, writes } from './keyspace.ts';
import { type Peer, Peers } from './peers.ts';
import { Persistence } from './persistence.ts';
import { type LinkOwner, PrimaryLink } from './primary-link.ts';
import type { Command, Info, Message, Refusal, Snapshot, StreamCommand, StreamEntry } from './protocol.ts';
import { Replicas } from './replicas.ts';
import { Waits } from './waits.ts';

const CRON_MS = 1_000;
/** repl-ping-replica-period, in crons. */
const PING_CRONS = 10;
/** What is answered even then (commands.c, CMD_LOADING). PING is not, and a Sentinel takes the refusal for a sign of life. */
const WHILE_LOADING: ReadonlySet<string> = new Set([
  ...['INFO', 'ROLE', 'PUBLISH', 'REPLCONF', 'CONFIG REWRITE', 'CLIENT KILL'],
]);
/** Elements that are read from disk in a millisecond. */
const LOAD_PER_MS = 500;

export interface ServerConfig {
  /** Whom it follows as long as nobody has told it otherwise; undefined: it begins as primary. */
  readonly primary: string | undefined;
  readonly minReplicasToWrite: number;
  readonly minReplicasMaxLagS: number;
  readonly appendonly: boolean;
}

type Reply = (answer: unknown) => void;

/** A Redis server: its data, replicated. A state machine of one thread, as the real one. */
export class RedisServer implements LinkOwner {
  readonly process: SimProcess;
  readonly history: ReplicationHistory;
  readonly #config: ServerConfig;
  readonly #persistence: Persistence;
  readonly #replicas: Replicas;
  readonly #waits: Waits;
  readonly #peers = new Peers();
  readonly #runId: string;
  readonly #ids;
  #data: Keyspace;
  /** Undefined in a primary. */
  #link: PrimaryLink | undefined;
  #loading = false;
  /** Replicas that count for min-replicas-to-write, as of the last change or cron. */
  #good = 0;
  #crons = 0;

  constructor(process: SimProcess, config: ServerConfig) {
    this.process = process;
    this.#config = config;
    this.#ids = process.rng.fork('ids');
    this.#runId = randomId(this.#ids);
    this.history = new ReplicationHistory(randomId(this.#ids));
    this.#replicas = new Replicas(process, this.history);
    this.#waits = new Waits(process, (offset) => this.#replicas.acknowledgedBy(offset));
    this.#persistence = new Persistence(process, config.appendonly);
    const { data, snapshot } = this.#persistence.load();
    this.#data = data;
    process.listen(REDIS_PORT, (connection) => this.#accept(connection));
    this.#begin(this.#persistence.primary(config.primary), snapshot);
    process.every(CRON_MS, () => this.#cron());
  }

  get role(): 'master' | 'slave' {
    return this.#link === undefined ? 'master' : 'slave';
  }

  /** What it answers SMEMBERS with; while it still reads its disk, nothing yet. */
  get elements(): Iterable<number> {
    return this.#loading ? [] : this.#data.elements;
  }

  info(): Info {
    const link = this.#link;
    return {
      runId: this.#runId,
      role: this.role,
      loading: this.#loading,
      replicas: this.#replicas.list(),
      primary: link?.primary,
      linkUp: link?.state === 'connected',
      syncInProgress: link?.state === 'transfer',
      linkDownS: link?.downS ?? 0,
      replOffset: link?.state === 'connected' || link?.resumable ? this.history.offset : 0,
    };
  }

  adopt({ data, replid, offset }: Snapshot): void {
    const from = this.#link?.primary;
    const [last, next] = [this.#data.elements, data.elements];
    const discarded = [...last].filter((element) => !next.has(element));
    if (discarded.length > 0)
      this.process.say(
        'discard',
        `Flushing old data: ${discarded.length} elements are not in the data of master ${from}`,
        discarded,
        'dropped',
      );
    // Whoever follows this server has to ask again (replicationAttachToNewMaster).
    this.#disconnectReplicas();
    this.#data = data.copy();
    this.history.reset(replid, offset);
    this.#persistence.save({ data, replid, offset });
    this.#persistence.restartLog(data);
    this.process.say(
      'sync-done',
      `MASTER <-> REPLICA sync: Finished with success (${data.size} elements from ${from})`,
      () => [...next].filter((element) => !last.has(element)),
      'gained',
    );
  }

  apply(entry: StreamEntry): void {
    const { command } = entry;
    // What it acknowledges does not include the request itself (replicationSendAck sends reploff).
    if (command.command === 'GETACK') this.#link?.acknowledge(this.history.offset);
    this.history.follow(entry);
    this.#replicas.feed(entry);
    if (command.command === 'PUBLISH') this.#peers.publish(command.hello);
    if (command.command !== 'DATA') return;
    const { effects } = command;
    const added = elementOf(effects);
    assert(added === undefined || !this.#data.elements.has(added), 'a primary sends only what changes something');
    for (const argv of effects) this.#data.execute(argv, this.#moment());
    this.#persistence.append(effects);
    const from = this.#link?.primary;
    this.#detail('apply', effects, () => `applies ${worded(effects)} from ${from} at offset ${entry.end}`);
  }

  renamed(): void {
    this.#disconnectReplicas();
  }

  /** Reads what the disk had, answering LOADING meanwhile, and takes up its role. */
  #begin(primary: string | undefined, snapshot: Snapshot | undefined): void {
    const start = () => {
      this.#loading = false;
      const data = this.#data;
      if (data.size > 0)
        this.process.say('loaded', `DB loaded from disk: ${data.size} elements`, () => [...data.elements], 'gained');
      if (primary === undefined) {
        // A primary that comes back goes on with a history of its own from where its snapshot was.
        if (snapshot !== undefined) {
          this.history.offset = snapshot.offset;
          this.history.backlog.reset(snapshot.offset);
          this.history.replid2 = snapshot.replid;
          this.history.secondOffset = snapshot.offset + 1;
        }
        return;
      }
      if (snapshot !== undefined) this.history.reset(snapshot.replid, snapshot.offset);
      this.#link = new PrimaryLink(this, primary, snapshot !== undefined, 0);
      this.#link.connect();
    };
    const loadMs = Math.floor(this.#data.size / LOAD_PER_MS);
    this.#loading = loadMs > 0;
    if (this.#loading) this.process.after(loadMs, start);
    else start();
  }

  #cron(): void {
    this.#crons++;
    if (this.#loading) return;
    this.#link?.cron();
    if (this.#crons % PING_CRONS === 0 && this.#replicas.size > 0) this.#propagate({ command: 'PING' });
    for (const connection of this.#replicas.dropSilent()) this.#disconnect(connection);
    this.#persistence.sync();
    if (this.#persistence.saveIsDue()) this.#persistence.save(this.#snapshot());
    this.#refreshGood();
  }

  #accept(connection: Connection): Handler {
    const peer = this.#peers.add(connection);
    return {
      asked: (command, reply) => this.#asked(command as Command, reply, peer),
      message: (message) => this.#told(message as Message, peer),
      ended: () => this.#gone(connection),
    };
  }

  #told(message: Message, peer: Peer): void {
    if (message.kind === 'subscribe') peer.kind = 'pubsub';
    if (message.kind !== 'ack') return;
    this.#replicas.acknowledge(peer.connection, message.offset);
    this.#waits.acknowledged();
  }

  #asked(command: Command, reply: Reply, peer: Peer): void {
    const refusal = this.#refusal(command);
    if (refusal !== undefined) reply(refusal);
    else if (command.command === 'WAIT') this.#wait(command.replicas, command.timeoutMs, reply, peer);
    else if (command.command === 'PSYNC') this.#psync(command.replid, command.offset, reply, peer);
    else {
      const answer = this.#execute(command, peer);
      // After every command, also one that changed nothing (server.c, processCommand): WAIT is for what the client has seen.
      peer.offset = this.history.offset;
      reply(answer);
    }
  }

  /** What is refused before it is carried out, in Redis's order (server.c, processCommand). */
  #refusal(asked: Command): Refusal | undefined {
    const { command } = asked;
    if (command === 'EXEC') {
      // What it refuses to queue aborts the transaction; clients report the refusal.
      for (const one of asked.commands) {
        const refusal = this.#refusal(one);
        if (refusal !== undefined) return refusal;
      }
      return undefined;
    }
    if (command === 'DATA' && writes(asked.argv)) {
      const refusal = this.#writeRefusal();
      if (refusal !== undefined) return refusal;
    }
    return this.#loading && !WHILE_LOADING.has(command)
      ? { error: 'LOADING Redis is loading the dataset in memory' }
      : undefined;
  }

  #writeRefusal(): Refusal | undefined {
    const { minReplicasToWrite } = this.#config;
    if (this.#link === undefined && this.#good < minReplicasToWrite)
      return { error: 'NOREPLICAS Not enough good replicas to write.' };
    if (this.#link !== undefined) return { error: "READONLY You can't write against a read only replica." };
    return undefined;
  }

  /** Carries out what is answered at once. */
  #execute(command: Command, peer: Peer): unknown {
    switch (command.command) {
      case 'PING':
        return 'PONG';
      case 'INFO':
        return this.info();
      case 'ROLE':
        return this.role;
      case 'DATA':
        return this.#carryOut(command.argv);
      case 'EXEC':
        return command.commands.map((one) => this.#execute(one, peer));
      case 'PUBLISH':
        this.#peers.publish(command.hello);
        this.#propagate({ command: 'PUBLISH', hello: command.hello });
        return 1;
      case 'REPLCONF':
        peer.node = command.node;
        return 'OK';
      case 'REPLICAOF':
        return this.#replicaOf(command.primary);
      case 'CONFIG REWRITE':
        this.#persistence.rewriteConfig(this.#link?.primary);
        return 'OK';
      case 'CLIENT KILL':
        return this.#killClients(command.type, peer);
      default:
        return { error: `ERR unknown command '${command.command}'` };
    }
  }

  /** A command on data, or a script: what it changes goes to log and replicas as one. */
  #carryOut(argv: Argv): unknown {
    const effects: Argv[] = [];
    const moment = this.#moment(this.#link === undefined ? (effect) => effects.push(effect) : undefined);
    const reply =
      argv[0] === 'EVAL'
        ? evaluate(this.#data, argv, moment, () => this.#writeRefusal())
        : this.#data.execute(argv, moment);
    if (effects.length > 0) {
      this.#persistence.append(effects);
      this.#propagate({ command: 'DATA', effects });
      const { offset } = this.history;
      const words = () => `applies ${worded(effects)}, and answers, at offset ${offset}${this.#whereReplicasAre()}`;
      this.#detail('write', effects, words);
    } else if (argv[0] === 'SADD') {
      const element = Number(argv[2]);
      this.process.detail('known', () => `has ${element} already`, [element]);
    }
    return reply;
  }

  #moment(changed?: (effect: Argv) => void): Moment {
    return { nowMs: this.process.wallMs(), ...(changed !== undefined && { changed }) };
  }

  #detail(what: string, effects: readonly Argv[], words: () => string): void {
    const element = elementOf(effects);
    if (element === undefined) this.process.detail(what, words);
    else this.process.detail(what, words, [element], 'gained');
  }

  #whereReplicasAre(): string {
    const replicas = this.#replicas.list().map(({ node, offset }) => `${node} at ${offset}`);
    return replicas.length === 0 ? '; no replicas' : `; replicas have acknowledged: ${replicas.join(', ')}`;
  }

  #wait(replicas: number, timeoutMs: number, reply: Reply, peer: Peer): void {
    if (this.#link !== undefined) reply({ error: 'ERR WAIT cannot be used with replica instances.' });
    else if (this.#waits.add(peer.connection, replicas, peer.offset, timeoutMs, reply))
      this.#propagate({ command: 'GETACK' });
  }

  #psync(replid: string, from: number, reply: Reply, peer: Peer): void {
    if (this.#link !== undefined && this.#link.state !== 'connected') {
      reply({ error: "NOMASTERLINK Can't SYNC while not connected with my master" });
      return;
    }
    peer.kind = 'replica';
    const { node, connection } = peer;
    const refusal = this.history.refusal(replid, from);
    if (refusal === undefined) {
      reply({ psync: 'CONTINUE', replid: this.history.replid });
      this.#replicas.resume(node, connection, from);
    } else {
      this.process.say('resync-refused', `${node}: ${refusal}`);
      const saved = (snapshot: Snapshot) => {
        this.#persistence.save(snapshot);
        this.#refreshGood();
      };
      reply(this.#replicas.copy(node, connection, () => this.#data.copy(), saved));
    }
    this.#refreshGood();
  }

  /** replicationSetMaster, replicationUnsetMaster */
  #replicaOf(primary: string | undefined): string {
    const { process, history } = this;
    if (primary === this.#link?.primary) return 'OK Already connected to specified master';
    const wasPrimary = this.#link === undefined;
    const resumable = this.#link?.resumable ?? true;
    const downSinceS = this.#link?.drop() ?? 0;
    if (primary === undefined) {
      history.shift(randomId(this.#ids));
      this.#link = undefined;
      this.#disconnectReplicas();
      process.say(
        'promotion',
        `MASTER MODE enabled (user request): ${this.#data.size} elements, offset ${history.offset}`,
      );
      return 'OK';
    }
    for (const connection of this.#waits.unblock()) this.#disconnect(connection);
    if (wasPrimary)
      process.say(
        'demotion',
        'Before turning into a replica, using my own master parameters to synthesize a cached master',
      );
    process.say('replicaof', `REPLICAOF ${primary}:6379 enabled (user request)`);
    this.#link = new PrimaryLink(this, primary, resumable, downSinceS);
    this.#link.connect();
    return 'OK';
  }

  #killClients(kind: Peer['kind'], caller: Peer): number {
    const killed = this.#peers.of(kind).filter((peer) => peer !== caller);
    for (const { connection } of killed) this.#disconnect(connection);
    return killed.length;
  }

  /** A primary's command goes into its history and to its replicas; a replica has no commands of its own. */
  #propagate(command: StreamCommand): void {
    if (this.#link === undefined) this.#replicas.feed(this.history.extend(command));
  }

  #snapshot(): Snapshot {
    const { replid, offset } = this.history;
    return { data: this.#data.copy(), replid, offset };
  }

  #disconnectReplicas(): void {
    this.#replicas.disconnect();
    for (const { connection } of this.#peers.of('replica')) this.#peers.delete(connection);
    this.#refreshGood();
  }

  #disconnect(connection: Connection): void {
    connection.close();
    this.#gone(connection);
  }

  #gone(connection: Connection): void {
    this.#peers.delete(connection);
    this.#waits.drop(connection);
    if (this.#replicas.drop(connection)) this.#refreshGood();
  }

  #refreshGood(): void {
    const { minReplicasToWrite, minReplicasMaxLagS } = this.#config;
    if (minReplicasToWrite > 0) this.#good = this.#replicas.good(minReplicasMaxLagS);
  }
}
