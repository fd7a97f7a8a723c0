import { describe, expect, it } from 'vitest';
import { BETWEEN, dial, Ear, listen, openWorld, PLAIN, PORT } from './world.ts';

describe('a connection', () => {
  it('is there after the way to and fro, for both ends', async () => {
    const world = await openWorld();
    const ears = listen(world.process('n2'));
    const here = dial(world.process('n1'), 'n2');
    expect([here.connection.open, here.connection.peer]).toEqual([false, 'n2']);
    await world.sleep(1.5);
    expect(ears[0]!.connection).toMatchObject({ open: true, peer: 'n1' });
    expect(here.connection.open).toBe(false);
    await world.sleep(1);
    expect([here.connection.open, here.opened]).toEqual([true, 1]);
    // An accepted end is open from the beginning: it is not told.
    expect(ears.map(({ opened }) => opened)).toEqual([0]);
  });

  it('is refused where nobody listens, and calls that wait for it are lost', async () => {
    const world = await openWorld();
    const here = dial(world.process('n1'), 'n2');
    const lost: unknown[] = [];
    here.connection.call('early', (_, why) => lost.push(why));
    await world.sleep(10_000);
    expect([here.ended, here.opened, lost]).toEqual([['refused'], 0, ['refused']]);
    const ears = listen(world.process('n2'));
    const again = dial(world.process('n1'), 'n2');
    await world.sleep(10);
    expect([again.opened, ears.length]).toEqual([1, 1]);
  });

  it('is asked for again after 1, 3, 7, ... s, so that after a cut it is there late', async () => {
    const world = await openWorld();
    const ears = listen(world.process('n2'));
    await world.env.network.cut('f1', BETWEEN);
    const here = dial(world.process('n1'), 'n2');
    await world.sleep(4_000);
    await world.env.network.restore('f1');
    await world.sleep(2_900);
    expect(here.opened).toBe(0);
    await world.sleep(200);
    expect([here.opened, ears.length]).toEqual([1, 1]);
  });

  it('is given up after 127 s', async () => {
    const world = await openWorld();
    listen(world.process('n2'));
    await world.env.network.cut('f1', BETWEEN);
    const here = dial(world.process('n1'), 'n2');
    await world.sleep(126_900);
    expect(here.ended).toEqual([]);
    await world.sleep(200);
    expect(here.ended).toEqual(['timeout']);
  });

  it.each(['to', 'from'])('is one, however often it is asked for, under a cut of the way %s', async (way) => {
    const world = await openWorld();
    const ears = listen(world.process('n2'));
    await world.env.network.cut('f1', way === 'to' ? { n2: ['n1'] } : { n1: ['n2'] });
    const here = dial(world.process('n1'), 'n2');
    await world.sleep(10_000);
    expect(here.opened).toBe(0);
    await world.env.network.restore('f1');
    await world.sleep(10_000);
    expect([here.opened, ears.length]).toEqual([1, 1]);
    here.connection.send('hello');
    await world.sleep(10);
    expect(ears[0]!.heard).toEqual(['hello']);
  });

  it('whose refusal gets lost is asked for again, and refused then', async () => {
    const world = await openWorld();
    await world.env.network.cut('f1', { n1: ['n2'] });
    const here = dial(world.process('n1'), 'n2');
    await world.sleep(500);
    await world.env.network.restore('f1');
    expect(here.ended).toEqual([]);
    await world.sleep(1_000);
    expect(here.ended).toEqual(['refused']);
  });

  it('that is closed as soon as it is accepted was there, and is closed', async () => {
    const world = await openWorld();
    world.process('n2').listen(PORT, (connection) => {
      connection.send('too many clients');
      connection.close();
      return {};
    });
    const here = dial(world.process('n1'), 'n2');
    await world.sleep(1_000);
    expect([here.opened, here.heard, here.ended]).toEqual([1, ['too many clients'], ['closed']]);
  });

  it('that is closed at once has delivered what was sent, also where packets come twice', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const settings = { duplicate: '100%', latency: '1ms' };
      const world = await openWorld({ seed, settings });
      const ears = listen(world.process('n2'));
      const here: Ear = new Ear();
      const connection = world.process('n1').connect('n2', PORT, {
        ...here.handler,
        opened() {
          connection.send('last words');
          connection.close();
        },
      });
      await world.sleep(2_000);
      expect([ears.length, ears[0]!.heard, ears[0]!.ended]).toEqual([1, ['last words'], ['closed']]);
      expect(here.ended).toEqual([]);
    }
  });

  it('that was given up before the answer came leaves nothing behind', async () => {
    const world = await openWorld();
    const ears = listen(world.process('n2'));
    await world.env.network.cut('f1', { n1: ['n2'] });
    const here = dial(world.process('n1'), 'n2');
    await world.sleep(2_500);
    here.connection.close();
    await world.sleep(10_000);
    expect(ears[0]!.connection.open).toBe(true);
    await world.env.network.restore('f1');
    await world.sleep(20_000);
    expect([ears[0]!.connection.open, ears[0]!.ended, here.ended]).toEqual([false, ['reset'], []]);
  });

  it('that nobody came for is given up by who has accepted it, in the end', async () => {
    const world = await openWorld();
    const ears = listen(world.process('n2'));
    await world.env.network.cut('f1', { n1: ['n2'] });
    const here = dial(world.process('n1'), 'n2');
    await world.sleep(130_000);
    expect([here.ended, ears.length, ears[0]!.ended]).toEqual([['timeout'], 1, ['timeout']]);
  });

  it('is made with who listens when it is asked for again, where who had accepted has died', async () => {
    const ears: Ear[][] = [];
    const world = await openWorld({
      boot(process) {
        if (process.node === 'n2') ears.push(listen(process));
      },
    });
    await world.env.network.cut('f1', { n1: ['n2'] });
    const here = dial(world.process('n1'), 'n2');
    await world.sleep(100);
    await world.cluster.kill('n2');
    await world.cluster.start('n2');
    await world.sleep(5_000);
    await world.env.network.restore('f1');
    await world.sleep(5_000);
    here.connection.send('hello');
    await world.sleep(100);
    expect(ears.map((all) => all.map(({ heard }) => heard))).toEqual([[[]], [['hello']]]);
    expect([here.opened, here.ended]).toEqual([1, []]);
  });

  it('is accepted by the machine of a process that is paused; the process hears of it when it goes on', async () => {
    const world = await openWorld();
    const ears = listen(world.process('n2'));
    await world.cluster.pause('n2');
    const here = dial(world.process('n1'), 'n2');
    here.connection.send('hello');
    await world.sleep(100);
    expect([here.opened, ears.length]).toEqual([1, 0]);
    here.connection.close();
    await world.sleep(100);
    await world.cluster.resume('n2');
    expect(ears.map(({ heard, ended }) => [heard, ended])).toEqual([[['hello'], ['closed']]]);
  });

  it('is not answered by a machine without power, and a machine that lost it answers nobody', async () => {
    const world = await openWorld({ settings: { ...PLAIN, kill: 'machine' } });
    const ears = listen(world.process('n2'));
    await world.cluster.kill('n3');
    const silent = dial(world.process('n2'), 'n3');
    const leaving = dial(world.process('n1'), 'n2');
    await world.sleep(1.5);
    await world.cluster.kill('n1');
    await world.sleep(100);
    expect([silent.ended, leaving.ended, leaving.opened]).toEqual([[], [], 0]);
    // Nobody has told n2, and it waits for somebody who never comes.
    expect([ears[0]!.connection.open, ears[0]!.ended]).toEqual([true, []]);
    await world.cluster.start('n1');
    await world.sleep(10_000);
    expect(ears[0]!.ended).toEqual(['reset']);
  });

  it('to its own node is one like others', async () => {
    const world = await openWorld({ programs: ['server', 'watcher'] });
    const ears = listen(world.process('n1', 'server'));
    const here = dial(world.process('n1', 'watcher'), 'n1');
    here.connection.send('hello');
    await world.sleep(10);
    expect([ears[0]!.heard, ears[0]!.connection.peer]).toEqual([['hello'], 'n1']);
  });
});
