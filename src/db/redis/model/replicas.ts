import { assert } from '../../../base/assert.ts';
import type { Connection, SimProcess } from '../../../contract/index.ts';
import type { ReplicationHistory } from './history.ts';
import type { Keyspace } from './keyspace.ts';
import type { PsyncReply, Snapshot, StreamEntry } from './protocol.ts';

/** How often serverCron looks whether the child that writes a snapshot has ended (hz 10). */
const CRON_MS = 100;
/** Elements that it writes in a millisecond. */
const SAVE_PER_MS = 1_000;
const TIMEOUT_S = 60;

/** A replica as the server that it follows sees it. */
interface Replica {
  readonly node: string;
  readonly connection: Connection;
  state: 'wait_bgsave' | 'online';
  ackOffset: number;
  ackAtS: number;
}

/** A snapshot being written for replicas, and the stream since: theirs from the moment that they have it. */
interface Save {
  readonly snapshot: Snapshot;
  readonly since: StreamEntry[];
  readonly replicas: Set<Replica>;
}

/** Those who follow a server, which may itself follow another one (replication.c, the master's side). */
export class Replicas {
  readonly #process: SimProcess;
  readonly #history: ReplicationHistory;
  readonly #replicas = new Map<Connection, Replica>();
  #save: Save | undefined;
  readonly #wallS: () => number;

  constructor(process: SimProcess, history: ReplicationHistory) {
    this.#process = process;
    this.#history = history;
    this.#wallS = () => Math.floor(process.wallMs() / 1_000);
  }

  get size(): number {
    return this.#replicas.size;
  }

  list(): { node: string; state: string; offset: number }[] {
    return [...this.#replicas.values()].map(({ node, state, ackOffset }) => ({ node, state, offset: ackOffset }));
  }

  /** One send for each that has its data; the others get it later. */
  feed(entry: StreamEntry): void {
    this.#save?.since.push(entry);
    for (const { state, connection } of this.#replicas.values()) if (state === 'online') connection.send(entry);
  }

  /** Goes on where the replica is. The answer must have been sent before. */
  resume(node: string, connection: Connection, from: number): void {
    this.#add(node, connection, 'online');
    const missing = this.#history.backlog.after(from - 1);
    this.#process.say(
      'partial-resync',
      `Partial resynchronization request from ${node} accepted. Sending ${this.#history.offset - from + 1} bytes of backlog starting from offset ${from}.`,
    );
    for (const entry of missing) connection.send(entry);
  }

  /** A snapshot first: one that is being written, or a new one. @returns the answer to the replica's PSYNC. */
  copy(node: string, connection: Connection, data: () => Keyspace, done: (snapshot: Snapshot) => void) {
    const replica = this.#add(node, connection, 'wait_bgsave');
    this.#save ??= this.#begin(data(), done);
    this.#save.replicas.add(replica);
    const { replid, offset } = this.#save.snapshot;
    return { psync: 'FULLRESYNC', replid, offset } satisfies PsyncReply;
  }

  acknowledge(connection: Connection, offset: number): void {
    const replica = this.#replicas.get(connection);
    if (replica === undefined) return;
    assert(offset <= this.#history.offset, `${replica.node} has applied no more than it was sent`);
    if (offset > replica.ackOffset) replica.ackOffset = offset;
    replica.ackAtS = this.#wallS();
  }

  /** replicationCountAcksByOffset */
  acknowledgedBy(offset: number): number {
    let count = 0;
    for (const { state, ackOffset } of this.#replicas.values()) if (state === 'online' && ackOffset >= offset) count++;
    return count;
  }

  /** Those that were heard of in the last `lagS` seconds (refreshGoodSlavesCount). */
  good(lagS: number): number {
    const nowS = this.#wallS();
    let count = 0;
    for (const { state, ackAtS } of this.#replicas.values()) if (state === 'online' && nowS - ackAtS <= lagS) count++;
    return count;
  }

  drop(connection: Connection): boolean {
    const replica = this.#replicas.get(connection);
    if (replica === undefined) return false;
    this.#save?.replicas.delete(replica);
    this.#process.say('replica-lost', `Connection with replica ${replica.node}:6379 lost.`);
    return this.#replicas.delete(connection);
  }

  /** Their IDs or data are not this server's any more: they must ask again. */
  disconnect(): void {
    for (const connection of this.#replicas.keys()) connection.close();
    this.#replicas.clear();
    this.#save = undefined;
  }

  /** replicationCron: repl-timeout. */
  dropSilent(): Connection[] {
    const nowS = this.#wallS();
    return [...this.#replicas.values()].flatMap(({ node, state, connection, ackAtS }) => {
      if (state !== 'online' || nowS - ackAtS <= TIMEOUT_S) return [];
      this.#process.say('replica-timeout', `Disconnecting timedout replica (streaming sync): ${node}:6379`);
      return [connection];
    });
  }

  #add(node: string, connection: Connection, state: Replica['state']): Replica {
    const replica: Replica = { node, connection, state, ackOffset: 0, ackAtS: this.#wallS() };
    this.#replicas.set(connection, replica);
    return replica;
  }

  #begin(data: Keyspace, done: (snapshot: Snapshot) => void): Save {
    const { replid, offset } = this.#history;
    const { size } = data;
    const save: Save = { snapshot: { data, replid, offset }, since: [], replicas: new Set() };
    this.#process.say('bgsave', `Starting BGSAVE for SYNC with target: disk (${size} elements)`);
    const wroteMs = 1 + Math.floor(size / SAVE_PER_MS);
    const sinceCronMs = (this.#process.nowMs() + wroteMs) % CRON_MS;
    this.#process.after(wroteMs + CRON_MS - sinceCronMs, () => {
      // Its data may have been replaced meanwhile; the child is killed then.
      if (this.#save !== save) return;
      this.#save = undefined;
      for (const replica of save.replicas) this.#putOnline(replica, save);
      done(save.snapshot);
    });
    return save;
  }

  /** replicaPutOnline, replicaStartCommandStream */
  #putOnline(replica: Replica, { snapshot, since }: Save): void {
    const { node, connection } = replica;
    connection.send({ kind: 'snapshot', snapshot });
    for (const entry of since) connection.send(entry);
    replica.state = 'online';
    replica.ackAtS = this.#wallS();
    this.#process.say('sync-done', `Synchronization with replica ${node}:6379 succeeded`);
  }
}
