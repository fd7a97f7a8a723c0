import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import { append } from './client-append.ts';
import { PgSession, type SessionConfig } from './client-session.ts';
import { set } from './client-set.ts';
import { classify } from './errors.ts';
import { NoServer, type Operation } from './session.ts';
import { WORKLOADS } from './workloads.ts';

const ALL: typeof WORKLOADS = { ...WORKLOADS, append, set, 'set-full': set };

export interface ClientConfig extends SessionConfig {
  readonly workload: string;
}

/**
 * A client of one workload, whose operations are in a file of its own. What has no answer in time costs the connection, and
 * nobody knows what became of it.
 */
export class PostgresClient implements Client {
  readonly #operations: Readonly<Record<string, Operation>>;
  readonly #session: PgSession;

  constructor(config: ClientConfig) {
    this.#operations = ALL[config.workload] ?? {};
    this.#session = new PgSession(config);
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
