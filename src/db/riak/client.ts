import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import { HttpError } from '../client-http.ts';
import type { Found, Primaries, RiakApi } from './client-api.ts';
import { byDate } from './client-siblings.ts';
import { classify, isTimeout } from './errors.ts';
import type { Lock } from './lock.ts';
import type { RiakSettings } from './settings.ts';

export interface RiakClientConfig {
  /** The node that the client is at home on. */
  readonly api: RiakApi;
  readonly connectTimeoutMs: number;
  readonly dataType: RiakSettings['data_type'];
  /** How many primaries a read of the workload wants. */
  readonly primaries: Primaries;
  readonly merge: 'latest' | 'union';
  /** Held from before the read until the operation has ended, or was given up; shared by all clients. */
  readonly lock: Lock | undefined;
  /** How often a request is sent that has no answer, or "timeout" for one. */
  readonly attempts: number;
  /** How long it waits for a read and a write together, once it has the lock. */
  readonly timeoutMs: number | undefined;
  readonly goesOn: boolean;
}

const OK: Outcome = { type: 'ok' };

/**
 * A client of a set or a counter in Riak, with sets the same as the model's (`model/client.ts`): it asks the node that it is at home
 * on.
 *
 *     {f: 'add', value: 5}         reads the object, puts 5 in, writes it back with the vector clock that it has read; or adds
 *                                  5 to a set or a counter of Riak's own
 *     {f: 'read', value: null}     ok value: the elements, sorted, or the sum; `primaries` says who must have answered
 *
 * `read-node` always fails: HTTP asks a node for what the cluster has, never for what is on its own vnodes.
 */
export class RiakClient implements Client {
  readonly #config: RiakClientConfig;
  #closed = false;
  #busy = false;

  constructor(config: RiakClientConfig) {
    this.#config = config;
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    if (f === 'add') return this.#add(value as number);
    if (f === 'read-node') return { type: 'fail', error: 'Riak cannot be asked for what one node has' };
    if (f !== 'read') throw new TypeError(`the Riak client knows no operation "${f}"`);
    try {
      return { type: 'ok', value: await this.#read() };
    } catch (error) {
      return classify(error, 'before', 0);
    }
  }

  /** Connects beforehand, as far as that succeeds: the first operation need not wait for it. Never throws. */
  async open(): Promise<void> {
    const { api, connectTimeoutMs } = this.#config;
    await api.ping(connectTimeoutMs).catch(() => {});
  }

  /** Gives up what is under way; with `goesOn`, that does not give up itself. */
  close(): void {
    this.#closed = true;
    this.#config.lock?.release(this);
    if (!this.#busy || !this.#config.goesOn) this.#config.api.close();
  }

  async #add(element: number): Promise<Outcome> {
    const { lock, timeoutMs } = this.#config;
    await lock?.acquire(this);
    if (this.#closed) return { type: 'fail', error: 'the client was closed' };
    const changed = this.#change(element).finally(() => lock?.release(this));
    if (timeoutMs === undefined) return changed;
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<Outcome>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, { type: 'info', error: `timeout: nothing within ${timeoutMs} ms` });
    });
    const outcome = await Promise.race([changed, timedOut]);
    clearTimeout(timer);
    // The executor makes another client for the next operation: this one is closed, be it only by itself.
    if (this.#busy) this.close();
    return outcome;
  }

  async #change(element: number): Promise<Outcome> {
    const { api, dataType } = this.#config;
    const writes = { sent: 0 };
    this.#busy = true;
    try {
      if (dataType === 'counter') await this.#attempt(() => api.addToCounter(element), writes);
      else if (dataType === 'set') await this.#attempt(() => api.addToSet(element), writes);
      else {
        const found = await this.#attempt(() => api.getObject('as-set'));
        const elements = this.#resolve(found).add(element);
        await this.#attempt(() => api.putObject(elements, found.vclock), writes);
      }
      return OK;
    } catch (error) {
      return classify(error, writes.sent > 0 ? 'sent' : 'before', writes.sent);
    } finally {
      this.#busy = false;
      if (this.#closed) api.close();
    }
  }

  async #read(): Promise<number[] | number> {
    const { api, dataType, primaries } = this.#config;
    if (dataType === 'counter') return api.getCounter(primaries);
    const elements = dataType === 'set' ? await api.getSet(primaries) : this.#resolve(await api.getObject(primaries));
    return Array.from(Float64Array.from(elements).sort());
  }

  /**
   * Sends a request until it is answered, as often as the library does, and always the same. `writes` counts how often it can have
   * reached the node; over a connection that was closed it cannot. @throws what the last attempt has come to.
   */
  async #attempt<T>(request: () => Promise<T>, writes = { sent: 0 }): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        writes.sent++;
        return await request();
      } catch (error) {
        if (error instanceof HttpError && !error.sent) writes.sent--;
        const unanswered = error instanceof HttpError || isTimeout(error);
        if (!unanswered || attempt >= this.#config.attempts) throw error;
      }
    }
  }

  /** What siblings come to, and what an element is put into. */
  #resolve({ contents }: Found): Set<number> {
    const kept = this.#config.merge === 'union' ? contents : [...contents].sort(byDate).slice(0, 1);
    return new Set(kept.flatMap(({ elements }) => elements));
  }
}
