/**
 * Each row of the error table, provoked: by the model's words, and over HTTP by a client against nodes of the double that are in that
 * state (which shows that the client reads those words; that Riak says them is its sources').
 */
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/contract/index.ts';
import { classify, ERRORS, RiakError } from '../../../src/db/riak/errors.ts';
import type { RiakDouble } from './double/node.ts';
import { add, connectTo, part, read, startCluster } from './http-cluster.ts';

/** An error of each row, as the model words it. */
const WORDS: Readonly<Record<string, string>> = {
  '{n_val_violation,': '{n_val_violation,3}',
  '{insufficient_vnodes,': '{insufficient_vnodes,1,need,2}',
  bucket_type_unknown: 'bucket_type_unknown',
  forbidden: 'forbidden',
  '{pw_val_unsatisfied,': '{pw_val_unsatisfied,2,1}',
  '{w_val_unsatisfied,': '{w_val_unsatisfied,2,1}',
  '{dw_val_unsatisfied,': '{dw_val_unsatisfied,2,1}',
  timeout: 'timeout',
};

/** What each means, once more: a slip in the table must not be its own measure. */
const OUTCOMES: Readonly<Record<string, string>> = {
  '{n_val_violation,': 'fail',
  '{insufficient_vnodes,': 'fail',
  bucket_type_unknown: 'fail',
  forbidden: 'fail',
  '{pw_val_unsatisfied,': 'info',
  '{w_val_unsatisfied,': 'info',
  '{dw_val_unsatisfied,': 'info',
  timeout: 'info',
};

test('the outcomes', () => {
  expect(Object.fromEntries(ERRORS.map(({ code, outcome }) => [code, outcome]))).toEqual(OUTCOMES);
});

const SET = { props: { n_val: 3, allow_mult: false, last_write_wins: false, datatype: 'set' }, active: true };

/** Three nodes, of which the last two are cut off, and known to be down. */
async function alone(): Promise<RiakDouble[]> {
  const nodes = await startCluster(3);
  part([nodes.slice(0, 1), nodes.slice(1)], { known: true });
  return nodes;
}

const port = (nodes: readonly RiakDouble[], i = 0) => (nodes[i] as RiakDouble).port;

/** How each is provoked over HTTP: the outcome of an add. */
const PROVOKED: Readonly<Record<string, () => Promise<Outcome>>> = {
  '{n_val_violation,': async () => add(connectTo(port(await startCluster(3)), { w: 4 }), 1),
  bucket_type_unknown: async () => {
    const [node] = await startCluster(1);
    return add(connectTo((node as RiakDouble).port, { bucket_type: 'nothing', dataType: 'set' }), 1);
  },
  forbidden: async () => {
    const nodes = await startCluster(3, {}, { sets: SET });
    return add(connectTo(port(nodes), { bucket_type: 'sets', dataType: 'set' }), 1);
  },
  '{pw_val_unsatisfied,': async () => add(connectTo(port(await alone()), { r: 1, w: 1, dw: 1, pw: 2 }), 1),
  '{w_val_unsatisfied,': async () => {
    const nodes = await startCluster(3);
    const client = connectTo(port(nodes), { r: 1, w: 3 });
    for (const { faults } of nodes.slice(1)) faults.vnodesFail = true;
    return add(client, 1);
  },
  '{dw_val_unsatisfied,': async () => {
    const nodes = await startCluster(3);
    const client = connectTo(port(nodes), { r: 1, w: 1, dw: 3 });
    for (const { faults } of nodes.slice(1)) faults.vnodesFail = true;
    return add(client, 1);
  },
  timeout: async () => {
    const nodes = await startCluster(3);
    part([nodes.slice(0, 1), nodes.slice(1)], { known: false });
    return add(connectTo(port(nodes), { r: 1, w: 3, request_timeout: '300ms' }), 1);
  },
};

const overHttp = ERRORS.filter(({ http }) => http !== undefined);

test('each row that HTTP has words for has its provocation', () => {
  expect(Object.keys(PROVOKED).sort()).toEqual(overHttp.map(({ code }) => code).sort());
});

test.each(overHttp)('over HTTP: $http: $outcome, $reason', async ({ code, http = '', outcome }) => {
  const { type, error } = (await PROVOKED[code]!()) as { type: string; error: string };
  expect(error.toLowerCase()).toContain(http.toLowerCase());
  expect(error.toLowerCase().indexOf(http.toLowerCase())).toBe(0);
  expect(type).toBe(outcome);
});

describe.each(ERRORS)('$code', ({ code, outcome, source }) => {
  const error = new RiakError(WORDS[code] as string);

  test('a write that was sent once', () => {
    expect(classify(error, 'sent', 1)).toEqual({ type: outcome, error: error.message });
    expect(source).toMatch(/riak_\w+\.erl/);
  });

  test('of two tries the second says nothing of the first', () => {
    expect(classify(error, 'sent', 2).type).toBe('info');
  });

  test('before any write was sent', () => {
    expect(classify(error, 'before', 0).type).toBe('fail');
  });
});

test('what is in no row, or is no answer of a node, is unknown', () => {
  expect(classify(new RiakError('overload'), 'sent', 1).type).toBe('info');
  expect(classify(new Error('{n_val_violation,3}'), 'sent', 1).type).toBe('info');
  expect(classify(new Error('read ECONNRESET n1:8087'), 'sent', 1).type).toBe('info');
  expect(classify('thrown', 'sent', 1)).toEqual({ type: 'info', error: 'thrown' });
});

test('fewer vnodes than the write needs: info over HTTP, for the node may have tried another coordinator before', async () => {
  const nodes = await alone();
  // Nobody stands in for them: the ring has no other node.
  const answer = { status: 500, body: 'Error:\n{insufficient_vnodes,1,need,2}\n' };
  const client = connectTo(port(nodes), { r: 1, connectTimeoutMs: 2_000 });
  const [first] = nodes as [RiakDouble];
  expect(await putOnly(client, first, answer)).toEqual({
    type: 'info',
    error: '500 Error: {insufficient_vnodes,1,need,2}',
  });
});

test.each([
  [{ status: 503, body: 'no words that anybody knows' }, 'info'],
  [{ status: 500, body: 'Error:\noverload\n' }, 'info'],
  [{ status: 412, body: '' }, 'info'],
  [{ status: 404, body: '<html>Not Found</html>' }, 'info'],
  [{ status: 301, body: 'elsewhere' }, 'info'],
])('a write that is answered %j: %s', async (answer, type) => {
  const nodes = await startCluster(1);
  const client = connectTo(port(nodes));
  expect((await putOnly(client, nodes[0] as RiakDouble, answer)).type).toBe(type);
});

/** The read is served; then the node answers as it is told. */
async function putOnly(client: Parameters<typeof add>[0], node: RiakDouble, answer: RiakDouble['faults']['answer']) {
  const { length } = node.requests;
  // Between the request that reads and the one that writes.
  Object.defineProperty(node.faults, 'answer', { get: () => (node.requests.length > length + 1 ? answer : undefined) });
  return add(client, 1);
}

test('a write whose answer was lost: info, and it is there', async () => {
  const nodes = await startCluster(3);
  const [first] = nodes as [RiakDouble];
  const client = connectTo(first.port);
  first.faults.dropAnswer = true;
  expect(await add(client, 7)).toEqual({ type: 'info', error: expect.stringMatching(/socket hang up|ECONNRESET/) });
  first.faults.dropAnswer = false;
  expect(await read(connectTo(first.port))).toEqual({ type: 'ok', value: [7] });
});

test('no connection: fail, for nothing was sent', async () => {
  const [node] = await startCluster(1);
  const { port } = node as RiakDouble;
  const client = connectTo(port);
  await node?.close();
  expect(await add(client, 1)).toEqual({ type: 'fail', error: expect.stringContaining('ECONNREFUSED') });
});

test.each(['PR', 'R'])('a read that too few vnodes answer: fail, %s-value unsatisfied', async (what) => {
  const nodes = what === 'PR' ? await alone() : await startCluster(3);
  if (what === 'R') for (const { faults } of nodes.slice(1)) faults.vnodesFail = true;
  const client = connectTo(port(nodes), what === 'PR' ? { r: 1, pr: 2 } : { r: 2 });
  const error = expect.stringMatching(new RegExp(`^503 ${what}-value unsatisfied: 1/2$`));
  expect(await add(client, 1)).toEqual({ type: 'fail', error });
});

describe('a server that says nothing more', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  /** Reads are answered as of an empty object; with a write, `then` is done. */
  async function listen(then: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', (data) => {
        if (data.toString().startsWith('PUT')) then(socket);
        else socket.write('HTTP/1.1 404 Object Not Found\r\nContent-Length: 10\r\n\r\nnot found\n');
      });
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await new Promise((resolve) => server.once('listening', resolve));
    return (server.address() as { port: number }).port;
  }

  test('and is gone when the write would be sent: fail, for there is no connection to send it over', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => {
        server.close();
        socket.end('HTTP/1.1 404 Object Not Found\r\nConnection: close\r\nContent-Length: 10\r\n\r\nnot found\n');
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const client = connectTo((server.address() as { port: number }).port);
    expect(await add(client, 1)).toEqual({ type: 'fail', error: expect.stringContaining('ECONNREFUSED') });
  });

  test('after the write was sent: info, when the client gives up', async () => {
    const client = connectTo(await listen(() => {}), { timeoutMs: 100 });
    expect(await add(client, 1)).toEqual({ type: 'info', error: 'timeout: nothing within 100 ms' });
  });

  test('in the middle of its answer: info', async () => {
    const client = connectTo(await listen((socket) => socket.end('HTTP/1.1 204 No Content\r\nContent-')));
    expect(await add(client, 1)).toMatchObject({ type: 'info' });
  });

  test('that resets the connection: info', async () => {
    const client = connectTo(await listen((socket) => socket.resetAndDestroy()));
    expect(await add(client, 1)).toMatchObject({ type: 'info' });
  });
});
