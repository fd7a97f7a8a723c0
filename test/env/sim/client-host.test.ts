import { describe, expect, it } from 'vitest';
import { type Link, SimError, type SimHost, type TraceEntry } from '../../../src/contract/index.ts';
import type { SimSettings } from '../../../src/env/sim/settings.ts';
import { BETWEEN, listen, openWorld, PLAIN, PORT, type TestWorld } from './world.ts';

const CLIENT_CUT = { n1: ['clients@n1'], 'clients@n1': ['n1'] };

async function open(settings: Partial<SimSettings> = PLAIN) {
  const world = await openWorld({ settings });
  const ears = listen(world.process('n1'));
  return { world, ears, host: await world.host(0) };
}

async function failure(promise: Promise<unknown>): Promise<SimError> {
  const error = await promise.then(
    () => expect.fail('it should have failed'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SimError);
  return error as SimError;
}

describe('a client', () => {
  it('connects, asks and closes, and time passes meanwhile', async () => {
    const { world, ears, host } = await open();
    const link = await host.connect('n1', PORT, 1_000);
    expect([world.nowMs(), link.open, ears[0]!.connection.peer]).toEqual([2, true, 'client 0']);
    expect(await link.ask({ add: 1 })).toEqual({ add: 1 });
    expect(world.nowMs()).toBe(4);
    link.send('a word');
    await host.sleep(2.5);
    expect([host.nowMs(), world.nowMs()]).toEqual([6, 6.5]);
    link.close();
    await host.sleep(10);
    expect([ears[0]!.heard, ears[0]!.ended, link.open]).toEqual([['a word'], ['closed'], false]);
  });

  it('says in the trace to whom it sends what; nobody words it where there is none', async () => {
    const trace: TraceEntry[] = [];
    const world = await openWorld({ trace: (entry) => trace.push(entry) });
    const host = await world.host(3);
    await host.sleep(5);
    host.detail('send', () => 'sends 8 to n1', [8]);
    host.detail('gives-up', () => 'gives up');
    const entry = { time: 5_000_000, node: 'client 3', process: 'client' };
    expect(trace).toEqual([
      { ...entry, what: 'send', words: 'sends 8 to n1', elements: [8] },
      { ...entry, what: 'gives-up', words: 'gives up' },
    ]);
    const silent = await openWorld();
    (await silent.host(0)).detail('send', () => expect.fail('nobody wants to know'), [8]);
  });

  it('keeps a connection longer than it would have waited for it', async () => {
    const { host } = await open();
    const link = await host.connect('n1', PORT, 100);
    await host.sleep(1_000);
    expect([link.open, await link.ask('still there?', 100)]).toEqual([true, 'still there?']);
  });

  it('is refused as Node says it', async () => {
    const { host } = await open();
    const error = await failure(host.connect('n2', PORT, 1_000));
    expect([error.code, error.message]).toEqual(['ECONNREFUSED', `connect ECONNREFUSED n2:${PORT}`]);
  });

  it('waits no longer for a connection than it was told, and leaves none behind', async () => {
    const { world, ears, host } = await open();
    await world.env.network.cut('f1', { 'clients@n1': ['n1'] });
    const began = world.nowMs();
    const error = await failure(host.connect('n1', PORT, 1_500));
    expect([error.code, error.message]).toEqual(['ETIMEDOUT', `connect ETIMEDOUT n1:${PORT}`]);
    expect(world.nowMs() - began).toBe(1_500);
    await world.env.network.restore('f1');
    await world.sleep(60_000);
    expect(ears.every(({ connection }) => !connection.open)).toBe(true);
  });

  it('is told of a peer that has died, gone silent, or is too slow; never what it did', async () => {
    const { world, host } = await open();
    const [killed, silent] = [await host.connect('n1', PORT, 1_000), await host.connect('n1', PORT, 1_000)];
    await world.env.network.cut('f1', CLIENT_CUT);
    const error = await failure(silent.ask('slow', 300));
    expect([error.code, error.message]).toEqual(['ETIMEDOUT', `read ETIMEDOUT n1:${PORT}`]);
    expect(silent.open).toBe(true);
    await world.env.network.restore('f1');
    const asking = failure(killed.ask('anybody?'));
    await world.cluster.kill('n1');
    expect([(await asking).code, killed.open]).toEqual(['ECONNRESET', false]);
    expect((await failure(killed.ask('still?'))).code).toBe('ECONNRESET');
  });

  it('that closes its link ends what it waits for on it', async () => {
    const { world, host } = await open();
    const link = await host.connect('n1', PORT, 1_000);
    await world.cluster.pause('n1');
    const asking = failure(link.ask('anybody?'));
    link.close();
    expect((await asking).code).toBe('ECONNRESET');
  });

  it('to no machine is our own mistake, and nobody waits for it', async () => {
    const { world, host } = await open();
    await expect(host.connect('n9', PORT, 50)).rejects.toThrow('"n9" is a simulated machine');
    await world.sleep(100);
    expect(world.env.failure?.aborted).toBe(false);
  });

  it('is on the side of its home, where a cut is', async () => {
    const { world } = await open();
    await world.env.network.cut('f1', { n1: ['clients@n2'] });
    await (await world.host(0)).connect('n1', PORT, 100);
    await failure((await world.host(1)).connect('n1', PORT, 100));
    await failure((await world.host(4)).connect('n1', PORT, 100));
    await world.env.network.cut('f2', BETWEEN);
    await (await world.host(3)).connect('n1', PORT, 100);
  });
});

describe('the draws of a client', () => {
  const LOSSY: Partial<SimSettings> = { loss: '10%', duplicate: '10%', reorder: '10%' };

  /** When each of many questions of client 3 is answered, and what it draws. */
  async function diary(others: (world: TestWorld) => Promise<void>): Promise<number[]> {
    const { world } = await open(LOSSY);
    const lines: number[] = [];
    const busy = others(world);
    const life = async (host: SimHost) => {
      const link: Link = await host.connect('n1', PORT, 200_000);
      for (let k = 0; k < 50; k++) {
        await link.ask(k);
        lines.push(world.env.clock.now(), host.rng.int(0, 1_000_000));
      }
      link.close();
    };
    await life(await world.host(3));
    // The same client, connected anew.
    await life(await world.host(3));
    await busy;
    return lines;
  }

  it('are not shifted by other clients, of the same home or not, that come before it and go meanwhile', async () => {
    const alone = await diary(async () => {});
    const amid = await diary(async (world) => {
      for (let round = 0; round < 5; round++)
        for (const client of [0, 6, 1]) {
          const link = await (await world.host(client)).connect('n1', PORT, 200_000);
          await link.ask(client);
        }
    });
    expect(amid).toEqual(alone);
  });

  it('differ from connection to connection, and from client to client', async () => {
    const { world } = await open();
    const draws: number[] = [];
    for (const client of [0, 0, 3, 1]) draws.push((await world.host(client)).rng.int(0, 1_000_000_000));
    expect(new Set(draws).size).toBe(4);
  });
});
