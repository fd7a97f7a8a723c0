/** Riak's HTTP interface, as far as one set or counter needs it (docs.riak.com, "HTTP API"; riak_kv_wm_object.erl, riak_kv_wm_crdt.erl). */
import { durationMs } from '../../base/units.ts';
import { type HttpAnswer, HttpConnection, type HttpEndpoint } from '../client-http.ts';
import { type Content, contentsOf, SENT } from './client-siblings.ts';
import { RiakError } from './errors.ts';
import type { RiakSettings } from './settings.ts';

/** Where it is, and how it is asked for. */
export type ApiSettings = Pick<
  RiakSettings,
  'bucket' | 'key' | 'bucket_type' | 'r' | 'w' | 'dw' | 'pr' | 'pw' | 'notfound_ok' | 'basic_quorum' | 'request_timeout'
>;

/** What a read of the object has found; without contents: nothing, or what is left of something deleted. */
export interface Found {
  readonly contents: readonly Content[];
  /** For the write that follows; undefined where nothing was ever there. */
  readonly vclock: string | undefined;
}

/** How many primaries a read wants: as `pr` says, or all. */
export type Primaries = 'as-set' | 'all';

/** One connection to one node. Each method sends one request, once. @throws RiakError, or HttpError without an answer. */
export class RiakApi {
  readonly #connection: HttpConnection;
  readonly #settings: ApiSettings;

  constructor(endpoint: HttpEndpoint, settings: ApiSettings) {
    this.#connection = new HttpConnection(endpoint);
    this.#settings = settings;
  }

  async ping(timeoutMs: number): Promise<void> {
    done(await this.#connection.ask({ method: 'GET', path: '/ping', timeoutMs }));
  }

  async getObject(primaries: Primaries): Promise<Found> {
    const answer = await this.#ask('GET', `${this.#bucket()}/keys/${this.#key()}`, this.#reading(primaries), {
      // With siblings all of them in one answer, instead of their names.
      accept: 'multipart/mixed, application/json;q=0.9, */*;q=0.5',
    });
    const vclock = answer.headers['x-riak-vclock'] as string | undefined;
    if (isNotFound(answer)) return { contents: [], vclock };
    if (answer.status !== 200 && answer.status !== 300) throw refusal(answer);
    return { contents: contentsOf(answer), vclock };
  }

  async putObject(elements: Iterable<number>, vclock: string | undefined): Promise<void> {
    const headers = { 'content-type': 'application/json', [SENT]: String(nowUs()) };
    const made = vclock === undefined ? headers : { ...headers, 'x-riak-vclock': vclock };
    const body = JSON.stringify([...elements]);
    done(await this.#ask('PUT', `${this.#bucket()}/keys/${this.#key()}`, this.#writing(), made, body));
  }

  async getSet(primaries: Primaries): Promise<number[]> {
    const value = (await this.#getDataType('set', primaries)) as string[] | undefined;
    return (value ?? []).map(Number);
  }

  addToSet(element: number): Promise<void> {
    return this.#change({ add: String(element) });
  }

  /** The sum of all that was added; of nothing, 0. */
  async getCounter(primaries: Primaries): Promise<number> {
    const value = await this.#getDataType('counter', primaries);
    if (value !== undefined && !Number.isSafeInteger(value)) throw new Error(`the counter is at ${value}`);
    return (value as number | undefined) ?? 0;
  }

  /** Sent twice, it counts twice: nothing in the request says that it is the same one (docs.riak.com, HTTP API, "Data Types"). */
  addToCounter(amount: number): Promise<void> {
    return this.#change({ increment: amount });
  }

  /** undefined: there is none yet. */
  async #getDataType(wanted: 'set' | 'counter', primaries: Primaries): Promise<unknown> {
    const query = { ...this.#reading(primaries), include_context: false };
    const answer = await this.#ask('GET', `${this.#bucket()}/datatypes/${this.#key()}`, query);
    if (isNotFound(answer)) return undefined;
    if (answer.status !== 200) throw refusal(answer);
    const { type, value } = JSON.parse(answer.body.toString()) as { type: string; value: unknown };
    if (type !== wanted) throw new Error(`the bucket type is of ${type}, not of ${wanted}s`);
    return value;
  }

  async #change(operation: { readonly add: string } | { readonly increment: number }): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(operation);
    done(await this.#ask('POST', `${this.#bucket()}/datatypes/${this.#key()}`, this.#writing(), headers, body));
  }

  close(): void {
    this.#connection.close();
  }

  #ask(method: string, path: string, query: Query, headers: Record<string, string> = {}, body?: string) {
    const parameters = Object.entries(query).map(([name, value]) => `${name}=${value}`);
    return this.#connection.ask({
      method,
      path: `${path}?${parameters.join('&')}`,
      headers: { ...headers, 'x-riak-url-encoding': 'on' },
      ...(body === undefined ? {} : { body }),
    });
  }

  #reading(primaries: Primaries): Query {
    const { r, pr, notfound_ok, basic_quorum } = this.#settings;
    return { r, pr: primaries === 'all' ? 'all' : pr, notfound_ok, basic_quorum, ...this.#timeout() };
  }

  #writing(): Query {
    const { w, dw, pw } = this.#settings;
    return { w, dw, pw, returnbody: false, ...this.#timeout() };
  }

  #timeout() {
    return { timeout: Math.ceil(durationMs(this.#settings.request_timeout)) };
  }

  #bucket(): string {
    const { bucket, bucket_type } = this.#settings;
    const type = bucket_type === undefined ? '' : `/types/${encodeURIComponent(bucket_type)}`;
    return `${type}/buckets/${encodeURIComponent(bucket)}`;
  }

  #key(): string {
    return encodeURIComponent(this.#settings.key);
  }
}

type Query = Readonly<Record<string, string | number | boolean>>;

function done(answer: HttpAnswer): void {
  if (answer.status >= 300) throw refusal(answer);
}

/** Nothing is there: Riak says so itself, by a text, or of a data type by JSON. Other 404s are of other things. */
function isNotFound({ status, body }: HttpAnswer): boolean {
  return status === 404 && /^not found|"error":\s*"notfound"/.test(body.toString());
}

function refusal({ status, body }: HttpAnswer): RiakError {
  return new RiakError(`${status} ${body.toString().trim().replace(/\s+/g, ' ').slice(0, 200)}`);
}

/** All clients are in this process: they agree on what is later. */
const nowUs = () => Math.round((performance.timeOrigin + performance.now()) * 1_000);
