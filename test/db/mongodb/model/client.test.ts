/** What a client does, and what it says of how its operations ended. */
import { describe, expect, test } from 'vitest';
import { type Bench, openBench } from './bench.ts';

async function open(nodes: number, settings: object): Promise<Bench> {
  const bench = await openBench(nodes, settings);
  return bench;
}

describe.each(['2.4.1', '7.0'])('%s', (version) => {
  test('adds by compare-and-set, and reads the primary and each node', async () => {
    const bench = await open(3, { version });
    const clients = [await bench.client('n1'), await bench.client('n2')];
    // At once: one of them finds another document than it has read, and begins anew.
    const [first, second] = clients.map((client, element) =>
      Promise.resolve(client.invoke({ f: 'add', value: element })),
    );
    await bench.pass(1_000);
    expect([await first, await second]).toEqual([{ type: 'ok' }, { type: 'ok' }]);
    const [client] = clients as [(typeof clients)[0]];
    expect(await bench.invoke(client, 'read', null)).toEqual({ type: 'ok', value: [0, 1] });
    await bench.pass(100);
    expect(await bench.invoke(client, 'read-node', ['n3', null])).toEqual({ type: 'ok', value: ['n3', [0, 1]] });
  });

  test('no primary: fail, for nothing was sent', async () => {
    const bench = await open(3, { version });
    const client = await bench.client();
    await bench.cluster.kill('n1');
    await bench.cluster.kill('n2');
    const failed = { type: 'fail', error: expect.stringMatching(/^no primary \(n1: connect ECONNREFUSED/) };
    expect(await bench.invoke(client, 'add', 1)).toEqual(failed);
    expect(await bench.invoke(client, 'read', null)).toEqual(failed);
  });

  test('the primary killed while the write waited there: info', async () => {
    const bench = await open(3, { version, write_concern: 'majority' });
    const client = await bench.client();
    await bench.invoke(client, 'add', 1);
    for (const node of ['n2', 'n3']) bench.member(node).puller.stop();
    const pending = Promise.resolve(client.invoke({ f: 'add', value: 2 }));
    await bench.until('the write', () => bench.elements('n1').includes(2));
    for (const node of bench.set.nodes) await bench.cluster.kill(node);
    await bench.pass(10_000);
    expect(await pending).toEqual({ type: 'info', error: expect.stringMatching(/^read ECONNRESET n1:27017/) });
  });

  test('a read of each node tells who does not answer', async () => {
    const bench = await open(3, { version });
    const client = await bench.client();
    await bench.cluster.kill('n3');
    expect(await bench.invoke(client, 'read-node', ['n3', null])).toEqual({
      type: 'fail',
      error: expect.stringMatching(/ECONNREFUSED/),
    });
  });
});

describe('the current protocol', () => {
  test('the first try refused, and no primary for the second: fail', async () => {
    const bench = await open(3, { version: '7.0', server_selection_timeout: '600ms' });
    const client = await bench.client();
    await bench.invoke(client, 'add', 1);
    const member = bench.current('n1');
    // It is the primary while the read is answered, which looks twice, and none any more for the write.
    let looks = 0;
    Object.defineProperty(member, 'writable', { get: () => looks++ < 2 });
    expect(await bench.invoke(client, 'add', 2)).toEqual({ type: 'fail', error: expect.stringMatching(/^no primary/) });
    expect(bench.elements('n1')).toEqual([1]);
  });

  test('the first try lost, and another document for the second: nobody knows', async () => {
    const bench = await open(3, { version: '7.0', election_timeout: '2s', server_selection_timeout: '8s' });
    const client = await bench.client();
    await bench.invoke(client, 'add', 1);
    await bench.part(['n1'], ['n2', 'n3']);
    const pending = Promise.resolve(client.invoke({ f: 'add', value: 2 }));
    await bench.pass(500);
    expect(bench.elements('n1')).toEqual([1, 2]);
    const others = [bench.current('n2'), bench.current('n3')];
    await bench.until('a new primary', () => others.some(({ writable }) => writable));
    // Somebody else is quicker there.
    const primary = others.find(({ writable }) => writable) as (typeof others)[0];
    primary.write({ element: 3, expected: primary.doc }, undefined);
    await bench.cluster.kill('n1');
    await bench.pass(10_000);
    expect(await pending).toEqual({
      type: 'info',
      error: 'read ECONNRESET n1:27017; sent again: the document is another one by now',
    });
  });
});
