/** What clients send, and what they make of the answers: each row of the error table, from a server that is in that state. */
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ServiceClient, type ServiceClientConfig } from '../../../src/db/service/client.ts';
import { ERRORS } from '../../../src/db/service/errors.ts';
import { service } from '../../../src/db/service/index.ts';
import type { Requests, ServiceSettings } from '../../../src/db/service/settings.ts';
import { check } from '../../../src/plan/settings/check.ts';
import type { Schema } from '../../../src/plan/settings/words.ts';
import { type Answer, type Asked, deafPort, freePort, serve, type TestServer } from './http-server.ts';

/** Requests as a plan has them, with their defaults. */
function requestsOf(requests: object): Requests {
  const settings = { start: ['x'], ready: ['true'], requests };
  expect(check(service.settings as unknown as Schema, settings, '')).toEqual([]);
  return (settings as unknown as ServiceSettings).requests;
}

function clientOf(ports: readonly number[], requests: object, more: Partial<ServiceClientConfig> = {}): ServiceClient {
  const client = new ServiceClient({
    targets: ports.map((port, k) => {
      const values = { node: `n${k + 1}`, id: String(k + 1), address: '127.0.0.1', port: String(port) };
      return { name: `n${k + 1}`, host: '127.0.0.1', port, values };
    }),
    home: 'n1',
    requests: requestsOf(requests),
    connectTimeoutMs: 2_000,
    ...more,
  });
  onTestFinished(() => client.close());
  return client;
}

const ADD = { path: '/set', body: '{"element": {{value}}}', ok: [201], fail: [409] };
const READ = { path: '/set', answer: '/elements' };
const add = { f: 'add', value: 5 };
const read = { f: 'read', value: null };

test('text that may be cut short is no answer: its server did not say how long it is', async () => {
  const raw = (body: string) =>
    new Promise<number>((resolve) => {
      const server = createServer((socket) => {
        socket.once('data', () => socket.end(`HTTP/1.0 200 OK\r\n\r\n${body}`)).on('error', () => {});
      }).listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
      onTestFinished(() => void server.close());
    });
  const cut = { type: 'fail', error: expect.stringContaining('Content-Length') };
  expect(await clientOf([await raw('1 2 1')], { read: { ...READ, answer: 'text' } }).invoke(read)).toEqual(cut);
  const register = { f: 'read', value: [3, null] };
  const ofKey = { read: { path: '/{{key}}' } };
  expect(await clientOf([await raw('12')], ofKey).invoke(register)).toEqual(cut);
  // A list or a map has an end of its own.
  const whole = await clientOf([await raw('{"elements":[2,1]}')], { read: { ...READ } }).invoke(read);
  expect(whole).toEqual({ type: 'ok', value: [1, 2] });
});

describe('requests', () => {
  const seen = ({ method, url, body, headers }: Asked) => ({ method, url, body, type: headers['content-type'] });

  test('of a set', async () => {
    const server = await serve(({ method }) =>
      method === 'GET' ? { status: 200, body: '{"elements":[7,5]}' } : { status: 201 },
    );
    const client = clientOf([server.port], {
      add: ADD,
      read: READ,
      'read-node': { ...READ, path: '/own?node={{node}}' },
    });
    expect(await client.invoke(add)).toEqual({ type: 'ok' });
    expect(await client.invoke(read)).toEqual({ type: 'ok', value: [5, 7] });
    expect(await client.invoke({ f: 'read-node', value: ['n1', null] })).toEqual({ type: 'ok', value: ['n1', [5, 7]] });
    expect(server.asked.map(seen)).toEqual([
      { method: 'POST', url: '/set', body: '{"element": 5}', type: 'application/json' },
      { method: 'GET', url: '/set', body: '', type: undefined },
      { method: 'GET', url: '/own?node=n1', body: '', type: undefined },
    ]);
  });

  test('of registers', async () => {
    const server = await serve(({ method, url }) => {
      if (url === '/9') return { status: 404, body: 'nothing' };
      return method === 'GET' ? { status: 200, body: '{"value": 4}' } : { status: method === 'POST' ? 412 : 204 };
    });
    const client = clientOf([server.port], {
      read: { path: '/{{key}}', answer: '/value', none: [404] },
      write: {
        path: '/{{key}}',
        body: '{{value}}',
        headers: { 'Content-Type': 'text/plain', 'X-Of': '{{node}}-{{value}}' },
      },
      cas: { path: '/{{key}}?old={{old}}', body: '{{new}}', fail: [412] },
    });
    expect(await client.invoke({ f: 'read', value: [3, null] })).toEqual({ type: 'ok', value: [3, 4] });
    expect(await client.invoke({ f: 'read', value: [9, null] })).toEqual({ type: 'ok', value: [9, null] });
    expect(await client.invoke({ f: 'write', value: [3, 6] })).toEqual({ type: 'ok' });
    expect(await client.invoke({ f: 'cas', value: [3, [6, 7]] })).toEqual({
      type: 'fail',
      error: 'n1 answered with status 412',
    });
    expect(server.asked.slice(2).map(seen)).toEqual([
      { method: 'PUT', url: '/3', body: '6', type: 'text/plain' },
      { method: 'POST', url: '/3?old=6', body: '7', type: 'application/json' },
    ]);
    expect(server.asked[2]?.headers['x-of']).toBe('n1-6');
  });

  test('come from the address of the seat, over one connection', async () => {
    const ports = new Set<unknown>();
    const server = await serve(() => ({ status: 201 }));
    const client = clientOf([server.port], { add: ADD }, { localAddress: '127.0.0.77' });
    for (const value of [1, 2, 3]) expect(await client.invoke({ f: 'add', value })).toEqual({ type: 'ok' });
    for (const { from } of server.asked) ports.add(from);
    expect([...ports]).toEqual(['127.0.0.77']);
    expect(server.asked).toHaveLength(3);
  });

  test('an operation that is described nowhere is no request', () => {
    expect(() => clientOf([1], { add: ADD }).invoke(read)).toThrow('no request is described for "read"');
  });
});

describe('the error table', () => {
  const states: Record<keyof typeof ERRORS, { answer: Answer | 'nobody'; says: RegExp; closes?: true }> = {
    unsent: { answer: 'nobody', says: /ECONNREFUSED/ },
    lost: { answer: 'reset', says: /socket hang up|ECONNRESET/ },
    refused: {
      answer: { status: 409, body: '{"error": "no"}' },
      says: /^n1 answered with status 409: {"error": "no"}$/,
    },
    unlisted: { answer: { status: 503, body: 'try\nlater' }, says: /^n1 answered with status 503: try later$/ },
    unreadable: {
      answer: { status: 200, body: '<html>' },
      says: /^the answer of n1 is not as the plan says: the body is not JSON; the body: <html>$/,
    },
    thrown: { answer: { status: 200 }, says: /Invalid character in header|ERR_INVALID_CHAR/ },
  };

  test.each(Object.entries(states))('%s', async (row, { answer, says }) => {
    const { write: writes, read: reads } = ERRORS[row as keyof typeof ERRORS];
    const port = answer === 'nobody' ? await freePort() : (await serve(() => answer)).port;
    const headers = row === 'thrown' ? { 'x-odd': 'a\nb' } : {};
    const client = clientOf([port], { add: { ...ADD, headers }, read: { ...READ, headers } });
    if (row !== 'unreadable') {
      expect(await client.invoke(add)).toEqual({ type: writes, error: expect.stringMatching(says) });
    }
    expect(await client.invoke(read)).toEqual({
      type: reads,
      error: row === 'refused' ? expect.any(String) : expect.stringMatching(says),
    });
  });

  test('an answer that breaks off is none, whatever its status', async () => {
    const { port } = await serve(() => 'break');
    const client = clientOf([port], { add: { ...ADD, ok: [200] }, read: { ...READ, answer: '' } });
    expect(await client.invoke(add)).toMatchObject({ type: 'info' });
    expect(await client.invoke(read)).toMatchObject({ type: 'fail' });
  });

  test('a redirect is an answer, and is not followed', async () => {
    const { port, asked } = await serve(() => ({ status: 307 }));
    expect(await clientOf([port], { add: ADD }).invoke(add)).toMatchObject({ type: 'info' });
    expect(asked).toHaveLength(1);
  });

  test('where the system knows no way there, nothing was sent', async () => {
    // From a loopback address nobody gets to TEST-NET-1 (RFC 5737).
    const targets = [{ name: 'n1', host: '192.0.2.1', port: 80, values: {} }];
    const client = clientOf([1], { add: ADD }, { targets, localAddress: '127.0.0.1' });
    expect(await client.invoke(add)).toMatchObject({ type: 'fail' });
  });

  test('without a connection in time nothing was sent', async () => {
    const client = clientOf([await deafPort()], { add: ADD }, { connectTimeoutMs: 50 });
    expect(await client.invoke(add)).toMatchObject({ type: 'fail', error: expect.stringContaining('within 50 ms') });
  });

  test('closed while it waits, it does not know; closed before, it has sent nothing', async () => {
    const server = await serve(() => 'hang');
    const client = clientOf([server.port], { add: ADD });
    const waiting = client.invoke(add);
    await expect.poll(() => server.asked.length).toBe(1);
    client.close();
    expect(await waiting).toMatchObject({ type: 'info' });
    expect(await client.invoke(add)).toEqual({ type: 'fail', error: 'the client was closed' });
    expect(server.asked).toHaveLength(1);
    const unused = clientOf([server.port], { add: ADD });
    unused.close();
    expect(await unused.invoke(add)).toEqual({ type: 'fail', error: 'the client was closed' });
    expect(server.asked).toHaveLength(1);
  });

  test('a connection that is gone is opened again by the next operation, and nothing is sent twice', async () => {
    let answer: Answer = 'reset';
    const server = await serve(() => answer);
    const client = clientOf([server.port], { add: ADD });
    expect(await client.invoke(add)).toMatchObject({ type: 'info' });
    expect(server.asked).toHaveLength(1);
    answer = { status: 201 };
    expect(await client.invoke(add)).toEqual({ type: 'ok' });
    expect(server.asked).toHaveLength(2);
  });
});

describe('to which node', () => {
  const ok = { status: 201 };
  const counts = (servers: readonly TestServer[], url: string) =>
    servers.map(({ asked }) => asked.filter((one) => one.url === url).length);

  test('home, or the first', async () => {
    const servers = [await serve(() => ok), await serve(() => ok)];
    const ports = servers.map(({ port }) => port);
    const home = clientOf(ports, { add: ADD }, { home: 'n2' });
    const first = clientOf(ports, { add: { ...ADD, to: 'first' } }, { home: 'n2' });
    await home.invoke(add);
    expect(counts(servers, '/set')).toEqual([0, 1]);
    await first.invoke(add);
    expect(counts(servers, '/set')).toEqual([1, 1]);
  });

  test('a node by its name, and none that is not there', async () => {
    const bodies = ['[1]', '[2]'];
    const servers = [];
    for (const body of bodies) servers.push(await serve(() => ({ status: 200, body })));
    const client = clientOf(
      servers.map(({ port }) => port),
      { 'read-node': { path: '/own' } },
    );
    expect(await client.invoke({ f: 'read-node', value: ['n2', null] })).toEqual({ type: 'ok', value: ['n2', [2]] });
    expect(await client.invoke({ f: 'read-node', value: ['n9', null] })).toEqual({
      type: 'fail',
      error: 'there is no node "n9"',
    });
  });

  test('the primary: asked before a write where it is not known, and before each read', async () => {
    let primary = 1;
    const servers: TestServer[] = [];
    for (const k of [0, 1, 2])
      servers.push(
        await serve(({ url, method }) => {
          if (url === '/role')
            return { status: 200, body: JSON.stringify({ role: k === primary ? 'primary' : 'replica' }) };
          if (method === 'GET') return { status: 200, body: `{"elements":[${k}]}` };
          return { status: k === primary ? 201 : 409 };
        }),
      );
    const question = { path: '/role', headers: {}, ok: [200], answer: '/role', equals: 'primary' };
    const to = 'primary';
    const client = clientOf(
      servers.map(({ port }) => port),
      { add: { ...ADD, to }, read: { ...READ, to } },
      { primary: question },
    );
    expect(await client.invoke(add)).toEqual({ type: 'ok' });
    expect(await client.invoke(add)).toEqual({ type: 'ok' });
    expect(counts(servers, '/role')[1]).toBe(1);
    expect(counts(servers, '/set')).toEqual([0, 2, 0]);
    primary = 2;
    // A read does not believe what a write has found out before.
    expect(await client.invoke(read)).toEqual({ type: 'ok', value: [2] });
    expect(await client.invoke(add)).toMatchObject({ type: 'fail', error: 'n2 answered with status 409' });
    expect(await client.invoke(add)).toEqual({ type: 'ok' });
    expect(counts(servers, '/set')).toEqual([0, 3, 2]);
    primary = 9;
    expect(await client.invoke(read)).toEqual({
      type: 'fail',
      error: `no node says that it is the primary (${['n1', 'n2', 'n3'].map((n) => `${n}: /role is "replica", not "primary"`).join('; ')})`,
    });
    expect(
      await clientOf(
        servers.map(({ port }) => port),
        { add: { ...ADD, to } },
        { primary: question },
      ).invoke(add),
    ).toMatchObject({ type: 'fail' });
  });

  test('a node that does not say whether it is the primary keeps nobody from the one that does', async () => {
    const silent = await serve(() => 'hang');
    const primary = await serve(({ url }) => ({ status: url === '/role' ? 200 : 201 }));
    const question = { path: '/role', headers: {}, ok: [200] };
    const client = clientOf([silent.port, primary.port], { add: { ...ADD, to: 'primary' } }, { primary: question });
    expect(await client.invoke(add)).toEqual({ type: 'ok' });
    const alone = clientOf(
      [silent.port],
      { add: { ...ADD, to: 'primary' } },
      { primary: question, connectTimeoutMs: 30 },
    );
    expect(await alone.invoke(add)).toMatchObject({ type: 'fail', error: expect.stringContaining('within 30 ms') });
    expect(counts([silent], '/set')).toEqual([0]);
  });
});
