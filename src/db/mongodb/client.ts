import { type Collection, type Db, ObjectId } from 'mongodb';
import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import type { Attempts } from './client-attempts.ts';
import { type MongoClientConfig, MongoConnection, type Reader } from './client-connection.ts';
import { codeOf, DUPLICATE_KEY } from './errors.ts';

export const COLLECTION = 'sets';
const ID = 'set';
const OK: Outcome = { type: 'ok' };

/** The set: one document. Each write gives it a `version` that no other has, so that one that was rolled back is never taken for another. */
export interface SetDocument {
  readonly _id: typeof ID;
  readonly version: ObjectId;
  readonly elements: number[];
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
  readonly #connection: MongoConnection;
  readonly #answered: boolean;

  constructor(config: MongoClientConfig) {
    this.#connection = new MongoConnection(config);
    this.#answered = config.writeConcern.w !== 0;
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    if (f === 'add') return this.#add(value as number);
    if (f === 'read')
      return this.#connection.reading(async (reader) => ({ type: 'ok', value: await elementsBy(reader) }));
    if (f === 'read-node') {
      const [node] = value as [string, null];
      const read = async (reader: Reader): Promise<Outcome> => ({
        type: 'ok',
        value: [node, await elementsBy(reader)],
      });
      return this.#connection.reading(read, node);
    }
    throw new TypeError(`the MongoDB client knows no operation "${f}"`);
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  close(): void {
    this.#connection.close();
  }

  #add(element: number): Promise<Outcome> {
    return this.#connection.writing(async ({ database, attempts }) => {
      const sets = setsOf(database);
      if (!this.#answered) {
        await push(sets, element);
        return OK;
      }
      while (!this.#connection.closed) {
        // What a write that found another document has sent does not count: it changed nothing.
        attempts.begin();
        const before = await this.#read(sets);
        if (await compareAndSet(sets, attempts, before, element)) return OK;
      }
      throw new Error('the client was closed');
    });
  }

  /** The document as the primary has it, for a write that will find out whether it still is. */
  async #read(sets: Collection<SetDocument>): Promise<SetDocument | null> {
    const find = () => sets.findOne({ _id: ID }, { readPreference: 'primary', readConcern: 'local' });
    return find().catch((error: unknown) => {
      if (this.#connection.closed) throw error;
      return find();
    });
  }
}

const setsOf = (database: Db) => database.collection<SetDocument>(COLLECTION);

async function elementsBy({ database, options }: Reader): Promise<number[]> {
  return elementsOf(await setsOf(database).findOne({ _id: ID }, options));
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
  if (!written) attempts.assertLastTells();
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
