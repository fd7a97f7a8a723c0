import {
  type Collection,
  MongoClient as Driver,
  type MongoClientOptions,
  ObjectId,
  type ReadPreferenceLike,
} from 'mongodb';
import { messageOf } from '../../base/errors.ts';
import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import { Attempts } from './client-attempts.ts';
import { codeOf, DUPLICATE_KEY } from './errors.ts';
import type { MongoSettings } from './settings.ts';

export const DATABASE = 'plan_run';
export const COLLECTION = 'sets';
const ID = 'set';
const OK: Outcome = { type: 'ok' };

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

/** The set: one document. Each write gives it a `version` that no other has, so that one that was rolled back is never taken for another. */
export interface SetDocument {
  readonly _id: typeof ID;
  readonly version: ObjectId;
  readonly elements: number[];
}

/** The set, by a driver that has found it, and what became of the writes that it has sent. */
interface Connected {
  readonly sets: Collection<SetDocument>;
  readonly attempts: Attempts;
}

/**
 * A client of a set in MongoDB: one document, which it reads and writes back with one element more where nobody has changed it
 * meanwhile; where somebody has, it begins anew. It does what `model/current/client.ts` does in the simulator:
 *
 *     {f: 'add', value: 5}              the compare-and-set, until it matches; with w: 0, a blind push
 *     {f: 'read', value: null}          ok value: the elements, sorted, by read_concern and read_preference
 *     {f: 'read-node', value: ['n3', null]}  ok value: ['n3', the elements that this member has, sorted]
 *
 * The driver sends a write twice at most (retryable writes), and only where `retryableWrites`; it never sends a read again. A read
 * before a write is sent once more here, as the driver does by default (retryable reads), for it decides nothing.
 */
export class MongoSetClient implements Client {
  readonly #config: MongoClientConfig;
  #connected: Connected | undefined;
  /** Under way to be connected, or connected. */
  #driver: Driver | undefined;
  #closed = false;

  constructor(config: MongoClientConfig) {
    this.#config = config;
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    if (f === 'add') return this.#add(value as number);
    if (f === 'read') return reading(async () => this.#elements(await this.#connection()));
    if (f === 'read-node') {
      const [node] = value as [string, null];
      return reading(async () => [node, await this.#elementsOf(node)]);
    }
    throw new TypeError(`the MongoDB client knows no operation "${f}"`);
  }

  /** Finds the set beforehand, as far as that succeeds: the first operation need not wait for it. Never throws. */
  async open(): Promise<void> {
    await this.#connection().catch(() => {});
  }

  close(): void {
    this.#closed = true;
    this.#connected?.attempts.close();
    void this.#driver?.close().catch(() => {});
  }

  async #add(element: number): Promise<Outcome> {
    this.#connected?.attempts.begin();
    try {
      const { sets, attempts } = await this.#connection();
      if (this.#config.writeConcern.w === 0) {
        await push(sets, element);
        return OK;
      }
      while (!this.#closed) {
        // What a write that found another document has sent does not count: it changed nothing.
        attempts.begin();
        const before = await this.#read(sets);
        if (await compareAndSet(sets, attempts, before, element)) return OK;
      }
      throw new Error('the client was closed');
    } catch (error) {
      const type = this.#connected?.attempts.cameToNothing === false ? 'info' : 'fail';
      return { type, error: messageOf(error) };
    }
  }

  /** The document as the primary has it, for a write that will find out whether it still is. */
  async #read(sets: Collection<SetDocument>): Promise<SetDocument | null> {
    const find = () => sets.findOne({ _id: ID }, { readPreference: 'primary', readConcern: 'local' });
    return find().catch((error: unknown) => {
      if (this.#closed) throw error;
      return find();
    });
  }

  async #elements({ sets }: Connected): Promise<number[]> {
    const { readConcern, readPreference } = this.#config;
    return elementsOf(await sets.findOne({ _id: ID }, { readConcern, readPreference }));
  }

  /** From a member itself, whatever it is: over a connection that is made for it. */
  async #elementsOf(node: string): Promise<number[]> {
    const server = this.#config.servers.get(node);
    if (server === undefined) throw new Error(`there is no node "${node}"`);
    const driver = this.#makeDriver([server], {
      directConnection: true,
      readPreference: 'secondaryPreferred',
      serverSelectionTimeoutMS: this.#config.connectTimeoutMs,
    });
    try {
      return elementsOf(await setsOf(driver).findOne({ _id: ID }, { readConcern: 'local' }));
    } finally {
      await driver.close().catch(() => {});
    }
  }

  async #connection(): Promise<Connected> {
    if (this.#closed) throw new Error('the client was closed');
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
      if (this.#closed) throw new Error('the client was closed');
    } catch (error) {
      // One that could not connect never will.
      void driver.close().catch(() => {});
      throw error;
    }
    this.#connected = { sets: setsOf(driver), attempts };
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

const setsOf = (driver: Driver) => driver.db(DATABASE).collection<SetDocument>(COLLECTION);

/** A read writes nothing: whatever goes wrong, it has failed. */
async function reading(read: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { type: 'ok', value: await read() };
  } catch (error) {
    return { type: 'fail', error: messageOf(error) };
  }
}

/**
 * Writes the document back with one element more. @returns whether it was still the one that was read, so that it was written.
 * @throws what the driver throws; an error, too, where it was another one and an earlier try may be the reason.
 */
async function compareAndSet(
  sets: Collection<SetDocument>,
  attempts: Attempts,
  before: SetDocument | null,
  element: number,
): Promise<boolean> {
  const version = new ObjectId();
  let written: boolean;
  if (before === null) {
    written = await inserted(sets, { _id: ID, version, elements: [element] });
  } else {
    const elements = [...before.elements, element];
    const { matchedCount } = await sets.updateOne(
      { _id: ID, version: before.version },
      { $set: { version, elements } },
    );
    written = matchedCount === 1;
  }
  if (!written && !attempts.lastTells)
    throw new Error('sent again after no answer: the document is another one by now');
  return written;
}

/** @returns whether it was the first. */
async function inserted(sets: Collection<SetDocument>, document: SetDocument): Promise<boolean> {
  try {
    await sets.insertOne(document);
    return true;
  } catch (error) {
    if (codeOf(error) === DUPLICATE_KEY) return false;
    throw error;
  }
}

/** Without an answer there is no telling whether the document was the expected one: the element is added whatever it is. */
async function push(sets: Collection<SetDocument>, element: number): Promise<void> {
  const change = { $set: { version: new ObjectId() }, $push: { elements: element } };
  await sets.updateOne({ _id: ID }, change, { upsert: true });
}

function elementsOf(document: SetDocument | null): number[] {
  return Array.from(Float64Array.from(document?.elements ?? []).sort());
}
