/**
 * etcd's v3 API by way of its JSON gateway (etcd manual, "gRPC gateway"): keys and values in base64, 64-bit numbers as
 * strings, and what is zero, false or empty left out.
 */
import type { Outcome } from '../../contract/index.ts';
import { HttpConnection, type HttpEndpoint } from '../client-http.ts';
import { classify, EtcdError } from './errors.ts';

/** A request that did not give what was asked for, as the outcome of its operation. */
export class Ended extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    super(outcome.type);
    this.outcome = outcome;
  }
}

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** The revision of the store that wrote it last; a decimal number, `0` where there is no such key. */
  readonly modRevision: string;
  /** The revision that made it, after it had not been there. */
  readonly createRevision: string;
  /** How often it was written since then. */
  readonly version: string;
}

/** What a transaction asks of a key before it does anything. */
export type Compare =
  | { readonly key: string; readonly value: string }
  | { readonly key: string; readonly modRevision: string };

/** One key, or with `end` all from `range` up to it. */
export interface Range {
  readonly range: string;
  readonly end?: string;
  readonly serializable?: boolean;
  readonly keysOnly?: true;
  /** Only those that were made at this revision or later. */
  readonly since?: string;
  /** In the order in which they were made, and no more than so many; 0: all. Default: in the order of the keys, all. */
  readonly oldest?: number;
}

export type Request =
  /** With a lease it goes when the lease ends. */
  | { readonly put: string; readonly value: string; readonly lease?: string }
  | Range
  /** As with a range; the answer has what was deleted. */
  | { readonly delete: string; readonly end?: string };

export interface TxnAnswer {
  readonly succeeded: boolean;
  /** The store's revision after it; one that has changed something has it for itself. */
  readonly revision: string;
  /** Of each request that was carried out, in order; a put has no entries. */
  readonly entries: readonly (readonly Entry[])[];
}

export interface GatewayOptions {
  readonly requestTimeoutMs: number;
  readonly requireLeader: boolean;
}

/** One member. It is asked once for each call, and one call at a time. */
export class Gateway {
  readonly #connection: HttpConnection;
  readonly #options: GatewayOptions;

  constructor(endpoint: HttpEndpoint, options: GatewayOptions) {
    this.#connection = new HttpConnection(endpoint);
    this.#options = options;
  }

  /**
   * All of `success` where every comparison holds, else all of `failure`, at one revision of the store.
   * @throws Ended
   */
  async txn(
    compare: readonly Compare[],
    success: readonly Request[],
    failure: readonly Request[] = [],
  ): Promise<TxnAnswer> {
    const body = { compare: compare.map(toCompare), success: success.map(toOp), failure: failure.map(toOp) };
    const writes = [...success, ...failure].some((request) => !('range' in request));
    const { header, succeeded = false, responses = [] } = await this.#ask<TxnJson>('/v3/kv/txn', body, writes);
    const entries = responses.map(({ response_range, response_delete_range }) =>
      entriesOf(response_range?.kvs ?? response_delete_range?.prev_kvs),
    );
    return { succeeded, revision: header.revision, entries };
  }

  /**
   * A new lease: what is put under it is there for so long. One that is lost on the way changes nothing for anybody.
   * @returns its id.
   * @throws Ended
   */
  async grant(seconds: number): Promise<string> {
    return (await this.#ask<LeaseJson>('/v3/lease/grant', { TTL: String(seconds) }, false)).ID;
  }

  /**
   * Keys with a prefix, in pages, all at the revision of the first: a transaction has no limit on what it returns.
   * @throws Ended
   */
  async keys(
    prefix: string,
    { pageSize, serializable }: { pageSize: number; serializable: boolean },
  ): Promise<string[]> {
    const found: string[] = [];
    const end = base64(endOf(prefix));
    for (let from = prefix, revision = '0'; ; ) {
      const body = { key: base64(from), range_end: end, limit: pageSize, revision, serializable, keys_only: true };
      const answer = await this.#ask<RangeJson>('/v3/kv/range', body, false);
      const keys = entriesOf(answer.kvs).map(({ key }) => key);
      for (const key of keys) found.push(key);
      if (answer.more !== true) return found;
      // The key that follows directly.
      from = `${keys.at(-1)}\0`;
      if (revision === '0') revision = answer.header.revision;
    }
  }

  close(): void {
    this.#connection.close();
  }

  async #ask<T extends Answer>(path: string, body: object, writes: boolean): Promise<T> {
    const { requestTimeoutMs: timeoutMs, requireLeader } = this.#options;
    // clientv3.WithRequireLeader; the gateway hands on headers of this prefix as gRPC's metadata.
    const headers = requireLeader ? { 'grpc-metadata-hasleader': 'true' } : {};
    try {
      const request = { method: 'POST', path, headers, body: JSON.stringify(body), timeoutMs };
      const answer = await this.#connection.ask(request);
      return parsed(answer.status, answer.body.toString());
    } catch (error) {
      throw new Ended(classify(error, writes));
    }
  }
}

/** @throws EtcdError where it is not what was asked for. */
function parsed<T extends Answer>(status: number, text: string): T {
  let answer: Partial<T> & { error?: string; message?: string; code?: number };
  try {
    answer = JSON.parse(text);
  } catch {
    throw new EtcdError(`the answer is no JSON (HTTP ${status}): ${text.slice(0, 100)}`);
  }
  if (status !== 200) throw new EtcdError(answer.message ?? answer.error ?? `HTTP ${status}`, answer.code);
  if (answer.header?.revision === undefined) throw new EtcdError(`the answer is not etcd's: ${text.slice(0, 100)}`);
  return answer as T;
}

interface Answer {
  readonly header: { readonly revision: string };
}

interface LeaseJson extends Answer {
  readonly ID: string;
}

interface KeyJson {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
  readonly create_revision: string;
  readonly version: string;
}

interface RangeJson extends Answer {
  readonly kvs?: readonly KeyJson[];
  readonly more?: boolean;
}

interface TxnJson extends Answer {
  readonly succeeded?: boolean;
  readonly responses?: readonly {
    readonly response_range?: RangeJson;
    readonly response_delete_range?: { readonly prev_kvs?: readonly KeyJson[] };
  }[];
}

function entriesOf(keys: readonly KeyJson[] = []): Entry[] {
  return keys.map(({ key, value = '', mod_revision, create_revision, version }) => ({
    ...{ key: text(key), value: text(value) },
    ...{ modRevision: mod_revision, createRevision: create_revision, version },
  }));
}

/** A key that is not there has the revision 0; its value equals none. */
function toCompare(compare: Compare): object {
  const key = base64(compare.key);
  if ('value' in compare) return { key, target: 'VALUE', result: 'EQUAL', value: base64(compare.value) };
  return { key, target: 'MOD', result: 'EQUAL', mod_revision: compare.modRevision };
}

function toOp(request: Request): object {
  if ('put' in request) {
    const { put, value, lease } = request;
    return { request_put: { key: base64(put), value: base64(value), ...(lease === undefined ? {} : { lease }) } };
  }
  if ('delete' in request) return { request_delete_range: { ...keysOf(request.delete, request.end), prev_kv: true } };
  const { range, end, serializable = false, keysOnly = false, since, oldest } = request;
  const order = oldest === undefined ? {} : { sort_order: 'ASCEND', sort_target: 'CREATE', limit: oldest };
  const from = since === undefined ? {} : { min_create_revision: since };
  return { request_range: { ...keysOf(range, end), serializable, keys_only: keysOnly, ...order, ...from } };
}

const keysOf = (key: string, end: string | undefined) => ({
  ...{ key: base64(key), ...(end === undefined ? {} : { range_end: base64(end) }) },
});

/** The first key that no longer has the prefix. */
export const endOf = (prefix: string) =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const text = (base64: string) => Buffer.from(base64, 'base64').toString();
