/** Reads and writes: who is asked, who must answer, who refuses, and what becomes of what is different. */
import { describe, expect, test } from 'vitest';
import { type Bench, openBench } from './bench.ts';

const open = openBench;

const SIDES = [
  ['n1', 'n2'],
  ['n3', 'n4', 'n5'],
] as const;
const ALL = [1, 2, 3, 4, 5];
const OK = { type: 'ok' };

/** Waits until everybody has found out about a cut between the two sides. */
async function found(bench: Bench): Promise<void> {
  const knows = (node: string, other: readonly string[]) => other.every((one) => !bench.node(node).believesUp(one));
  await bench.until(
    'all have found out',
    () => [...SIDES[0]].every((node) => knows(node, SIDES[1])) && [...SIDES[1]].every((node) => knows(node, SIDES[0])),
  );
}

const whole = (bench: Bench) => bench.until('all is whole', async () => (await bench.cluster.ready()) === undefined);

test('what one client adds is on the three primaries, whoever it talks to', async () => {
  const bench = await open();
  for (const number of ALL) expect(await bench.invoke(await bench.client(`n${number}`), 'add', number)).toEqual(OK);
  await bench.pass(100);
  for (const [replica, node] of ['n2', 'n3', 'n4'].entries()) expect(bench.elements(node, replica)).toEqual(ALL);
  expect(bench.node('n1').vnodes).toEqual([]);
  expect(await bench.invoke(await bench.client('n5'), 'read', null)).toEqual({ type: 'ok', value: ALL });
  expect(await bench.invoke(await bench.client('n5'), 'read-node', ['n3', null])).toEqual({
    type: 'ok',
    value: ['n3', ALL],
  });
  expect(await bench.invoke(await bench.client('n5'), 'read-node', ['n1', null])).toEqual({
    type: 'ok',
    value: ['n1', []],
  });
  // n1 and n5 hold nothing: they forward.
  expect(new Set(bench.said('forward').map(({ node }) => node))).toEqual(new Set(['n1', 'n5']));
});

test('a coordinator counts a write as its own, and no vnode has two names', async () => {
  const bench = await open();
  for (const home of ['n2', 'n2', 'n3']) await bench.invoke(await bench.client(home), 'add', ALL.length + home.length);
  const clock = [...(bench.object('n4', 2)?.vclock ?? [])];
  expect(clock.map(([actor, count]) => [actor.slice(0, 2), count])).toEqual([
    ['n2', 2],
    ['n3', 1],
  ]);
});

test('last-modified is the coordinator’s time when it begins with it', async () => {
  const bench = await open({}, { sim: { clock_offset: '1h' } });
  await bench.invoke(await bench.client('n3'), 'add', 1);
  const content = bench.object('n3', 1)?.contents[0];
  expect(content?.coordinator).toBe('n3');
  const off = Math.abs((content?.lastModifiedUs ?? 0) / 1_000 - bench.node('n3').process.wallMs());
  expect(off).toBeLessThan(1_000);
});

describe('a cut that nobody has found yet', () => {
  test('a read that cannot reach R waits, and is answered timeout', async () => {
    const bench = await open();
    await bench.part(...SIDES);
    const one = bench.begin(await bench.client('n2'), 'add', 1);
    await bench.pass(2_900);
    expect(one.outcome).toBeUndefined();
    await bench.pass(300);
    expect(one.outcome).toEqual({ type: 'fail', error: 'timeout' });
  });

  test('with r = 1 the read is answered, and the write waits for W: it is where it could be', async () => {
    const bench = await open({ r: 1 });
    await bench.part(...SIDES);
    const one = bench.begin(await bench.client('n2'), 'add', 1);
    await bench.pass(3_200);
    expect(one.outcome).toEqual({ type: 'info', error: 'timeout' });
    expect(bench.elements('n2', 0)).toEqual([1]);
    expect(bench.elements('n3', 1)).toEqual([]);
  });

  test('what was forwarded to the other side is lost when that is found out', async () => {
    const bench = await open({ request_timeout: '20s' });
    await bench.part(...SIDES);
    const client = await bench.client('n5');
    for (let element = 0; element < 10; element++) bench.begin(client, 'add', element);
    await bench.pass(500);
    const forwarded = bench.said('forward', 'n5');
    const lost = forwarded.filter(({ words }) => words.includes('to n2')).flatMap(({ elements }) => elements ?? []);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(forwarded.length);
    await found(bench);
    await bench.pass(1_000);
    for (const element of lost)
      expect(bench.said('put').some(({ elements }) => elements?.includes(element))).toBe(false);
  });

  test('where the heal comes before, what waited arrives, late', async () => {
    const bench = await open({ r: 1, net_ticktime: '60s', request_timeout: '20s' });
    const heal = await bench.part(...SIDES);
    const one = bench.begin(await bench.client('n2'), 'add', 1);
    await bench.pass(3_000);
    expect(one.outcome).toBeUndefined();
    await heal();
    await bench.pass(4_000);
    expect(one.outcome).toEqual(OK);
    expect(bench.elements('n4', 2)).toEqual([1]);
    expect(bench.said('node-down')).toEqual([]);
  });
});

describe('a cut that is known', () => {
  test('sloppy quorums: both sides go on, by fallbacks that begin empty', async () => {
    const bench = await open();
    const [left, right] = [await bench.client('n1'), await bench.client('n4', 1)];
    await bench.invoke(left, 'add', 1);
    const heal = await bench.part(...SIDES);
    await found(bench);
    expect(await bench.invoke(left, 'add', 2)).toEqual(OK);
    expect(await bench.invoke(right, 'add', 3)).toEqual(OK);
    expect(bench.elements('n2', 0)).toEqual([1, 2]);
    expect(bench.elements('n1', 1)).toEqual([1, 2]);
    expect(bench.elements('n5', 0)).toEqual([1, 3]);
    // After the heal the later one is kept everywhere, and the other side's is gone: both were acknowledged.
    await heal();
    await whole(bench);
    for (const [replica, node] of ['n2', 'n3', 'n4'].entries()) expect(bench.elements(node, replica)).toEqual([1, 3]);
    expect(bench.node('n1').vnodes).toEqual([]);
    expect(bench.said('conflict').length).toBeGreaterThan(0);
    expect(
      bench
        .said('handoff-done')
        .map(({ node }) => node)
        .sort(),
    ).toEqual(['n1', 'n2', 'n5']);
  });

  test('pr and pw refuse on the side that has too few primaries', async () => {
    for (const [given, error, stage] of [
      [{ pr: 2 }, '{pr_val_unsatisfied,2,1}', 'fail'],
      [{ pw: 2 }, '{pw_val_unsatisfied,2,1}', 'info'],
    ] as const) {
      const bench = await open(given);
      await bench.part(...SIDES);
      await found(bench);
      expect(await bench.invoke(await bench.client('n1'), 'add', 1)).toEqual({ type: stage, error });
      // At once: no vnode is asked.
      expect(bench.said('refused').map(({ words }) => words)).toEqual([expect.stringContaining(error)]);
      expect(await bench.invoke(await bench.client('n3'), 'add', 2)).toEqual(OK);
      expect(bench.node('n1').vnodes).toEqual([]);
    }
  });

  test('pw counts those that answer: primaries that are only believed to be up do not', async () => {
    const bench = await open({ r: 1, w: 1, dw: 1, pw: 2 });
    await bench.part(...SIDES);
    expect(await bench.invoke(await bench.client('n2'), 'add', 1)).toEqual({ type: 'info', error: 'timeout' });
    // It has been written, all the same.
    expect(bench.elements('n2', 0)).toEqual([1]);
  });

  test('pr counts those that answer', async () => {
    const bench = await open({ r: 1, pr: 2 });
    await bench.part(...SIDES);
    expect(await bench.invoke(await bench.client('n2'), 'add', 1)).toEqual({ type: 'fail', error: 'timeout' });
  });

  test('a quorum of more vnodes than there are to ask is refused: a small ring, and one node left', async () => {
    for (const [r, error] of [
      ['quorum', '{insufficient_vnodes,1,need,3}'],
      [1, '{insufficient_vnodes,1,need,3}'],
    ] as const) {
      const bench = await open({ ring_size: 8, n_val: 5, key: 'test', r });
      await bench.part(['n1'], ['n2', 'n3', 'n4', 'n5']);
      const others = ['n2', 'n3', 'n4', 'n5'];
      await bench.until('n1 is alone', () => others.every((node) => !bench.node('n1').believesUp(node)));
      expect(await bench.invoke(await bench.client('n1'), 'add', 1)).toEqual({ type: 'fail', error });
    }
  });
});

test('what is sent to a node that cannot be connected to is lost, and does not come after the heal', async () => {
  const bench = await open();
  const [entry] = bench.riak.primaries;
  const client = await bench.client('n3');
  await bench.invoke(client, 'add', 1);
  await bench.pass(50);
  const heal = await bench.part(['n2'], ['n1', 'n3', 'n4', 'n5']);
  await bench.until('n2 is taken for down', () => !bench.node('n3').believesUp('n2'));
  await bench.invoke(client, 'add', 2);
  const object = bench.object('n3', 1);
  if (entry === undefined || object === undefined) throw new Error('n3 has what it was given');
  bench.node('n3').repair(entry, object);
  await bench.pass(8_000);
  await heal();
  await bench.until('n2 is back', () => bench.node('n3').believesUp('n2') && bench.node('n2').believesUp('n3'));
  expect(bench.said('read-repair', 'n2')).toEqual([]);
});

describe('read repair', () => {
  test('a replica that has nothing, or something older, gets what the others have', async () => {
    const bench = await open({ r: 1, w: 1 });
    const client = await bench.client('n2');
    await bench.invoke(client, 'add', 1);
    await bench.pass(50);
    const heal = await bench.part(['n4'], ['n2', 'n3']);
    await bench.invoke(client, 'add', 2);
    await bench.until(
      'n4 is taken for down',
      () => !bench.node('n2').believesUp('n4') && !bench.node('n3').believesUp('n4'),
    );
    await heal();
    await bench.until('n4 is back', () => bench.node('n2').believesUp('n4'));
    expect(bench.elements('n4', 2)).toEqual([1]);
    await bench.invoke(client, 'read', null);
    await bench.pass(50);
    expect(bench.elements('n4', 2)).toEqual([1, 2]);
    expect(bench.said('read-repair', 'n4').flatMap(({ elements }) => elements)).toEqual([2]);
  });
});

describe('notfound', () => {
  test('with notfound_ok an empty fallback is an answer, without it is none', async () => {
    for (const [notfound_ok, expected] of [
      [true, OK],
      [false, { type: 'fail', error: '{r_val_unsatisfied,2,1}' }],
    ] as const) {
      const bench = await open({ notfound_ok });
      await bench.invoke(await bench.client('n2'), 'add', 1);
      await bench.part(...SIDES);
      await found(bench);
      expect(await bench.invoke(await bench.client('n2'), 'add', 2)).toEqual(expected);
    }
  });

  test('basic_quorum ends a read that a majority of the vnodes have nothing of', async () => {
    for (const [basic_quorum, words] of [
      [true, 'notfound after two'],
      [false, 'waits for the third'],
    ] as const) {
      const bench = await open({ notfound_ok: false, basic_quorum, r: 1 });
      await bench.part(...SIDES);
      const one = bench.begin(await bench.client('n3'), 'add', 1);
      await bench.pass(200);
      expect(one.outcome !== undefined, words).toBe(basic_quorum);
    }
  });
});

describe('nodes that are down', () => {
  test.each([1, 2, 3])('are found out after 45 to 75 of 60 s, seed %i', async (seed) => {
    const bench = await open({ net_ticktime: '20s' }, { seed });
    const ns = bench.trace.at(-1)?.time ?? 0;
    await bench.part(...SIDES);
    await found(bench);
    for (const { time } of bench.said('node-down')) {
      expect((time - ns) / 1e9).toBeGreaterThanOrEqual(15);
      expect((time - ns) / 1e9).toBeLessThanOrEqual(25.1);
    }
  });

  test('one that was killed is, at once, and up again when it says so', async () => {
    const bench = await open();
    await bench.invoke(await bench.client('n3'), 'add', 1);
    await bench.pass(50);
    await bench.cluster.kill('n3');
    await bench.pass(50);
    expect(bench.node('n2').believesUp('n3')).toBe(false);
    expect(await bench.cluster.ready()).toMatch(/n3: riak does not answer/);
    await bench.cluster.start('n3');
    await whole(bench);
    expect(bench.elements('n3', 1)).toEqual([1]);
  });

  test('hear of each other again when one of them next says that it is up', async () => {
    const tookS = async (gossip_interval: string) => {
      const bench = await open({ gossip_interval });
      const heal = await bench.part(...SIDES);
      await found(bench);
      await heal();
      const from = bench.trace.at(-1)?.time ?? 0;
      await bench.until('n1 and n3 hear of each other', () => bench.node('n1').believesUp('n3'));
      return ((bench.trace.at(-1)?.time ?? 0) - from) / 1e9;
    };
    expect(await tookS('1s')).toBeLessThan(2);
    expect(await tookS('30s')).toBeGreaterThan(5);
  });
});

describe('handoff', () => {
  test('comes when nobody has asked the fallback for vnode_inactivity_timeout', async () => {
    for (const [vnode_inactivity_timeout, soonest, latest] of [
      ['1s', 0, 4],
      ['10s', 7, 14],
    ] as const) {
      const bench = await open({ vnode_inactivity_timeout });
      const heal = await bench.part(['n2'], ['n1', 'n3', 'n4', 'n5']);
      await bench.until('n2 is taken for down', () => !bench.node('n3').believesUp('n2'));
      await bench.invoke(await bench.client('n3'), 'add', 1);
      const from = bench.trace.at(-1)?.time ?? 0;
      await heal();
      await whole(bench);
      const tookS = ((bench.said('handoff-done')[0]?.time ?? 0) - from) / 1e9;
      expect(tookS).toBeGreaterThan(soonest);
      expect(tookS).toBeLessThan(latest);
      expect(bench.elements('n2', 0)).toEqual([1]);
    }
  });

  test('the next fallback is another actor: what it counts is not what the first one has counted', async () => {
    const bench = await open();
    for (const element of [1, 2]) {
      const heal = await bench.part(['n2'], ['n1', 'n3', 'n4', 'n5']);
      await bench.until('n2 is taken for down', () => !bench.node('n5').believesUp('n2'));
      expect(await bench.invoke(await bench.client('n5'), 'add', element)).toEqual(OK);
      await heal();
      await whole(bench);
    }
    expect(bench.elements('n2', 0)).toEqual([1, 2]);
    const actors = [...(bench.object('n2', 0)?.vclock.keys() ?? [])].filter((actor) => actor.startsWith('n5'));
    expect(actors).toHaveLength(2);
  });

  test('only to an owner that was up when it was last looked', async () => {
    for (const [vnode_management_timer, atOnce] of [
      ['100ms', true],
      ['1m', false],
    ] as const) {
      const bench = await open({ vnode_management_timer, vnode_inactivity_timeout: '1s' });
      const heal = await bench.part(['n2'], ['n1', 'n3', 'n4', 'n5']);
      await bench.until('n2 is taken for down', () => !bench.node('n3').believesUp('n2'));
      await bench.invoke(await bench.client('n3'), 'add', 1);
      await heal();
      await bench.pass(8_000);
      expect(bench.said('handoff-done').length > 0).toBe(atOnce);
      if (!atOnce) expect(await bench.cluster.ready()).toMatch(/still holds data of partition 36/);
    }
  });
});
