/** What a client sends and what it makes of the answers, against a server that says what the test wants. */
import { afterEach, describe, expect, test } from 'vitest';
import { cleanUp, clientOf, HEADER, local, serve } from './bench.ts';

afterEach(cleanUp);

const base64 = (text: string) => Buffer.from(text).toString('base64');
const entry = (key: string, value: string, revision = '3') => ({
  ...{ key: base64(key), value: base64(value), create_revision: '2', mod_revision: revision, version: '1' },
});
const range = (...kvs: object[]) => ({ response_range: { header: { revision: '7' }, ...(kvs.length > 0 && { kvs }) } });

describe('the set', () => {
  test('is read in pages, all at the revision of the first', async () => {
    const pages = [['set/0', 'set/10'], ['set/2'], ['set/3']];
    const { port, asked } = await serve(() => {
      const page = pages[asked.length - 1] as string[];
      const header = { ...HEADER, revision: String(6 + asked.length) };
      const more = asked.length < 3;
      return { header, kvs: page.map((key) => entry(key, '')), count: '4', ...(more && { more }) };
    });
    const client = clientOf([local(port)]);
    expect(await client.do('read', null)).toEqual({ type: 'ok', value: [0, 2, 3, 10] });
    expect(asked.map(({ path }) => path)).toEqual(Array(3).fill('/v3/kv/range'));
    expect(asked.map(({ body }) => [Buffer.from(body.key, 'base64').toString(), body.revision])).toEqual([
      ['set/', '0'],
      ['set/10\0', '7'],
      ['set/2\0', '7'],
    ]);
    for (const { body } of asked)
      expect(body).toMatchObject({ range_end: base64('set0'), keys_only: true, serializable: false, limit: 1_000 });
  });

  test('reads are serializable where that is set; a node is asked for what it has itself, always', async () => {
    const [one, other] = [await serve(() => ({ header: HEADER })), await serve(() => ({ header: HEADER }))];
    const members = [one, other].map(({ port }) => local(port));
    await clientOf(members, { serializable: true }).do('read', null);
    expect(one.asked.map(({ body }) => body.serializable)).toEqual([true]);
    const node = members[1]!.node;
    expect(await clientOf(members).do('read-node', [node, null])).toEqual({ type: 'ok', value: [node, []] });
    expect(other.asked.map(({ body }) => body.serializable)).toEqual([true]);
    expect(await clientOf(members).do('read-node', ['n9', null])).toEqual({
      ...{ type: 'fail', error: 'there is no node "n9"' },
    });
    expect(one.asked).toHaveLength(1);
  });

  test('add puts a key unless there is a fence; verify puts a fence unless there is the key', async () => {
    const { port, asked } = await serve(() => ({ header: HEADER, succeeded: asked.length !== 2 }));
    const client = clientOf([local(port)]);
    expect(await client.do('add', 5)).toEqual({ type: 'ok' });
    expect(await client.do('add', 5)).toMatchObject({ type: 'fail' });
    expect(await client.do('verify', 5)).toEqual({ type: 'ok', value: [5, false] });
    const [set, fence] = [base64('set/5'), base64('fence/5')];
    const absent = (key: string) => [{ key, target: 'MOD', result: 'EQUAL', mod_revision: '0' }];
    const txn = (without: string, put: string) => ({
      ...{ compare: absent(without), success: [{ request_put: { key: put, value: '' } }], failure: [] },
    });
    expect(asked.map(({ body }) => body)).toEqual([txn(fence, set), txn(fence, set), txn(set, fence)]);
  });
});

describe('a register', () => {
  test('null where there is no key; a cas that finds another value says which', async () => {
    const { port, asked } = await serve(({ body }) => {
      if (body.compare.length > 0) return { header: HEADER, responses: [range(entry('register/3', '4'))] };
      return {
        header: HEADER,
        succeeded: true,
        responses: [range(...(asked.length === 1 ? [] : [entry('register/3', '0')]))],
      };
    });
    const client = clientOf([local(port)], { workload: 'register' });
    expect(await client.do('read', [3, null])).toEqual({ type: 'ok', value: [3, null] });
    expect(await client.do('read', [3, null])).toEqual({ type: 'ok', value: [3, 0] });
    expect(await client.do('cas', [3, [1, 2]])).toEqual({ type: 'fail', error: 'it is 4, not 1' });
    await clientOf([local(port)], { workload: 'register', serializable: true }).do('read', [3, null]);
    const { node } = local(port);
    expect(await client.do('read-node', [3, [node, null]])).toEqual({ type: 'ok', value: [3, [node, 0]] });
    const reads = asked.flatMap(({ body }) => body.success).filter((op) => 'request_range' in op);
    expect(reads.map(({ request_range }) => request_range.serializable)).toEqual([false, false, true, true]);
    expect(asked[2]?.body.compare).toEqual([
      { key: base64('register/3'), target: 'VALUE', result: 'EQUAL', value: base64('1') },
    ]);
  });
});

describe('a counter', () => {
  test('is written where nobody has changed it since it was read; lost after that: info', async () => {
    const { port, asked } = await serve(() => {
      if (asked.length === 1)
        return { header: HEADER, succeeded: true, responses: [range(entry('counter', '7', '3'))] };
      if (asked.length === 2) return { header: HEADER, responses: [range(entry('counter', '9', '4'))] };
      return asked.length === 3 ? { header: HEADER, succeeded: true, responses: [{ response_put: {} }] } : 'hang up';
    });
    const client = clientOf([local(port)], { workload: 'counter' });
    expect(await client.do('add', -12)).toEqual({ type: 'ok' });
    expect(asked.slice(1).map(({ body }) => [body.compare[0].mod_revision, body.success[0].request_put.value])).toEqual(
      [
        ['3', base64('-5')],
        ['4', base64('-3')],
      ],
    );
    expect(await client.do('add', 1)).toMatchObject({ type: 'fail' });
    expect(await client.do('read', null)).toMatchObject({ type: 'fail' });
    const writing = await serve(() =>
      writing.asked.length === 1 ? { header: HEADER, succeeded: true, responses: [range()] } : 'hang up',
    );
    const other = clientOf([local(writing.port)], { workload: 'counter' });
    expect(await other.do('add', 1)).toMatchObject({ type: 'info' });
  });
});

describe('a queue', () => {
  test('an element whose deletion is lost may be gone: info; one that others took is tried again with the next', async () => {
    const { port, asked } = await serve(() => {
      const header = HEADER;
      if (asked.length === 1) return { header, succeeded: true, responses: [range(entry('queue/a', '5', '3'))] };
      if (asked.length === 2) return { header, responses: [range(entry('queue/b', '6', '4'))] };
      return 'hang up';
    });
    const client = clientOf([local(port)], { workload: 'queue' });
    expect(await client.do('dequeue', null)).toMatchObject({ type: 'info' });
    const deletes = asked.slice(1).map(({ body }) => [body.compare[0], body.success[0].request_delete_range.key]);
    expect(deletes).toEqual([
      [{ key: base64('queue/a'), target: 'MOD', result: 'EQUAL', mod_revision: '3' }, base64('queue/a')],
      [{ key: base64('queue/b'), target: 'MOD', result: 'EQUAL', mod_revision: '4' }, base64('queue/b')],
    ]);
    for (const f of ['enqueue', 'drain']) expect(await client.do(f, 1)).toMatchObject({ type: 'info' });
  });
});

describe('a lock', () => {
  test('a lease that is lost changes nothing: fail; the key under it may be there: info', async () => {
    const { port, asked } = await serve(({ path }) => {
      if (path === '/v3/lease/grant') return asked.length < 3 ? 'hang up' : { header: HEADER, ID: '77', TTL: '5' };
      return asked.length < 5 ? { header: HEADER, succeeded: true, responses: [range()] } : 'hang up';
    });
    const client = clientOf([local(port)], { workload: 'lock' });
    expect(await client.do('acquire', null)).toMatchObject({ type: 'fail' });
    expect(await client.do('acquire', null)).toMatchObject({ type: 'info' });
    expect(asked.map(({ path }) => path.slice('/v3/'.length))).toEqual([
      ...['kv/txn', 'lease/grant', 'kv/txn', 'lease/grant', 'kv/txn'],
    ]);
    expect(asked[3]?.body).toEqual({ TTL: '5' });
    expect(asked[4]?.body.success).toEqual([{ request_put: { key: base64('lock'), value: '', lease: '77' } }]);
    // Somebody may have been quicker since the lock was looked at.
    expect(asked[4]?.body.compare).toEqual([
      { key: base64('lock'), target: 'MOD', result: 'EQUAL', mod_revision: '0' },
    ]);
    expect(await client.do('release', 5)).toMatchObject({ type: 'info' });
  });

  test('that another client has got since it was looked at is not had: fail', async () => {
    const { port } = await serve(({ path, body }) => {
      if (path === '/v3/lease/grant') return { header: HEADER, ID: '77', TTL: '5' };
      return { header: HEADER, ...(body.compare.length === 0 && { succeeded: true, responses: [range()] }) };
    });
    expect(await clientOf([local(port)], { workload: 'lock' }).do('acquire', null)).toEqual({
      ...{ type: 'fail', error: 'another client was quicker' },
    });
  });
});

describe('a transaction on lists', () => {
  const ops = [
    ['r', 1, null],
    ['append', 1, 9],
    ['r', 1, null],
    ['append', 2, 5],
  ];

  test('writes all its lists where none has changed since it read them, else tries again with what they are now', async () => {
    const { port, asked } = await serve(() => {
      const header = HEADER;
      if (asked.length === 1)
        return { header, succeeded: true, responses: [range(entry('list/1', '[7]', '3')), range()] };
      if (asked.length === 2) return { header, responses: [range(entry('list/1', '[7,8]', '4')), range()] };
      return { header, succeeded: true, responses: [{ response_put: {} }, { response_put: {} }] };
    });
    const client = clientOf([local(port)], { workload: 'append' });
    expect(await client.do('txn', ops)).toEqual({
      type: 'ok',
      value: [
        ['r', 1, [7, 8]],
        ['append', 1, 9],
        ['r', 1, [7, 8, 9]],
        ['append', 2, 5],
      ],
    });
    const compared = (revision: string) => [
      { key: base64('list/1'), target: 'MOD', result: 'EQUAL', mod_revision: revision },
      { key: base64('list/2'), target: 'MOD', result: 'EQUAL', mod_revision: '0' },
    ];
    expect(asked.map(({ body }) => body.compare)).toEqual([[], compared('3'), compared('4')]);
    expect(asked[2]?.body.success).toEqual([
      { request_put: { key: base64('list/1'), value: base64('[7,8,9]') } },
      { request_put: { key: base64('list/2'), value: base64('[5]') } },
    ]);
  });

  test('gives up where others are always quicker: fail, for nothing was written', async () => {
    const { port, asked } = await serve(() => ({ header: HEADER, responses: [range(), range()] }));
    const client = clientOf([local(port)], { workload: 'append' });
    expect(await client.do('txn', ops)).toMatchObject({ type: 'fail' });
    expect(asked).toHaveLength(21);
  });

  test('lost while it reads: fail; lost while it writes, even after a try that came to nothing: info', async () => {
    const reading = await serve(() => 'hang up');
    const first = clientOf([local(reading.port)], { workload: 'append' });
    expect(await first.do('txn', ops)).toMatchObject({ type: 'fail' });
    const writing = await serve(() =>
      writing.asked.length < 3 ? { header: HEADER, responses: [range(), range()] } : 'hang up',
    );
    const second = clientOf([local(writing.port)], { workload: 'append' });
    expect(await second.do('txn', ops)).toMatchObject({ type: 'info' });
    expect(writing.asked).toHaveLength(3);
  });

  test('that only reads is one request', async () => {
    const { port, asked } = await serve(() => ({
      header: HEADER,
      succeeded: true,
      responses: [range(entry('list/1', '[7]')), range()],
    }));
    const client = clientOf([local(port)], { workload: 'append', serializable: true });
    const read = [
      ['r', 1, null],
      ['r', 2, null],
      ['r', 1, null],
    ];
    expect(await client.do('txn', read)).toEqual({
      type: 'ok',
      value: [
        ['r', 1, [7]],
        ['r', 2, []],
        ['r', 1, [7]],
      ],
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body.success).toHaveLength(2);
    expect(asked[0]?.body.success[0].request_range.serializable).toBe(true);
  });
});

describe('the client', () => {
  test('comes from its seat’s address, and asks for a leader where that is set', async () => {
    const { port, asked } = await serve(() => ({ header: HEADER, succeeded: true }));
    await clientOf([local(port)], { localAddress: '127.0.0.77' }).do('add', 1);
    await clientOf([local(port)], { requireLeader: true }).do('add', 2);
    expect(asked.map(({ from }) => from)).toEqual(['127.0.0.77', '127.0.0.1']);
    expect(asked.map(({ headers }) => headers['grpc-metadata-hasleader'])).toEqual([undefined, 'true']);
  });

  test('goes on to the next member after an error, with its next operation, and never sends one twice', async () => {
    const bad = await serve(() => ({ status: 503, body: { error: 'etcdserver: no leader', code: 14 } }));
    const good = await serve(() => ({ header: HEADER, succeeded: true }));
    const members = [bad, good].map(({ port }) => local(port));
    const moving = clientOf(members, { moves: true });
    expect(await moving.do('add', 1)).toEqual({ type: 'fail', error: 'etcdserver: no leader' });
    expect(good.asked).toHaveLength(0);
    expect(await moving.do('add', 2)).toEqual({ type: 'ok' });
    expect(await moving.do('add', 3)).toEqual({ type: 'ok' });
    expect(bad.asked).toHaveLength(1);
    const staying = clientOf(members);
    await staying.do('add', 1);
    expect(await staying.do('add', 2)).toMatchObject({ type: 'fail' });
  });

  test('that is closed while it waits leaves the next one at the next member, and sends nothing more', async () => {
    const silent = await serve(() => 'nothing');
    const members = [local(silent.port), local(1), local(2)];
    const place = { member: 0 };
    const client = clientOf(members, { moves: true, place });
    const waiting = client.do('add', 1);
    while (silent.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    client.close();
    expect(await waiting).toMatchObject({ type: 'info' });
    expect(place.member).toBe(1);
    client.close();
    expect(place.member).toBe(1);
    expect(await client.do('add', 2)).toEqual({ type: 'fail', error: 'the client was closed' });
    expect(silent.asked).toHaveLength(1);
  });

  test('opens beforehand without a word where nobody is there, and without writing', async () => {
    await clientOf([local(1)]).open();
    const { port, asked } = await serve(() => ({ header: HEADER }));
    await clientOf([local(port)]).open();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body.success).toEqual([{ request_range: expect.objectContaining({ serializable: true }) }]);
  });

  test('knows its own workload’s operations only', async () => {
    await expect(clientOf([local(1)]).do('cas', [1, [2, 3]])).rejects.toThrow('knows no operation "cas"');
  });
});
