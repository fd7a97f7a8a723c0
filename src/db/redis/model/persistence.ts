import type { Disk, SimProcess } from '../../../contract/index.ts';
import type { Argv } from '../scripts.ts';
import { Keyspace } from './keyspace.ts';
import type { Snapshot } from './protocol.ts';

/** A line of the append-only log: what a command has changed, or the data set that the log goes on from (a base file). */
type LogRecord = { readonly effects: readonly Argv[] } | { readonly base: Keyspace };

/** As Redis has them where nothing is set: after so many seconds, if so many writes have come (`save`). */
const SAVE_POINTS = [
  { seconds: 3_600, writes: 1 },
  { seconds: 300, writes: 100 },
  { seconds: 60, writes: 10_000 },
];

/** What a server keeps on its disk: redis.conf as it last rewrote it, dump.rdb, and the append-only log where that is on. */
export class Persistence {
  readonly #config: Disk;
  readonly #dump: Disk;
  readonly #log: Disk | undefined;
  #unsynced = false;
  #writes = 0;
  #savedAtS: number;
  readonly #wallS: () => number;

  constructor(process: SimProcess, appendonly: boolean) {
    this.#config = process.disk('redis.conf');
    this.#dump = process.disk('dump.rdb');
    this.#log = appendonly ? process.disk('appendonly.aof') : undefined;
    this.#wallS = () => Math.floor(process.wallMs() / 1_000);
    this.#savedAtS = this.#wallS();
  }

  /** Whom to follow after a start; `first` is what the file said when it was written by hand. */
  primary(first: string | undefined): string | undefined {
    const rewritten = this.#config.records.at(-1) as { readonly replicaof: string | undefined } | undefined;
    return rewritten === undefined ? first : rewritten.replicaof;
  }

  /** CONFIG REWRITE: the file is synced before the command is answered (rewriteConfigOverwriteFile). */
  rewriteConfig(replicaof: string | undefined): void {
    this.#config.append({ replicaof });
    this.#config.sync(() => {});
  }

  /** What a start finds: the log where it is on, even an empty one, else the last snapshot (loadDataFromDisk). */
  load(): { readonly data: Keyspace; readonly snapshot: Snapshot | undefined } {
    if (this.#log === undefined) {
      const snapshot = this.#dump.records.at(-1) as Snapshot | undefined;
      return { data: snapshot?.data.copy() ?? new Keyspace(), snapshot };
    }
    let data = new Keyspace();
    for (const record of this.#log.records as readonly LogRecord[]) {
      if ('base' in record) data = record.base.copy();
      else for (const argv of record.effects) data.execute(argv, { nowMs: 0 });
    }
    return { data, snapshot: undefined };
  }

  /** Before the write is acknowledged: feedAppendOnlyFile, flushAppendOnlyFile. */
  append(effects: readonly Argv[]): void {
    this.#writes++;
    if (this.#log === undefined) return;
    this.#log.append({ effects } satisfies LogRecord);
    this.#unsynced = true;
  }

  /** A replica's log goes on from the data that it has taken over (restartAOFAfterSYNC). */
  restartLog(base: Keyspace): void {
    this.#log?.append({ base } satisfies LogRecord);
    this.#unsynced = true;
  }

  save(snapshot: Snapshot): void {
    this.#dump.append(snapshot);
    this.#dump.sync(() => {});
    this.#writes = 0;
    this.#savedAtS = this.#wallS();
  }

  /** Once a second: appendfsync everysec. */
  sync(): void {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    this.#log?.sync(() => {});
  }

  /** Whether a save point has been reached. */
  saveIsDue(): boolean {
    const sinceS = this.#wallS() - this.#savedAtS;
    return SAVE_POINTS.some(({ seconds, writes }) => sinceS > seconds && this.#writes >= writes);
  }
}
