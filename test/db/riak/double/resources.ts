/** What the double answers over HTTP: the words and headers of Riak's resources (riak_kv_wm_object.erl, riak_kv_wm_crdt.erl). */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { type Key, type Quorum, Refusal, type RiakDouble } from './node.ts';
import type { Content, StoredObject } from './object.ts';

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const PATH = /^(?:\/types\/([^/]+))?\/buckets\/([^/]+)\/(keys|datatypes)\/([^/]+)$/;

export async function serve(node: RiakDouble, request: Request, response: ServerResponse): Promise<void> {
  const [path = '', search = ''] = request.url.split('?');
  const query = Object.fromEntries(new URLSearchParams(search));
  if (path === '/ping') {
    text(response, 200, 'OK');
    return;
  }
  const [, type = 'default', bucket = '', resource, name = ''] = PATH.exec(path) ?? [];
  const decode = request.headers['x-riak-url-encoding'] === 'on' ? decodeURIComponent : (one: string) => one;
  const key = { type: decode(type), bucket: decode(bucket), key: decode(name) };
  if (resource === undefined) {
    text(response, 404, '<html><body><h1>Not Found</h1></body></html>');
    return;
  }
  const props = node.propsOf(key);
  if (props === undefined) {
    text(response, 404, `Unknown bucket type: ${type}`);
    return;
  }
  if (resource === 'datatypes' && !props.allow_mult) {
    text(response, 403, 'Bucket must be allow_mult=true\n');
    return;
  }
  for (const one of ['r', 'w', 'dw', 'pr', 'pw'] as const)
    if (query[one] !== undefined && !/^(one|quorum|all|default|\d+)$/.test(query[one])) {
      text(
        response,
        400,
        `${one} query parameter must be an integer or one of the following words: 'one', 'quorum' or 'all'\n`,
      );
      return;
    }
  try {
    if (resource === 'datatypes') await serveDataType(node, key, request, query, response);
    else if (request.method === 'GET') await getObject(node, key, request, query, response);
    else await putObject(node, key, request, query, response);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (node.faults.dropAnswer) response.destroy();
    else refuse(response, error);
  }
}

async function putObject(
  node: RiakDouble,
  key: Key,
  { headers, body }: Request,
  query: Record<string, Quorum>,
  response: ServerResponse,
) {
  if (headers['content-type'] === undefined) {
    text(response, 415, 'Missing Content-Type request header');
    return;
  }
  const meta = Object.entries(headers).filter(([name]) => name.startsWith('x-riak-meta-')) as [string, string][];
  const made = { value: body, contentType: headers['content-type'], meta: Object.fromEntries(meta) };
  await node.put(key, made, clockIn(headers['x-riak-vclock']), query);
  if (node.faults.dropAnswer) response.destroy();
  else response.writeHead(204).end();
}

async function getObject(
  node: RiakDouble,
  key: Key,
  { headers }: Request,
  query: Record<string, Quorum>,
  response: ServerResponse,
) {
  const object = await node.get(key, query);
  const alive = object?.contents.filter(({ deleted }) => !deleted) ?? [];
  if (object === undefined || alive.length === 0) {
    const left: Record<string, string> =
      object === undefined ? {} : { 'x-riak-vclock': clockOut(object), 'x-riak-deleted': 'true' };
    response.writeHead(404, { 'content-type': 'text/plain', ...left }).end('not found\n');
    return;
  }
  const [only] = object.contents;
  if (object.contents.length === 1 && only !== undefined) {
    if (!String(headers.accept ?? '*/*').match(/application\/json|\*\/\*/)) {
      response.writeHead(406).end();
      return;
    }
    response
      .writeHead(200, { ...headersOf(only), etag: `"${only.vtag}"`, 'x-riak-vclock': clockOut(object) })
      .end(only.value);
    return;
  }
  if (!headers.accept?.includes('multipart/mixed')) {
    const names = object.contents.map(({ vtag }) => `${vtag}\n`).join('');
    response
      .writeHead(300, { 'content-type': 'text/plain', 'x-riak-vclock': clockOut(object) })
      .end(`Siblings:\n${names}`);
    return;
  }
  const boundary = randomUUID().replaceAll('-', '').slice(0, 22);
  const parts = object.contents.map((content) => {
    const lines = Object.entries(headersOf(content)).map(([name, value]) => `${name}: ${value}\r\n`);
    const deleted = content.deleted ? 'X-Riak-Deleted: true\r\n' : '';
    return `\r\n--${boundary}\r\n${lines.join('')}Etag: ${content.vtag}\r\n${deleted}\r\n${content.value}`;
  });
  response
    .writeHead(300, { 'content-type': `multipart/mixed; boundary=${boundary}`, 'x-riak-vclock': clockOut(object) })
    .end(`${parts.join('')}\r\n--${boundary}--\r\n`);
}

async function serveDataType(
  node: RiakDouble,
  key: Key,
  { method, body }: Request,
  query: Record<string, Quorum>,
  response: ServerResponse,
) {
  if (method === 'POST') {
    const { add, increment } = JSON.parse(body) as { add?: string; increment?: number };
    const made = add === undefined ? { increment: increment ?? 0 } : { set: [add] };
    const contentType = `application/riak_${add === undefined ? 'counter' : 'set'}`;
    await node.put(key, { value: '', contentType, meta: {}, ...made }, {}, query);
    if (node.faults.dropAnswer) response.destroy();
    else response.writeHead(204).end();
    return;
  }
  const object = await node.get(key, query);
  const json = (status: number, value: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const type = node.propsOf(key)?.datatype ?? 'set';
  if (object === undefined) json(404, { type, error: 'notfound' });
  else json(200, { type, value: type === 'counter' ? sumOf(object) : (object.contents[0]?.set ?? []) });
}

const sumOf = ({ contents: [content] }: StoredObject) =>
  Object.values(content?.counts ?? {}).reduce((sum, [added, removed]) => sum + added - removed, 0);

function headersOf({ contentType, lastModifiedUs, meta }: Content): Record<string, string> {
  return {
    'Content-Type': contentType,
    'Last-Modified': new Date(Math.floor(lastModifiedUs / 1000)).toUTCString(),
    // As they came, in whatever letters the client has written them: Riak lower-cases none of them.
    ...Object.fromEntries(
      Object.entries(meta).map(([name, value]) => [name.replace('x-riak-meta', 'X-Riak-Meta'), value]),
    ),
  };
}

const clockOut = ({ clock }: StoredObject) => Buffer.from(JSON.stringify(clock)).toString('base64');
const clockIn = (header: string | string[] | undefined): Record<string, number> =>
  header === undefined ? {} : JSON.parse(Buffer.from(String(header), 'base64').toString());

function refuse(response: ServerResponse, { reason }: Refusal): void {
  const [what, ...numbers] = reason;
  const [wanted, got] = numbers;
  const unsatisfied = /^(\w+)_val_unsatisfied$/.exec(what)?.[1];
  if (what === 'n_val_violation')
    text(response, 400, `Specified w/dw/pw values invalid for bucket n value of ${wanted}\n`);
  else if (unsatisfied !== undefined)
    text(response, 503, `${unsatisfied.toUpperCase()}-value unsatisfied: ${got}/${wanted}\n`);
  else if (what === 'too_many_fails') text(response, 503, 'Too Many write failures to satisfy W/DW\n');
  else if (what === 'timeout') text(response, 503, 'request timed out\n');
  else if (what === 'insufficient_vnodes') text(response, 500, `Error:\n{insufficient_vnodes,${wanted},need,${got}}\n`);
  else text(response, 500, `Error:\n${reason.join(',')}\n`);
}

function text(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
}
