import type { Connection, SimProcess } from '../../../contract/index.ts';
import { REDIS_PORT } from '../config.ts';
import type { ReplicationHistory } from './history.ts';
import { type Command, isRefusal, type Message, type PsyncReply, type Snapshot, type StreamEntry } from './protocol.ts';

/** repl-timeout: for the handshake, for the transfer, and for a primary that says nothing. */
const TIMEOUT_S = 60;

export interface LinkOwner {
  readonly process: SimProcess;
  readonly history: ReplicationHistory;
  /** Takes over the primary's data instead of its own. */
  adopt(snapshot: Snapshot): void;
  /** The next command of the stream. */
  apply(entry: StreamEntry): void;
  /** It goes on with its own data under another ID. */
  renamed(): void;
}

/** A replica's connection to its primary: handshake, PSYNC, then the stream (replication.c, the replica's side). */
export class PrimaryLink {
  readonly primary: string;
  /** Where it stands (repl_state). */
  state: 'connect' | 'handshake' | 'transfer' | 'connected' = 'connect';
  /** Whether its data are those of its history, so that it can ask to go on (cached_master). */
  #resumable: boolean;
  /** Wall clock, in seconds; 0: it was never up. */
  #downSinceS: number;
  readonly #owner: LinkOwner;
  #connection: Connection | undefined;
  #lastIoS = 0;

  constructor(owner: LinkOwner, primary: string, resumable: boolean, downSinceS: number) {
    this.#owner = owner;
    this.primary = primary;
    this.#resumable = resumable;
    this.#downSinceS = downSinceS;
  }

  get resumable(): boolean {
    return this.#resumable;
  }

  /** As INFO counts it; undefined while it is up. */
  get downS(): number | undefined {
    if (this.state === 'connected') return undefined;
    return this.#downSinceS === 0 ? -1 : this.#nowS() - this.#downSinceS;
  }

  /** replicationCron, once a second. */
  cron(): void {
    if (this.state !== 'connect' && this.#nowS() - this.#lastIoS > TIMEOUT_S) {
      this.#owner.process.say('primary-timeout', `Timeout with MASTER ${this.primary} (${this.state})`);
      this.#connection?.close();
      this.#lost();
    } else if (this.state === 'connect') this.connect();
    else if (this.state === 'connected') this.acknowledge(this.#owner.history.offset);
  }

  connect(): void {
    const { process } = this.#owner;
    this.state = 'handshake';
    this.#lastIoS = this.#nowS();
    const connection = process.connect(this.primary, REDIS_PORT, {
      opened: () => this.#greet(connection),
      message: (message) => {
        if (connection === this.#connection) this.#receive(message as Message);
      },
      ended: () => {
        if (connection === this.#connection) this.#lost();
      },
    });
    this.#connection = connection;
  }

  acknowledge(offset: number): void {
    this.#connection?.send({ kind: 'ack', offset } satisfies Message);
  }

  /** It follows nobody any more, or somebody else. @returns since when it is without a primary, in seconds. */
  drop(): number {
    const { state } = this;
    this.state = 'connect';
    this.#connection?.close();
    this.#connection = undefined;
    return state === 'connected' ? this.#nowS() : this.#downSinceS;
  }

  /** Three round trips: PING, REPLCONF (pipelined with AUTH and the like), PSYNC. */
  #greet(connection: Connection): void {
    const { history, process } = this.#owner;
    this.#ask(connection, { command: 'PING' }, () =>
      this.#ask(connection, { command: 'REPLCONF', node: process.node }, () => {
        const [replid, offset] = this.#resumable ? [history.replid, history.offset + 1] : ['?', -1];
        this.#ask(connection, { command: 'PSYNC', replid, offset }, (reply) => this.#synchronize(reply as PsyncReply));
      }),
    );
  }

  #ask(connection: Connection, command: Command, next: (reply: unknown) => void): void {
    connection.call(command, (reply, lost) => {
      // `ended` tells of a loss.
      if (connection !== this.#connection || lost !== undefined) return;
      this.#lastIoS = this.#nowS();
      if (!isRefusal(reply)) return next(reply);
      // LOADING, NOMASTERLINK: it tries again in a second (PSYNC_TRY_LATER).
      this.#connection = undefined;
      connection.close();
      this.state = 'connect';
    });
  }

  #synchronize(reply: PsyncReply): void {
    const { process, history } = this.#owner;
    if (reply.psync === 'FULLRESYNC') {
      // Should the transfer fail, there is nothing to go on with (replicationDiscardCachedMaster).
      this.#resumable = false;
      this.state = 'transfer';
      process.say(
        'full-resync',
        `Full resync from master ${this.primary}: ${reply.replid.slice(0, 8)}:${reply.offset}`,
      );
      return;
    }
    this.state = 'connected';
    process.say('partial-resync', 'MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.');
    if (history.rename(reply.replid)) this.#owner.renamed();
  }

  #receive(message: Message): void {
    this.#lastIoS = this.#nowS();
    if (message.kind === 'snapshot') {
      this.#owner.adopt(message.snapshot);
      this.#resumable = true;
      this.state = 'connected';
      this.acknowledge(message.snapshot.offset);
    } else if (message.kind === 'stream') this.#owner.apply(message);
  }

  /** Tries again at once where the stream had begun (replicationHandleMasterDisconnection), else at the next cron. */
  #lost(): void {
    const had = this.state === 'connected';
    this.#connection = undefined;
    this.state = 'connect';
    if (!had) return;
    this.#downSinceS = this.#nowS();
    this.#owner.process.say('primary-lost', `Connection with master ${this.primary} lost.`);
    this.connect();
  }

  #nowS(): number {
    return Math.floor(this.#owner.process.wallMs() / 1_000);
  }
}
