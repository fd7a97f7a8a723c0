import type { Link, Outcome, SimHost } from '../../../contract/index.ts';
import { NoServer } from '../session.ts';
import { txidOf } from '../txid.ts';
import type { SimSession } from './client-session.ts';
import type { InsertReply, SelectAllReply, SelectReply } from './wire.ts';

const OK: Outcome = { type: 'ok' };

/** The operations of the set, as `../client-set.ts` has them, and what each element hears, for the trace. */
export class SetClient {
  readonly #session: SimSession;
  readonly #host: SimHost;
  readonly #node: string;

  constructor(session: SimSession, host: SimHost, node: string) {
    this.#session = session;
    this.#host = host;
    this.#node = node;
  }

  /**
   * Adds an element, under the name of its transaction. Where that name is taken nothing is inserted, and it depends on who
   * has taken it: an earlier try, so that the element is there, or a fence, so that it will never be.
   */
  async add(element: number): Promise<Outcome> {
    const txid = txidOf(element);
    const link = await this.#session.primary();
    this.#session.stage = 'sent';
    this.#tell('send', () => `sends ${element} to ${this.#node}`, element);
    const insert = { do: 'insert', txid, element, durable: false } as const;
    const { rows } = (await this.#session.request(link, insert)) as InsertReply;
    if (rows === 1) return OK;
    if (await this.#isAdded(link, txid)) {
      this.#tell('known', () => `hears from ${this.#node} that ${element} is there already`, element);
      return OK;
    }
    this.#tell('fenced', () => `hears from ${this.#node} that ${element} is not to be added any more`, element);
    return { type: 'fail', error: `"${txid}" was verified before it had arrived, and is not to happen any more` };
  }

  /** Whatever goes wrong is a `fail`, also where the fence was sent: see there. */
  async verify(element: number): Promise<Outcome> {
    const txid = txidOf(element);
    const link = await this.#session.primary();
    this.#tell('send', () => `asks ${this.#node} what became of ${element}, with a fence against it`, element);
    await this.#session.request(link, { do: 'insert', txid, element: null, durable: true });
    const added = await this.#isAdded(link, txid);
    const found = added ? 'is there' : 'will never be';
    this.#tell('verified', () => `hears from ${this.#node} that ${element} ${found}`, element);
    return { type: 'ok', value: [element, added] };
  }

  async read(): Promise<Outcome> {
    return { type: 'ok', value: await this.#elements() };
  }

  async readNode(node: string): Promise<Outcome> {
    if (node !== this.#node) throw new NoServer(node, [this.#node]);
    return { type: 'ok', value: [node, await this.#elements()] };
  }

  /** What came of an addition or a verification that threw. */
  gaveUp(f: string, element: number, outcome: Outcome): void {
    this.#tell('no-answer', () => tried(f, outcome), element);
  }

  #tell(what: string, words: () => string, element: number): void {
    this.#host.detail(what, words, [element]);
  }

  async #isAdded(link: Link, txid: string): Promise<boolean> {
    const { row } = (await this.#session.request(link, { do: 'select', txid })) as SelectReply;
    if (row === undefined) throw new Error(`"${txid}" was there, and is not any more`);
    return row.element !== null;
  }

  async #elements(): Promise<number[]> {
    const link = await this.#session.primary();
    const { elements } = (await this.#session.request(link, { do: 'select-all' })) as SelectAllReply;
    return elements.sort((a, b) => a - b);
  }
}

function tried(f: string, outcome: Outcome): string {
  const error = outcome.type === 'ok' ? '' : outcome.error;
  if (f === 'verify') return `has learned nothing, and must ask again: ${error}`;
  return outcome.type === 'fail' ? `has sent nothing: ${error}` : `gives up, and does not know: ${error}`;
}
