import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import { append } from './client-append.ts';
import { lock } from './client-lock.ts';
import { messages } from './client-messages.ts';
import { counter, monotonic, uniqueIds } from './client-numbers.ts';
import { queue } from './client-queue.ts';
import { register } from './client-register.ts';
import { NoServer, Session, type SessionConfig } from './client-session.ts';
import { set } from './client-set.ts';
import { classify } from './errors.ts';

/** An operation of a workload: its outcome. What it throws is classified by how far the session has come. */
export type Operation = (session: Session, value: never) => Promise<Outcome>;

const WORKLOADS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  ...{ append, counter, lock, messages, monotonic, queue, register, set },
  'set-full': set,
  'unique-ids': uniqueIds,
};

export interface ClientConfig extends SessionConfig {
  readonly workload: string;
}

/**
 * A client of one workload, whose operations are in a file of its own. What has no answer in time costs the connection, and
 * nobody knows what became of it.
 */
export class PostgresClient implements Client {
  readonly #operations: Readonly<Record<string, Operation>>;
  readonly #session: Session;

  constructor(config: ClientConfig) {
    this.#operations = WORKLOADS[config.workload] ?? {};
    this.#session = new Session(config);
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    const operation = this.#operations[f];
    if (operation === undefined) throw new TypeError(`the PostgreSQL client knows no operation "${f}"`);
    this.#session.stage = 'before';
    try {
      return await operation(this.#session, value as never);
    } catch (error) {
      if (!(error instanceof NoServer)) this.#session.forget();
      return classify(error, this.#session.stage);
    }
  }

  /** Connects beforehand, as far as that succeeds: the first operation need not wait for it. Never throws. */
  async open(): Promise<void> {
    await this.#session.primary().catch(() => {});
  }

  close(): void {
    this.#session.close();
  }
}
