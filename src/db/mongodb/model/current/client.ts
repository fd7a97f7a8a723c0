import type { Outcome } from '../../../../contract/index.ts';
import { ServerError } from '../../errors.ts';
import { type Answered, ask, type ClientConfig, MongoClient, OK, type PrimaryLink, QUICKER } from '../client.ts';
import type { Command, NumberUpdate, Update, UpdateCommand } from '../wire.ts';

export interface CurrentConfig extends ClientConfig {
  readonly retryableWrites: boolean;
  readonly serverSelectionTimeoutMs: number;
}

/** How long after a search that has found no primary the next one begins (minHeartbeatFrequencyMS). */
const SEARCH_MS = 500;

/**
 * A client of 4.4 or later: it reads the document and writes it with one element more, where it is still the one that was
 * read; where it is not, it begins anew. An update that loses its connection or its primary is sent once more, with the
 * number that it had (retryable writes specification), so that it is carried out once at most.
 */
export class ClientCurrent extends MongoClient {
  readonly #retryableWrites: boolean;
  readonly #selectionMs: number;
  readonly #sessionId: string;
  #number = 0;

  constructor(config: CurrentConfig, sessionId: string) {
    super(config);
    this.#retryableWrites = config.retryableWrites;
    this.#selectionMs = config.serverSelectionTimeoutMs;
    this.#sessionId = sessionId;
  }

  protected async add(element: number): Promise<Outcome> {
    if (this.config.concern.w === 0) return this.#push(element);
    for (let why: string | undefined; !this.closed; why = QUICKER) {
      const [primary, doc] = await this.read();
      if ((await this.#update(primary, { element, expected: doc }, why)).matched) return OK;
      // Nothing was written.
      this.stage = 'before';
    }
    return { type: 'fail', error: 'the client was closed' };
  }

  protected async change(update: NumberUpdate): Promise<Answered> {
    return this.#update(await this.primary(), update);
  }

  /** Waits for a primary as long as it may (server selection specification). */
  protected override async primary(): Promise<PrimaryLink> {
    const { host } = this.config;
    const deadlineMs = host.nowMs() + this.#selectionMs;
    for (;;) {
      try {
        return await super.primary();
      } catch (error) {
        if (this.closed || host.nowMs() + SEARCH_MS >= deadlineMs) throw error;
        await host.sleep(SEARCH_MS);
      }
    }
  }

  async #update(primary: PrimaryLink, update: Update, again?: string): Promise<Answered> {
    const { concern } = this.config;
    const session = this.#retryableWrites ? `${this.#sessionId}:${this.#number++}` : undefined;
    const command: UpdateCommand = { do: 'update', update, concern, session };
    this.stage = 'sent';
    this.sends(update, primary, again);
    try {
      return await this.#send(primary, command);
    } catch (error) {
      if (session === undefined || !isRetryable(error)) throw error;
      this.forget();
      const why = (error as Error).message;
      if (isRefusal(error)) return await this.#sendInstead(command, why);
      try {
        const second = await this.primary();
        this.sends(update, second, why);
        const answered = await this.#send(second, command);
        if (answered.matched) return answered;
      } catch (second) {
        // Whatever the second try has found out, it does not say what became of the first.
        throw new Error(`${why}; sent again: ${(second as Error).message}`);
      }
      // Another write was quicker; the first try may still be the reason, where it was carried out and taken back.
      throw new Error(`${why}; sent again: the document is another one by now`);
    }
  }

  /** The first try was refused: as if it had never been. */
  async #sendInstead(command: UpdateCommand, why: string): Promise<Answered> {
    this.stage = 'before';
    const primary = await this.primary();
    this.stage = 'sent';
    this.sends(command.update, primary, why);
    return this.#send(primary, command);
  }

  async #send({ link }: PrimaryLink, command: Command): Promise<Answered> {
    return (await ask(link, command)) as Answered;
  }

  async #push(element: number): Promise<Outcome> {
    const primary = await this.primary();
    const update: Update = { element, expected: 'any' };
    this.sends(update, primary);
    primary.link.send({ do: 'update', update, concern: this.config.concern, session: undefined });
    return OK;
  }
}

/** Codes with the label RetryableWriteError; and the lack of an answer. */
const RETRYABLE = [10107, 11602, 189, 91];

function isRetryable(error: unknown): boolean {
  return error instanceof ServerError ? RETRYABLE.includes(error.code) : true;
}

/** Whether the server has said that it did nothing. */
function isRefusal(error: unknown): boolean {
  return error instanceof ServerError && error.code === 10107;
}
