import type { Outcome } from '../../../../contract/index.ts';
import { type Answered, ask, MongoClient, OK, type PrimaryLink, QUICKER } from '../client.ts';
import type { BlindUpdate, NumberUpdate, Update } from '../wire.ts';

/**
 * A client of 2.4, like the article's: it reads the document and writes it with one element more, where it is still the
 * one that was read; where it is not, it begins anew. `unsafe` (w: 0) has no answer to learn that from: the element is
 * pushed to the document whatever it is, and counts as written when the socket has taken it.
 */
export class Client24 extends MongoClient {
  /** A connection that has been written to after its server had closed it: the next write will fail. */
  #broken: PrimaryLink | undefined;
  #used: PrimaryLink | undefined;

  protected add(element: number): Promise<Outcome> {
    return this.config.concern.w === 0 ? this.#push(element) : this.#compareAndSet(element);
  }

  async #compareAndSet(element: number): Promise<Outcome> {
    for (let why: string | undefined; !this.closed; why = QUICKER) {
      const [primary, doc] = await this.read();
      if ((await this.#write(primary, { element, expected: doc }, why)).matched) return OK;
      // Nothing was written.
      this.stage = 'before';
    }
    return { type: 'fail', error: 'the client was closed' };
  }

  /** No version that 2.4's clients have read is replaced here: one update, and what getLastError says of it. */
  protected async change(update: NumberUpdate): Promise<Answered> {
    return this.#write(await this.primary(), update);
  }

  async #write(primary: PrimaryLink, update: Update, why?: string): Promise<Answered> {
    const blind: BlindUpdate = { do: 'blind-update', update };
    this.stage = 'sent';
    this.sends(update, primary, why);
    primary.link.send(blind);
    return (await ask(primary.link, { do: 'get-last-error', concern: this.config.concern })) as Answered;
  }

  /**
   * Nobody looks at a socket before writing to it, and what is written to one that the server has closed is taken all the
   * same (tcp(7)): it is lost without a word. Only the next write fails, for by then the server has said so.
   */
  async #push(element: number): Promise<Outcome> {
    const update: BlindUpdate = { do: 'blind-update', update: { element, expected: 'any' } };
    const used = this.#used;
    if (used !== undefined && !used.link.open && this.#broken !== used) {
      this.#broken = used;
      this.#loses(element, used);
      return OK;
    }
    if (used !== undefined && this.#broken === used) {
      this.#used = undefined;
      throw new Error(`write EPIPE ${used.node}`);
    }
    const primary = await this.primary();
    this.#used = primary;
    this.sends(update.update, primary);
    primary.link.send(update);
    return OK;
  }

  /** No server will ever hear of it, so that only the client's side can tell. */
  #loses(element: number, { node }: PrimaryLink): void {
    const words = () => `writes ${element} to a connection that ${node} has closed: it goes nowhere`;
    this.config.host.detail('send-lost', words, [element]);
  }
}
