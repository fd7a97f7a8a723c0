import type { Collection, Db } from 'mongodb';
import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import { type MongoClientConfig, MongoConnection } from './client-connection.ts';
import { type Change, MISMATCH, type Operation } from './numbers.ts';

export const NUMBERS = 'numbers';

/** A document that holds a number, as `numbers.ts` names it. */
export interface NumberDocument {
  readonly _id: string;
  readonly value: number;
}

/**
 * A client of registers, counters and ids in MongoDB, each one document; what its operations are, `numbers.ts` says. A read is a
 * find by the plan’s read concern, a change one findAndModify, which the driver sends twice at most (retryable writes).
 */
export class MongoNumbersClient implements Client {
  readonly #connection: MongoConnection;
  readonly #operations: Readonly<Record<string, Operation>>;

  constructor(config: MongoClientConfig, operations: Readonly<Record<string, Operation>>) {
    this.#connection = new MongoConnection(config);
    this.#operations = operations;
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    const operation = this.#operations[f];
    if (operation === undefined) throw new TypeError(`the MongoDB client knows no operation "${f}"`);
    const given = value as never;
    const { id, change, node, answer } = operation;
    if (change !== undefined) return this.#change(id(given), change(given), (held) => answer(held, given));
    return this.#connection.reading(async ({ database, options }) => {
      const document = await numbersOf(database).findOne({ _id: id(given) }, options);
      return answer(document?.value ?? null, given);
    }, node?.(given));
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  close(): void {
    this.#connection.close();
  }

  /** https://www.mongodb.com/docs/manual/reference/command/findAndModify/: matches and changes one document as one step. */
  #change(_id: string, { set, inc, expected }: Change, answer: (held: number) => Outcome): Promise<Outcome> {
    return this.#connection.writing(async ({ database, attempts }) => {
      const document = await numbersOf(database).findOneAndUpdate(
        expected === undefined ? { _id } : { _id, value: expected },
        set === undefined ? { $inc: { value: inc ?? 0 } } : { $set: { value: set } },
        { upsert: expected === undefined, returnDocument: 'after' },
      );
      if (document !== null) return answer(document.value);
      attempts.assertLastTells();
      return { type: 'fail', error: MISMATCH };
    });
  }
}

const numbersOf = (database: Db): Collection<NumberDocument> => database.collection<NumberDocument>(NUMBERS);
