import type { Client, Invocation, Link, Outcome, SimHost } from '../../../contract/index.ts';
import { classify, ServerError, type Stage } from '../errors.ts';
import { MISMATCH, type Operation } from '../numbers.ts';
import { type Doc, elementsOf } from './oplog.ts';
import { told } from './update.ts';
import {
  type Command,
  type Concern,
  type Find,
  type FindReply,
  type HelloReply,
  MONGO_PORT,
  type NumberUpdate,
  type ReadConcern,
  type Update,
  type UpdateReply,
} from './wire.ts';

export interface ClientConfig {
  readonly host: SimHost;
  readonly nodes: readonly string[];
  readonly concern: Concern;
  readonly readConcern: ReadConcern;
  readonly connectTimeoutMs: number;
  /** What the workload's operations do with numbers; undefined: it is one of sets. */
  readonly operations: Readonly<Record<string, Operation>> | undefined;
}

/** What an update has come to. */
export type Answered = Exclude<UpdateReply, { code: number }>;

/** Why a compare-and-set begins anew. */
export const QUICKER = 'another write was quicker';

export const OK: Outcome = { type: 'ok' };

/** A connection to the member that is primary, as far as this client knows. */
export interface PrimaryLink {
  readonly node: string;
  readonly link: Link;
}

/** What the clients of both protocols have in common: who is primary, reads, and what an error means. */
export abstract class MongoClient implements Client {
  protected readonly config: ClientConfig;
  protected closed = false;
  /** How far the operation under way has come. */
  protected stage: Stage = 'before';
  #primary: PrimaryLink | undefined;
  /** The latest term in which it has seen a primary: who claims to be one of an earlier term is none. */
  #term = 0;

  constructor(config: ClientConfig) {
    this.config = config;
  }

  protected abstract add(element: number): Promise<Outcome>;
  /** Sends the update to the primary; it is `sent` when it may have arrived. */
  protected abstract change(update: NumberUpdate): Promise<Answered>;

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    this.stage = 'before';
    const operation = this.config.operations?.[f];
    try {
      if (operation !== undefined) return await this.#operate(operation, value as never);
      if (this.config.operations === undefined) {
        if (f === 'add') return await this.add(value as number);
        if (f === 'read') return { type: 'ok', value: sorted((await this.#find({})) as Doc | undefined) };
        if (f === 'read-node') {
          const [node] = value as [string, null];
          return { type: 'ok', value: [node, sorted((await this.#find({ node })) as Doc | undefined)] };
        }
      }
    } catch (error) {
      this.forget();
      return classify(error, this.stage);
    }
    throw new TypeError(`the MongoDB client knows no operation "${f}"`);
  }

  /** Finds the primary beforehand, as far as that succeeds. Never throws. */
  async open(): Promise<void> {
    await this.primary().catch(() => {});
  }

  close(): void {
    this.closed = true;
    this.forget();
  }

  protected forget(): void {
    this.#primary?.link.close();
    this.#primary = undefined;
  }

  /** The connection to the primary; where there is none, everybody is asked, and the first who claims to be it is. */
  protected async primary(): Promise<PrimaryLink> {
    if (this.#primary?.link.open) return this.#primary;
    this.forget();
    const found = await this.#search();
    // Closed meanwhile: nobody would close this one any more.
    if (this.closed) found.link.close();
    this.#primary = found;
    return found;
  }

  /**
   * The document, and where it was read. A read that finds its connection gone, or its primary none any more, is sent once
   * more (Java 2.x: DBTCPConnector.innerCall; since then the retryable reads specification).
   */
  protected async read(): Promise<[PrimaryLink, Doc | undefined]> {
    try {
      const primary = await this.primary();
      return [primary, await this.find(primary)];
    } catch {
      this.forget();
      const primary = await this.primary();
      return [primary, await this.find(primary)];
    }
  }

  protected async find({ link }: PrimaryLink): Promise<Doc | undefined> {
    return (await foundBy(link, { do: 'find', of: 'primary', concern: 'local' })) as Doc | undefined;
  }

  /** Tells the trace to whom it sends an element now; `why` it does so again. */
  protected sends(update: Update, { node }: PrimaryLink, why?: string): void {
    const { words: what, elements } = told(update);
    const words = () => `sends ${what} to ${node}${why === undefined ? '' : ` again: ${why}`}`;
    this.config.host.detail('send', words, elements);
  }

  async #operate({ id, change, node, answer }: Operation, value: never): Promise<Outcome> {
    if (change === undefined) {
      const held = (await this.#find({ id: id(value), node: node?.(value) })) as number | undefined;
      return answer(held ?? null, value);
    }
    const { matched, value: held } = await this.change({ id: id(value), change: change(value) });
    return matched ? answer(held ?? null, value) : { type: 'fail', error: MISMATCH };
  }

  /** A document by the plan's read concern: the primary's, or over a connection of its own that of a member, whatever that is. */
  async #find({ id, node }: { readonly id?: string; readonly node?: string | undefined }) {
    const { host, connectTimeoutMs, readConcern: concern } = this.config;
    const find = { do: 'find', concern, ...(id === undefined ? {} : { id }) } as const;
    if (node === undefined) return foundBy((await this.primary()).link, { ...find, of: 'primary' });
    const link = await host.connect(node, MONGO_PORT, connectTimeoutMs);
    try {
      return await foundBy(link, { ...find, of: 'member' });
    } finally {
      link.close();
    }
  }

  async #search(): Promise<PrimaryLink> {
    const silent: string[] = [];
    let found = false;
    try {
      return await Promise.any(
        this.config.nodes.map(async (node) => {
          try {
            const primary = await this.#asPrimary(node);
            // Another one was quicker.
            if (found) primary.link.close();
            found = true;
            return primary;
          } catch (error) {
            silent.push(`${node}: ${(error as Error).message}`);
            throw error;
          }
        }),
      );
    } catch {
      throw new Error(`no primary (${silent.sort().join('; ')})`);
    }
  }

  async #asPrimary(node: string): Promise<PrimaryLink> {
    const { host, connectTimeoutMs } = this.config;
    const link = await host.connect(node, MONGO_PORT, connectTimeoutMs);
    try {
      const { primary, term } = (await link.ask({ do: 'hello' }, connectTimeoutMs)) as HelloReply;
      if (!primary) throw new Error('is not primary');
      if (term < this.#term) throw new Error('claims to be primary of a term that is over');
      this.#term = term;
      return { node, link };
    } catch (error) {
      link.close();
      throw error;
    }
  }
}

/** The answer to a command. @throws ServerError for an error reply, SimError where there is no answer. */
export async function ask(link: Link, command: Command): Promise<unknown> {
  const answer = await link.ask(command);
  if (typeof answer === 'object' && answer !== null && 'code' in answer) {
    throw new ServerError(answer as unknown as { code: number; message: string });
  }
  return answer;
}

async function foundBy(link: Link, find: Find): Promise<Doc | number | undefined> {
  return ((await ask(link, find)) as Exclude<FindReply, { code: number }>).found;
}

function sorted(doc: Doc | undefined): number[] {
  return elementsOf(doc).sort((a, b) => a - b);
}
