import type { Client, Invocation, Outcome, SimHost } from '../../../contract/index.ts';
import type { Received } from '../../client-mailbox.ts';
import { classify } from '../errors.ts';
import { NoServer } from '../session.ts';
import { WORKLOADS } from '../workloads.ts';
import { type SessionConfig, SimSession } from './client-session.ts';
import { SetClient } from './client-set.ts';

export interface ClientConfig extends SessionConfig {
  readonly workload: string;
}

/**
 * A client as the article's: a statement that has no answer in time costs the connection, and nobody knows what became of it. Its
 * operations are those of the real one (`../client-*.ts`), over a simulated session; but the set's are its own, and tell more.
 */
export class PostgresClient implements Client {
  readonly #session: SimSession;
  readonly #workload: string;
  readonly #set: SetClient;
  #working = false;

  constructor(host: SimHost, config: ClientConfig, inbox: Received<readonly number[]>) {
    this.#session = new SimSession(host, config, inbox);
    this.#workload = config.workload;
    this.#set = new SetClient(this.#session, host, config.node);
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    const operation = WORKLOADS[this.#workload]?.[f];
    this.#working = true;
    this.#session.stage = 'before';
    try {
      return operation === undefined ? await this.#ofSet(f, value) : await operation(this.#session, value as never);
    } catch (error) {
      if (!(error instanceof NoServer)) this.#session.forget();
      const outcome = classify(error, this.#session.stage);
      if (operation === undefined && (f === 'add' || f === 'verify')) this.#set.gaveUp(f, value as number, outcome);
      return outcome;
    } finally {
      this.#working = false;
    }
  }

  /** Connects beforehand, as far as that succeeds. Never throws. */
  async open(): Promise<void> {
    await this.#session.primary().catch(() => {});
  }

  close(): void {
    this.#session.close(this.#working);
  }

  #ofSet(f: string, value: unknown): Promise<Outcome> {
    if (f === 'add') return this.#set.add(value as number);
    if (f === 'verify') return this.#set.verify(value as number);
    if (f === 'read') return this.#set.read();
    if (f === 'read-node') return this.#set.readNode((value as [string, null])[0]);
    throw new TypeError(`the PostgreSQL client knows no operation "${f}"`);
  }
}
