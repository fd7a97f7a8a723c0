/** What a node answers to a read of an object, as contents: one, or its siblings (riak_kv_wm_object.erl). */
import type { HttpAnswer } from '../client-http.ts';

/** One version of the object. */
export interface Content {
  /** The set that some client wrote. */
  readonly elements: readonly number[];
  /** The coordinator's clock; HTTP has it in whole seconds only. */
  readonly lastModifiedMs: number;
  /** The clock of the client that sent it, which all clients share: `SENT` of the answer; 0 where it has none. */
  readonly sentUs: number;
  /** Riak's own name of the version. */
  readonly vtag: string;
}

/** User metadata that a client writes with each version: Riak gives it back as it came (X-Riak-Meta-*). */
export const SENT = 'x-riak-meta-sent-us';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** @throws where it is not what a client of ours has written. */
export function contentsOf({ status, headers, body }: HttpAnswer): Content[] {
  const parts = status === 300 ? partsOf(body.toString(), String(headers['content-type'])) : [{ headers, body }];
  // A sibling may be a tombstone, of an object that somebody has deleted.
  return parts.flatMap((part) => (part.headers['x-riak-deleted'] === 'true' ? [] : [contentOf(part)]));
}

/**
 * The latest one first: by Last-Modified, as Riak itself decides without siblings; of the same second by when its client
 * sent it; else by name, so that everybody decides alike.
 */
export function byDate(one: Content, other: Content): number {
  return (
    other.lastModifiedMs - one.lastModifiedMs ||
    other.sentUs - one.sentUs ||
    Number(one.vtag > other.vtag) - Number(one.vtag < other.vtag)
  );
}

function contentOf({ headers, body }: { headers: Headers; body: Buffer | string }): Content {
  const lastModifiedMs = Date.parse(String(headers['last-modified']));
  return {
    elements: elementsOf(body.toString()),
    lastModifiedMs: Number.isNaN(lastModifiedMs) ? 0 : lastModifiedMs,
    sentUs: Number(headers[SENT] ?? 0),
    vtag: String(headers.etag ?? ''),
  };
}

function elementsOf(text: string): number[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value) || !value.every(Number.isInteger))
    throw new Error(`the object holds what no client has written: ${text.slice(0, 100)}`);
  return value;
}

/** Of a multipart/mixed body (RFC 2046, 5.1): what the values hold, JSON, has no line that begins like a boundary. */
function partsOf(body: string, contentType: string): { headers: Headers; body: string }[] {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error(`siblings without a boundary between them: ${contentType}`);
  const pieces = body.split(`\r\n--${boundary}`);
  if (pieces.length < 2 || pieces.pop()?.startsWith('--') !== true)
    throw new Error('the siblings are not whole: their last boundary is missing');
  return pieces.slice(1).map((piece) => {
    const end = piece.indexOf('\r\n\r\n');
    const lines = piece.slice(2, end).split('\r\n');
    const headers = lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    return { headers: Object.fromEntries(headers), body: piece.slice(end + 4) };
  });
}
