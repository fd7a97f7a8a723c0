import { type Db, MongoClient as Driver, type MongoClientOptions, type ReadPreferenceLike } from 'mongodb';
import { messageOf } from '../../base/errors.ts';
import type { Outcome } from '../../contract/index.ts';
import { Attempts } from './client-attempts.ts';
import type { MongoSettings } from './settings.ts';

export const DATABASE = 'plan_run';

export interface MongoClientConfig {
  /** Every member's host and port by its node's name. */
  readonly servers: ReadonlyMap<string, string>;
  readonly setName: string;
  readonly writeConcern: { readonly w: number | 'majority'; readonly j: boolean };
  readonly wtimeoutMs?: number;
  readonly retryableWrites: boolean;
  readonly readConcern: MongoSettings['read_concern'];
  readonly readPreference: MongoSettings['read_preference'];
  readonly connectTimeoutMs: number;
  readonly serverSelectionTimeoutMs: number;
  readonly heartbeatFrequencyMs?: number;
  readonly localAddress?: string;
}

/** The database, by a driver that has found its set, and what became of the writes that it has sent. */
export interface Connected {
  readonly database: Db;
  readonly attempts: Attempts;
}

/** The database to read from, and how: by the plan’s read concern. */
export interface Reader {
  readonly database: Db;
  readonly options: {
    readonly readConcern: MongoSettings['read_concern'];
    readonly readPreference?: MongoSettings['read_preference'];
  };
}

/** How a client speaks with a replica set, and how its operations end; what they are is the client’s own affair. */
export class MongoConnection {
  readonly #config: MongoClientConfig;
  #connected: Connected | undefined;
  /** Under way to be connected, or connected. */
  #driver: Driver | undefined;
  closed = false;

  constructor(config: MongoClientConfig) {
    this.#config = config;
  }

  /** Finds the set beforehand, as far as that succeeds: the first operation need not wait for it. Never throws. */
  async open(): Promise<void> {
    await this.#connect().catch(() => {});
  }

  close(): void {
    this.closed = true;
    this.#connected?.attempts.close();
    void this.#driver?.close().catch(() => {});
  }

  /** A read changes nothing: whatever goes wrong, it has failed. `node`: only that member is asked, whatever it is. */
  async reading(read: (reader: Reader) => Promise<Outcome>, node?: string): Promise<Outcome> {
    const { readConcern, readPreference } = this.#config;
    try {
      if (node !== undefined) return await this.#direct(node, read);
      const { database } = await this.#connect();
      return await read({ database, options: { readConcern, readPreference } });
    } catch (error) {
      return { type: 'fail', error: messageOf(error) };
    }
  }

  /** A write that ends in an error has failed where nothing was sent, or the server has refused it each time; else nobody knows. */
  async writing(write: (connected: Connected) => Promise<Outcome>): Promise<Outcome> {
    this.#connected?.attempts.begin();
    try {
      return await write(await this.#connect());
    } catch (error) {
      const type = this.#connected?.attempts.cameToNothing === false ? 'info' : 'fail';
      return { type, error: messageOf(error) };
    }
  }

  /** Over a connection that is made for it. */
  async #direct(node: string, read: (reader: Reader) => Promise<Outcome>): Promise<Outcome> {
    const { servers, readConcern, connectTimeoutMs } = this.#config;
    const server = servers.get(node);
    if (server === undefined) throw new Error(`there is no node "${node}"`);
    const driver = this.#makeDriver([server], {
      directConnection: true,
      readPreference: 'secondaryPreferred',
      serverSelectionTimeoutMS: connectTimeoutMs,
    });
    try {
      return await read({ database: driver.db(DATABASE), options: { readConcern } });
    } finally {
      await driver.close().catch(() => {});
    }
  }

  async #connect(): Promise<Connected> {
    if (this.closed) throw new Error('the client was closed');
    if (this.#connected !== undefined) return this.#connected;
    const { servers, writeConcern, wtimeoutMs, retryableWrites, readPreference, serverSelectionTimeoutMs } =
      this.#config;
    const driver = this.#makeDriver([...servers.values()], {
      // Whom it must have found before it is connected: an addition needs a primary, a read perhaps none.
      readPreference: readPreference === 'primary' ? 'primary' : 'nearest',
      serverSelectionTimeoutMS: serverSelectionTimeoutMs,
      // Without an answer there is nothing to send again for.
      retryWrites: retryableWrites && writeConcern.w !== 0,
      writeConcern: {
        w: writeConcern.w,
        // `j: false` is no default: it would take a majority's journals out of `majority`.
        ...(writeConcern.j ? { journal: true } : {}),
        ...(wtimeoutMs === undefined ? {} : { wtimeoutMS: wtimeoutMs }),
      },
    });
    this.#driver = driver;
    const attempts = new Attempts(driver);
    try {
      await driver.connect();
      if (this.closed) throw new Error('the client was closed');
    } catch (error) {
      // One that could not connect never will.
      void driver.close().catch(() => {});
      throw error;
    }
    this.#connected = { database: driver.db(DATABASE), attempts };
    return this.#connected;
  }

  #makeDriver(
    servers: readonly string[],
    options: MongoClientOptions & { readonly readPreference: ReadPreferenceLike },
  ): Driver {
    const { setName, connectTimeoutMs, heartbeatFrequencyMs, localAddress } = this.#config;
    return new Driver(`mongodb://${servers.join(',')}/`, {
      replicaSet: setName,
      retryReads: false,
      retryWrites: false,
      maxPoolSize: 1,
      connectTimeoutMS: connectTimeoutMs,
      monitorCommands: true,
      ...(heartbeatFrequencyMs === undefined ? {} : { heartbeatFrequencyMS: heartbeatFrequencyMs }),
      // Of every connection, those that ask members how they are among them (connection_string.js, LEGAL_TCP_SOCKET_OPTIONS).
      ...(localAddress === undefined ? {} : { localAddress }),
      ...options,
    });
  }
}
