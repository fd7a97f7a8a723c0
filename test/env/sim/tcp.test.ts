import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Loss } from '../../../src/contract/index.ts';
import type { SimSettings } from '../../../src/env/sim/settings.ts';
import { BETWEEN, dial, Ear, listen, openWorld, PLAIN, PORT, pair, type TestWorld } from './world.ts';

const MACHINE: Partial<SimSettings> = { ...PLAIN, kill: 'machine' };
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);

describe('a stream', () => {
  it('is in order and complete, both ways, however much the latency varies', async () => {
    const world = await openWorld({ settings: { latency: { min: '0ms', p50: '1ms', p99: '50ms', max: '500ms' } } });
    const { here, there } = await pair(world);
    for (const k of numbers(0, 200)) {
      here.connection.send(k);
      there.connection.send(-k);
      await world.sleep(0.5);
    }
    await world.sleep(10_000);
    expect(there.heard).toEqual(numbers(0, 200));
    expect(here.heard).toEqual(numbers(0, 200).map((k) => -k));
  });

  it('costs a packet one way, and delivers what was sent while the connection was being made', async () => {
    const world = await openWorld();
    const arrivals: number[] = [];
    world.process('n2').listen(PORT, () => ({ message: () => void arrivals.push(world.nowMs()) }));
    const here = dial(world.process('n1'), 'n2');
    here.connection.send('early');
    await world.sleep(100);
    here.connection.send('later');
    await world.sleep(100);
    expect(arrivals).toEqual([3, 101]);
  });

  it('stalls under a cut, and goes on after a short one with nothing lost', async () => {
    const world = await openWorld();
    const { here, there } = await pair(world);
    const began = world.nowMs();
    await world.env.network.cut('f1', BETWEEN);
    for (const k of numbers(0, 50)) {
      here.connection.send(k);
      there.connection.send(k);
      await world.sleep(100);
    }
    expect([here.heard, there.heard]).toEqual([[], []]);
    const cutMs = world.nowMs() - began;
    await world.env.network.restore('f1');
    // Sent again after 0.2, 0.6, 1.4, ... s: for as long again as the cut was, at most.
    await world.sleep(cutMs + 500);
    expect([here.heard, there.heard]).toEqual([numbers(0, 50), numbers(0, 50)]);
    expect([here.ended, there.ended]).toEqual([[], []]);
  });

  it('loses what is under way when the cut comes, and sends it again 200 ms after the first', async () => {
    const world = await openWorld({
      settings: { ...PLAIN, latency: { min: '50ms', p50: '50ms', p99: '50ms', max: '50ms' } },
    });
    const { here, there } = await pair(world);
    here.connection.send('before');
    await world.sleep(30);
    here.connection.send('under way');
    await world.sleep(21);
    await world.env.network.cut('f1', BETWEEN);
    await world.sleep(45);
    expect(there.heard).toEqual(['before']);
    await world.env.network.restore('f1');
    await world.sleep(100);
    expect(there.heard).toEqual(['before']);
    await world.sleep(150);
    expect(there.heard).toEqual(['before', 'under way']);
  });

  it('goes in the open direction of a directed cut, and is heard there once', async () => {
    const world = await openWorld();
    const { here, there } = await pair(world);
    // n1 hears nothing of n2: not even that what it sends has arrived, so that it sends it again and again.
    await world.env.network.cut('f1', { n1: ['n2'] });
    here.connection.send('one');
    there.connection.send('unheard');
    await world.sleep(60_000);
    expect([there.heard, here.heard]).toEqual([['one'], []]);
    await world.env.network.restore('f1');
    await world.sleep(120_000);
    expect([there.heard, here.heard]).toEqual([['one'], ['unheard']]);
  });

  it('ends with a timeout after 15 retransmissions: 924.6 s', async () => {
    const world = await openWorld();
    const { here, there } = await pair(world);
    await world.env.network.cut('f1', BETWEEN);
    const lost: unknown[] = [];
    here.connection.send('hello');
    here.connection.call('anybody?', (_, why) => lost.push(why));
    await world.sleep(924_500);
    expect([here.ended, here.connection.open]).toEqual([[], true]);
    await world.sleep(200);
    expect([here.ended, here.connection.open, lost]).toEqual([['timeout'], false, ['timeout']]);
    // Who has sent nothing has noticed nothing: there is no keepalive.
    expect([there.ended, there.connection.open]).toEqual([[], true]);
    await world.env.network.heal();
    there.connection.send('still there?');
    await world.sleep(1_000);
    expect(there.ended).toEqual(['reset']);
  });
});

describe('a sender who hears nothing', () => {
  it('ends with a timeout, though all that it sent was heard', async () => {
    const world = await openWorld();
    const { here, there } = await pair(world);
    await world.env.network.cut('f1', { n1: ['n2'] });
    const lost: unknown[] = [];
    here.connection.call('did you?', (_, why) => lost.push(why));
    await world.sleep(924_500);
    expect([there.asked, here.ended, lost]).toEqual([['did you?'], [], []]);
    await world.sleep(200);
    expect([there.asked, here.ended, lost]).toEqual([['did you?'], ['timeout'], ['timeout']]);
  });
});

describe('a call', () => {
  it('is answered, each by its own answer, in whatever order', async () => {
    const world = await openWorld();
    const replies: ((answer: unknown) => void)[] = [];
    world.process('n2').listen(PORT, () => ({ asked: (_, reply) => void replies.push(reply) }));
    const { connection } = dial(world.process('n1'), 'n2');
    const answers: unknown[] = [];
    for (const question of ['a', 'b', 'c'])
      connection.call(question, (answer, lost) => answers.push([question, answer, lost]));
    await world.sleep(10);
    replies[2]!(3);
    replies[0]!(1);
    replies[0]!('again');
    await world.sleep(10);
    replies[1]!(2);
    replies[2]!('again');
    await world.sleep(10);
    expect(answers).toEqual([
      ['c', 3, undefined],
      ['a', 1, undefined],
      ['b', 2, undefined],
    ]);
  });

  it('waits no longer than it was told; the late answer is dropped, the connection stays', async () => {
    const world = await openWorld();
    let reply = (_: unknown) => {};
    world.process('n2').listen(PORT, () => ({
      asked: (_, answer) => {
        reply = answer;
      },
    }));
    const { connection } = dial(world.process('n1'), 'n2');
    const answers: unknown[] = [];
    connection.call('slow', (answer, lost) => answers.push([answer, lost, world.nowMs()]), 50);
    await world.sleep(60);
    expect(answers).toEqual([[undefined, 'timeout', 50]]);
    reply('late');
    connection.call('next', (answer, lost) => answers.push([answer, lost]), 50);
    await world.sleep(10);
    reply('in time');
    await world.sleep(100);
    expect(answers.slice(1)).toEqual([['in time', undefined]]);
    expect(connection.open).toBe(true);
  });

  it('on a connection that is closed is lost, but not before it returns', async () => {
    const world = await openWorld();
    const { here } = await pair(world);
    here.connection.close();
    const lost: unknown[] = [];
    here.connection.call('anybody?', (_, why) => lost.push(why));
    expect(lost).toEqual([]);
    await world.sleep(0);
    expect(lost).toEqual(['closed']);
  });
});

describe('an end', () => {
  it('that closes is heard of when what was sent before has arrived; its calls are lost, it is not told', async () => {
    const world = await openWorld();
    const { here, there } = await pair(world);
    await world.env.network.cut('f1', BETWEEN);
    const lost: unknown[] = [];
    here.connection.send('last words');
    here.connection.call('and a question', (_, why) => lost.push(why));
    here.connection.close();
    here.connection.close();
    here.connection.send('too late');
    await world.sleep(1_000);
    expect([lost, here.connection.open, there.ended]).toEqual([['closed'], false, []]);
    await world.env.network.restore('f1');
    await world.sleep(10_000);
    expect([there.heard, there.asked, there.ended]).toEqual([['last words'], ['and a question'], ['closed']]);
    expect([here.ended, here.heard]).toEqual([[], []]);
  });

  it('that closes says once more what it has heard, where that was not heard: its last words come all the same', async () => {
    const world = await openWorld();
    const { here, there } = await pair(world);
    await world.env.network.cut('f1', { n2: ['n1'] });
    there.connection.send('an answer');
    await world.sleep(10);
    expect(here.heard).toEqual(['an answer']);
    here.connection.send('last words');
    here.connection.close();
    // n2 sends its answer again, more often than not.
    await world.sleep(5_000);
    await world.env.network.restore('f1');
    await world.sleep(10_000);
    expect([there.heard, there.ended, here.heard]).toEqual([['last words'], ['closed'], ['an answer']]);
  });

  it('that has closed resets who tells it something new', async () => {
    const world = await openWorld();
    const { here, there } = await pair(world);
    await world.env.network.cut('f1', { n2: ['n1'] });
    here.connection.send('last words');
    here.connection.close();
    // Both are sent again after 200 ms, and after 400 more: the news first of all after the heal.
    await world.sleep(100);
    there.connection.send('news');
    await world.sleep(150);
    await world.env.network.restore('f1');
    await world.sleep(10_000);
    expect([there.heard, there.ended]).toEqual([[], ['reset']]);
  });

  it('that closes while it is being told something hears nothing more', async () => {
    const world = await openWorld();
    const heard: unknown[] = [];
    const ended: Loss[] = [];
    world.process('n2').listen(PORT, (connection) => ({
      message(message) {
        heard.push(message);
        connection.close();
      },
      ended: (why) => void ended.push(why),
    }));
    const here = dial(world.process('n1'), 'n2');
    for (const k of [1, 2, 3]) here.connection.send(k);
    await world.sleep(1_000);
    expect([heard, ended, here.ended]).toEqual([[1], [], ['closed']]);
  });

  it('that closes while it is told of the end is ended once', async () => {
    const world = await openWorld();
    const ears = listen(world.process('n2'));
    let ended = 0;
    const connection = world.process('n1').connect('n2', PORT, {
      ended(_, one) {
        ended++;
        one.close();
      },
    });
    await world.sleep(10);
    ears[0]!.connection.close();
    await world.sleep(10);
    connection.close();
    await world.sleep(10);
    expect(ended).toBe(1);
  });

  it.each(['n1', 'n2'])('of two that close at once, seen from %s: nobody is reset', async () => {
    const world = await openWorld();
    const { here, there } = await pair(world);
    here.connection.close();
    there.connection.close();
    await world.sleep(10_000);
    expect([here.ended, there.ended]).toEqual([[], []]);
  });

  it('whose process is killed is closed by its machine, when what it had sent has arrived', async () => {
    const world = await openWorld();
    const { here, there } = await pair(world);
    const lost: unknown[] = [];
    here.connection.call('a', (_, why) => lost.push(why));
    there.connection.send('last words');
    await world.cluster.kill('n2');
    await world.sleep(10);
    expect([here.heard, here.ended, lost]).toEqual([['last words'], ['closed'], ['closed']]);
    expect([there.asked, there.ended]).toEqual([[], []]);
  });

  it('whose process is killed is closed, however many that has and had', async () => {
    const world = await openWorld();
    const ears = listen(world.process('n2'));
    const all: Ear[] = [];
    for (let k = 0; k < 300; k++) {
      all.push(dial(world.process('n1'), 'n2'));
      await world.sleep(5);
      if (k % 3 > 0) all[k]!.connection.close();
    }
    await world.cluster.kill('n2');
    await world.sleep(10);
    expect(ears).toHaveLength(300);
    expect(all.map(({ ended }) => ended[0])).toEqual(all.map((_, k) => (k % 3 > 0 ? undefined : 'closed')));
  });

  it('whose process was killed behind a cut is reset, once the machine has given up telling', async () => {
    const world = await openWorld();
    const { here } = await pair(world);
    await world.env.network.cut('f1', BETWEEN);
    await world.cluster.kill('n2');
    await world.cluster.start('n2');
    await world.sleep(110_000);
    await world.env.network.heal();
    await world.sleep(130_000);
    expect([here.ended, here.connection.open]).toEqual([[], true]);
    const lost: unknown[] = [];
    here.connection.call('did you?', (_, why) => lost.push(why));
    await world.sleep(10);
    expect([here.ended, lost]).toEqual([['reset'], ['reset']]);
  });

  it('whose machine has lost its power is silent while that is gone, and resets afterwards', async () => {
    const world = await openWorld({ settings: MACHINE });
    const { here, there } = await pair(world);
    there.connection.send('gone before it leaves?');
    await world.cluster.kill('n2');
    const lost: unknown[] = [];
    here.connection.call('are you there?', (_, why) => lost.push(why));
    await world.sleep(5_000);
    // It had left.
    expect([here.heard, here.ended, lost]).toEqual([['gone before it leaves?'], [], []]);
    await world.cluster.start('n2');
    await world.sleep(10_000);
    expect([here.ended, lost, there.ended]).toEqual([['reset'], ['reset'], []]);
  });

  it('that is reset where the reset gets lost asks again, and is reset then', async () => {
    const world = await openWorld({ settings: MACHINE });
    const { here } = await pair(world);
    await world.cluster.kill('n2');
    await world.cluster.start('n2');
    await world.env.network.cut('f1', { n1: ['n2'] });
    const lost: unknown[] = [];
    here.connection.call('are you there?', (_, why) => lost.push(why));
    await world.sleep(10_000);
    await world.env.network.restore('f1');
    expect(lost).toEqual([]);
    await world.sleep(20_000);
    expect([here.ended, lost]).toEqual([['reset'], ['reset']]);
  });

  it('says nothing any more when its machine loses power after its process was stopped', async () => {
    const world = await openWorld({ settings: MACHINE });
    const { here, there } = await pair(world);
    await world.env.network.cut('f1', BETWEEN);
    there.connection.send('under way');
    await world.cluster.stop('n2');
    await world.sleep(1_000);
    await world.cluster.kill('n2');
    await world.cluster.start('n2');
    await world.env.network.restore('f1');
    await world.sleep(60_000);
    expect([here.heard, here.ended, here.connection.open]).toEqual([[], [], true]);
  });

  it('of a dead process does nothing, whatever it still holds', async () => {
    const world = await openWorld();
    const { here, there } = await pair(world);
    await world.cluster.kill('n1');
    const done: unknown[] = [];
    here.connection.send('ghost');
    here.connection.call('ghost', (answer) => done.push(answer), 10);
    here.connection.close();
    await world.sleep(1_000);
    expect([there.heard, there.asked, there.ended, done]).toEqual([[], [], ['closed'], []]);
  });

  it('may have no handlers at all', async () => {
    const world = await openWorld();
    world.process('n2').listen(PORT, () => ({}));
    const connection = world.process('n1').connect('n2', PORT, {});
    const answers: unknown[] = [];
    connection.send('hello');
    connection.call('hello?', (_, lost) => answers.push(lost), 100);
    await world.sleep(1_000);
    await world.cluster.kill('n2');
    await world.sleep(1_000);
    expect([answers, connection.open]).toEqual([['timeout'], false]);
  });
});

describe('whatever the network does', () => {
  const percent = (most: number) => fc.nat(most).map((one) => `${one}%`);
  const settings = fc.record({
    // Not so much that seven tries to connect may fail.
    loss: percent(10),
    duplicate: percent(50),
    reorder: percent(50),
    latency: fc.constantFrom('0.2ms', '20ms', { min: '0ms', p50: '1ms', p99: '100ms', max: '1s' }),
  });
  const grudge = fc.constantFrom(BETWEEN, { n1: ['n2'] }, { n2: ['n1'] });
  const side = fc.constantFrom('here', 'there');
  const quiet = [
    { weight: 6, arbitrary: fc.record({ do: fc.constant('send'), side, count: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('call'), side, timeoutMs: fc.constantFrom(undefined, 50) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.nat(3_000) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cut'), grudge }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('heal') }) },
  ];
  const node = fc.constantFrom('n1', 'n2');
  const violent = [
    ...quiet,
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('kill', 'start', 'pause', 'resume'), node }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('close'), side }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constant(1_000_000) }) },
  ];
  type Step = { do: string; side?: string; count?: number; timeoutMs?: number; ms?: number; node?: string } & {
    grudge?: Record<string, string[]>;
  };

  /** A connection on which both ends send numbers and ask questions. */
  async function walk(world: TestWorld, steps: readonly Step[]) {
    const ends = await pair(world, 300_000);
    const sides = { here: ends.here, there: ends.there };
    const sent = { here: 0, there: 0 };
    const calls: { side: 'here' | 'there'; ends: unknown[] }[] = [];
    for (const [index, step] of steps.entries()) {
      const at = step.side as 'here' | 'there';
      if (step.do === 'send') for (let k = 0; k < step.count!; k++) sides[at].connection.send(sent[at]++);
      if (step.do === 'call') {
        const call = { side: at, ends: [] as unknown[] };
        calls.push(call);
        const id = calls.length;
        const done = (answer: unknown, lost: Loss | undefined) => void call.ends.push(lost ?? answer === id);
        sides[at].connection.call(id, done, step.timeoutMs);
      }
      if (step.do === 'wait') await world.sleep(step.ms!);
      if (step.do === 'cut') await world.env.network.cut(`f${index}`, step.grudge!);
      if (step.do === 'heal') await world.env.network.heal();
      if (step.do === 'close') sides[at].connection.close();
      if (['kill', 'start', 'pause', 'resume'].includes(step.do))
        await world.cluster[step.do as 'kill' | 'start' | 'pause' | 'resume'](step.node!);
    }
    return { ...ends, sent, calls };
  }

  it('streams deliver all, once, in order, where no cut is too long; every call is answered or given up, once', async () => {
    const check = async (given: Partial<SimSettings>, steps: readonly Step[], seed: number) => {
      const world = await openWorld({ settings: given, seed });
      const { here, there, sent, calls } = await walk(world, steps);
      await world.env.network.heal();
      await world.sleep(2_000_000);
      expect([here.ended, there.ended]).toEqual([[], []]);
      expect(there.heard).toEqual(numbers(0, sent.here));
      expect(here.heard).toEqual(numbers(0, sent.there));
      const asked = (side: string) => calls.flatMap((call, k) => (call.side === side ? [k + 1] : []));
      expect(there.asked).toEqual(asked('here'));
      expect(here.asked).toEqual(asked('there'));
      for (const { ends } of calls) expect([[true], ['timeout']]).toContainEqual(ends);
    };
    const steps = fc.array(fc.oneof(...quiet), { maxLength: 40, size: 'max' });
    await fc.assert(fc.asyncProperty(settings, steps as fc.Arbitrary<Step[]>, fc.nat(1_000), check), { numRuns: 60 });
  });

  it('streams deliver a beginning, once, in order, whatever dies; nobody is ended twice, no call of the living hangs', async () => {
    const check = async (given: Partial<SimSettings>, steps: readonly Step[], kill: string, seed: number) => {
      const world = await openWorld({ settings: { ...given, kill } as Partial<SimSettings>, seed });
      const first = { n1: world.process('n1'), n2: world.process('n2') };
      const { here, there, sent, calls } = await walk(world, steps);
      await world.env.network.heal();
      for (const name of ['n1', 'n2']) {
        await world.cluster.start(name);
        await world.cluster.resume(name);
      }
      // Who still waits now has something to send, and so learns of what has happened.
      for (const ear of [here, there]) ear.connection.call(0, () => {}, 1);
      await world.sleep(3_000_000);
      expect(there.heard).toEqual(numbers(0, there.heard.length));
      expect(here.heard).toEqual(numbers(0, here.heard.length));
      expect(there.heard.length).toBeLessThanOrEqual(sent.here);
      expect(here.heard.length).toBeLessThanOrEqual(sent.there);
      for (const ear of [here, there]) {
        expect(ear.ended.length).toBeLessThanOrEqual(1);
        expect(new Set(ear.asked).size).toBe(ear.asked.length);
      }
      for (const call of calls) {
        const alive = first[call.side === 'here' ? 'n1' : 'n2'].state !== 'dead';
        if (alive) expect(call.ends).toHaveLength(1);
        else expect(call.ends.length).toBeLessThanOrEqual(1);
      }
      // Where both live and nobody closed it, it is as if nothing had been; where one died, the other knows.
      const [a, b] = [here.connection.open, there.connection.open];
      expect(a).toBe(b);
    };
    const steps = fc.array(fc.oneof(...violent), { maxLength: 40, size: 'max' });
    const kill = fc.constantFrom('process', 'machine');
    await fc.assert(fc.asyncProperty(settings, steps as fc.Arbitrary<Step[]>, kill, fc.nat(1_000), check), {
      numRuns: 60,
    });
  });

  it('a repeated seed fares the same, another one does not', async () => {
    const run = async (seed: number) => {
      const world = await openWorld({ seed, settings: { loss: '20%', reorder: '20%' } });
      const { here, there } = await pair(world, 300_000);
      const log: number[] = [];
      there.connection.call(0, () => {});
      for (const k of numbers(0, 50)) here.connection.call(k, () => log.push(k, world.env.clock.now()));
      await world.sleep(100_000);
      return log;
    };
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
  });
});

describe('what becomes of packets is drawn for each connection alone', () => {
  const settings: Partial<SimSettings> = { loss: '10%', duplicate: '10%', reorder: '10%' };

  /** When each of many messages from n1 to n2 is heard, while `more` goes on. */
  async function arrivals(more: (world: TestWorld) => void): Promise<number[]> {
    const world = await openWorld({ settings, programs: ['probe', 'other'] });
    const times: number[] = [];
    world.process('n2').listen(PORT, () => ({ message: () => void times.push(world.env.clock.now()) }));
    const { connection } = dial(world.process('n1'), 'n2');
    world.process('n1').every(10, () => connection.send('tick'));
    more(world);
    await world.sleep(5_000);
    return times;
  }

  it.each<[string, (world: TestWorld) => void]>([
    ['another link', (world) => chatter(world, world.process('n3'), 'n1')],
    ['another process of the node, to the same one', (world) => chatter(world, world.process('n1', 'other'), 'n2')],
    ['another connection of the process, to another port', (world) => chatter(world, world.process('n1'), 'n2')],
    [
      'the same process, later',
      (world) => void world.process('n1').after(50, () => void dial(world.process('n1'), 'n2')),
    ],
  ])('%s does not change it', async (_, more) => {
    const alone = await arrivals(() => {});
    expect(alone.length).toBeGreaterThan(400);
    expect(await arrivals(more)).toEqual(alone);
  });

  function chatter(world: TestWorld, process: ReturnType<TestWorld['process']>, to: string): void {
    const port = PORT + 1;
    world.process(to, 'other').listen(port, () => new Ear().handler);
    const { connection } = dial(process, to, port);
    process.every(7, () => connection.call('chatter', () => {}));
  }
});
