import type { Client, Invocation, Link, Outcome, SimHost } from '../../../contract/index.ts';
import { classify, RiakError, type Stage } from '../errors.ts';
import type { Lock } from '../lock.ts';
import { byDate, type RiakObject, valuesOf } from './object.ts';
import { elementsOf, type Value } from './value.ts';
import { CLIENT_PORT, type GetReply, isFailure, type Put, type PutReply, type Request } from './wire.ts';

export interface ClientConfig {
  readonly host: SimHost;
  readonly connectTimeoutMs: number;
  /** Held from before the read until the operation has ended, or was given up. */
  readonly lock: Lock | undefined;
  readonly merge: 'latest' | 'union';
  /** How many primaries a read of the workload wants. */
  readonly primaries: 'as-set' | 'all';
  /** How often a request is sent that has no answer, or "timeout" for one. */
  readonly attempts: number;
  readonly goesOn: boolean;
  /** How long it waits for a read and a write together, once it has the lock. */
  readonly timeoutMs: number | undefined;
}

const OK: Outcome = { type: 'ok' };
/** What a retry is about: the request had no answer, or the server's "timeout" for one. */
const TIMEOUT = 'timeout';

/**
 * A client like the article's: it reads the object from the node that it is at home on, puts the element in, and writes it
 * back with the vector clock that it has read. The library sends a read or a write again that had no answer, each by itself:
 * so a write may be sent again with what was read long ago (the Java client of 2013: DefaultRetrier, three times).
 */
export class RiakClient implements Client {
  readonly #config: ClientConfig;
  #link: Link | undefined;
  #closed = false;
  #busy = false;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    if (f === 'add') return this.#add(value as number);
    try {
      if (f === 'read') return { type: 'ok', value: sorted(this.#resolve(await this.#get(this.#config.primaries))) };
      if (f === 'read-node') return await this.#readNode((value as [string, null])[0]);
    } catch (error) {
      return classify(error, 'before', 0);
    }
    throw new TypeError(`the Riak client knows no operation "${f}"`);
  }

  /** Gives up what is under way; with `goesOn`, that does not give up itself. */
  close(): void {
    this.#closed = true;
    this.#config.lock?.release(this);
    if (!this.#busy || !this.#config.goesOn) this.#disconnect();
  }

  async #add(element: number): Promise<Outcome> {
    const { lock, timeoutMs, host } = this.#config;
    await lock?.acquire(this);
    if (this.#closed) return { type: 'fail', error: 'the client was closed' };
    const modified = this.#modify(element).finally(() => lock?.release(this));
    if (timeoutMs === undefined) return modified;
    const timedOut = host.sleep(timeoutMs).then((): Outcome => ({ type: 'info', error: TIMEOUT }));
    const outcome = await Promise.race([modified, timedOut]);
    if (this.#busy) {
      this.#tell('timeout', `has waited ${timeoutMs} ms for ${element}, and gives up`, element);
      // The executor makes another client for the next operation: this one is closed, be it only by itself.
      this.close();
    }
    return outcome;
  }

  async #modify(element: number): Promise<Outcome> {
    const progress: { stage: Stage; sent: number } = { stage: 'before', sent: 0 };
    this.#busy = true;
    try {
      const object = await this.#get('as-set');
      const put: Put = { do: 'put', value: { element, to: this.#resolve(object) }, vclock: object?.vclock };
      await this.#put(put, progress);
      return OK;
    } catch (error) {
      this.#tell('given-up', `${element} is not stored, as far as it knows: ${(error as Error).message}`, element);
      return classify(error, progress.stage, progress.sent);
    } finally {
      this.#busy = false;
      if (this.#closed) this.#disconnect();
    }
  }

  async #get(pr: 'as-set' | 'all'): Promise<RiakObject | undefined> {
    const reply = await this.#attempt({ do: 'get', pr }, () => {});
    return (reply as Exclude<GetReply, { error: string }>).object;
  }

  async #put(put: Put, progress: { stage: Stage; sent: number }): Promise<void> {
    const { element } = put.value;
    const { home } = this.#config.host.seat;
    await this.#attempt(put, (attempt) => {
      progress.stage = 'sent';
      progress.sent++;
      const late = this.#closed ? ', though its operation was given up long ago' : '';
      if (attempt === 1) this.#tell('send', `sends ${element} to ${home}${late}`, element);
      else this.#tell('retry', `sends ${element} to ${home} again, with what it read before${late}`, element);
    });
    if (this.#closed) this.#tell('late', `hears that ${element} is stored, and tells nobody`, element);
  }

  /** Sends a request until it is answered, as often as the library does. @throws what the last attempt has come to. */
  async #attempt(request: Request, sending: (attempt: number) => void): Promise<GetReply | PutReply> {
    for (let attempt = 1; ; attempt++) {
      try {
        const link = await this.#connected();
        this.#stopIfClosed();
        sending(attempt);
        const reply = (await link.ask(request)) as GetReply | PutReply;
        if (!isFailure(reply)) return reply;
        throw new RiakError(reply.error);
      } catch (error) {
        this.#stopIfClosed();
        const retried = !(error instanceof RiakError) || error.message === TIMEOUT;
        if (!(error instanceof RiakError)) this.#disconnect();
        if (!retried || attempt >= this.#config.attempts) throw error;
      }
    }
  }

  #stopIfClosed(): void {
    if (this.#closed && !this.#config.goesOn) throw new Error('the operation was given up');
  }

  /** What siblings come to, and what an element is put into. */
  #resolve(object: RiakObject | undefined): readonly Value[] {
    if (object === undefined) return [];
    if (this.#config.merge === 'union') return valuesOf(object);
    return valuesOf({ ...object, contents: [...object.contents].sort(byDate).slice(0, 1) });
  }

  async #connected(): Promise<Link> {
    if (this.#link?.open) return this.#link;
    const { host, connectTimeoutMs } = this.#config;
    this.#link = await host.connect(host.seat.home, CLIENT_PORT, connectTimeoutMs);
    return this.#link;
  }

  #disconnect(): void {
    this.#link?.close();
    this.#link = undefined;
  }

  async #readNode(node: string): Promise<Outcome> {
    const { host, connectTimeoutMs } = this.#config;
    const link = await host.connect(node, CLIENT_PORT, connectTimeoutMs);
    try {
      const elements = (await link.ask({ do: 'get-own' } satisfies Request)) as number[];
      return { type: 'ok', value: [node, elements.sort((a, b) => a - b)] };
    } finally {
      link.close();
    }
  }

  #tell(what: string, words: string, element: number): void {
    this.#config.host.detail(what, () => words, [element]);
  }
}

const sorted = (values: readonly Value[]): number[] => [...elementsOf(values)].sort((a, b) => a - b);
