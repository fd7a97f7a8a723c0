import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { installRules } from '../../src/env/shell/firewall.ts';
import { openFirewall } from '../../src/env/shell/iptables.ts';
import type { LocalShell } from '../../src/env/shell/local.ts';
import { quote } from '../../src/env/shell/quote.ts';
import { breakHold, type HoldOptions, readHold, takeHold } from '../../src/env/ssh/hold.ts';
import { type Machines, startMachines } from '../machines/machines.ts';
import { eventually, holder, options, STATE, shellOn } from './on-node.ts';

let machines: Machines;
const opened: LocalShell[] = [];
const shell = () => {
  const one = shellOn(machines, 'n1');
  opened.push(one);
  return one;
};
const on = (script: string) => machines.expectOn('n1', script);
const state = () => on(STATE);
const isHeld = async () => (await on('[ ! -e /run/plan-run ] || echo held')) !== '';
const take = (change: Partial<HoldOptions> = {}) => takeHold(shell(), options('n1', change));

beforeAll(async () => {
  machines = await startMachines('namespaces', { count: 1 });
});
afterAll(() => machines?.stop());
afterEach(async () => {
  await breakHold(shell(), 'n1');
  for (const one of opened.splice(0)) one.close();
  await on(CLEAN);
});

/** Rules of somebody else's, with names, comments and places that are almost ours; counters that count something. */
const FOREIGN = `
iptables -N plan-runs && iptables -N plan-run && iptables -N theirs
iptables -A INPUT -j ACCEPT -m comment --comment 'first of all'
iptables -A INPUT -s 192.0.2.1 -j plan-runs
iptables -A INPUT -m comment --comment 'no jump -j plan-run-f1'
iptables -A INPUT -m comment --comment '-j plan-run-f1'
iptables -A OUTPUT -d 192.0.2.2 -m comment --comment "it's \\"quoted\\" plan-run test:4711 f1" -j plan-run
iptables -A FORWARD -g theirs
ping -c 2 -q 127.0.0.1 >/dev/null`;
const CLEAN =
  'iptables -F; iptables -X; umount $(readlink -f /usr/sbin/iptables) 2>/dev/null; iptables -F; iptables -X';

/** All that a run may have on a node when it dies: rules, a daemon with a child, and what has run away from everybody. */
async function makeFaults(hold: Awaited<ReturnType<typeof take>>, dir: string): Promise<void> {
  const [work, rules] = [shell(), shell()];
  await hold.adopt(work);
  await hold.adopt(rules);
  const host = await openFirewall('n1', rules, hold.fifo, hold.variants);
  const drops = (['INPUT', 'OUTPUT'] as const).map((hook) => ({ hook, from: '192.0.2.1/32', to: '192.0.2.3/32' }));
  for (const id of ['f1', 'f2']) {
    expect(await host.apply(installRules({ id, run: 'test:4711', drops, exempt: [22] }))).toMatchObject({
      exitCode: 0,
    });
  }
  // A jump more than there should be, and one where nobody has put it.
  await work.run('iptables -I OUTPUT -j plan-run-f1; iptables -A FORWARD -s 192.0.2.9 -j plan-run-f2');
  const daemon = await work.run(
    `mkdir ${quote(`${dir}/run`)} && (cd ${quote(dir)}; env -u PLAN_RUN_HOLD setsid sh -c 'sleep 3001 & sleep 3002; :' &
    while read -r stat </proc/$!/stat; do set -- \${stat##*) }; [ "$3" != $! ] || break; done
    echo "$! \${20}" >${quote(`${dir}/run/daemon.pid`)})`,
  );
  expect(daemon.stderr).toBe('');
  await work.run(`(setsid sh -c 'trap "" TERM HUP; sleep 3003; :' &)`);
  // It is in the midst of something, and would go on.
  void work.run('sleep 3004; iptables -A INPUT -s 192.0.2.77 -j DROP').catch(() => {});
  await eventually('all of them run', async () => (await on(SLEEPERS)).trim() === '4');
  await on(`read -r pid _ <${quote(`${dir}/run/daemon.pid`)}; kill -s STOP -- -$pid`);
}

const SLEEPERS = 'ps -e -o args= | grep -c "^sleep 300.$"';

// The first of all: whatever uses iptables makes its table.
describe('a machine without rules', () => {
  it('has no chain of ours afterwards, INPUT and OUTPUT included', async () => {
    const hold = await take();
    await makeFaults(hold, '/var/lib/plan-run/n1');
    await hold.release();
    expect(await on('iptables -X INPUT 2>&1 || true')).toContain('No chain');
  });
});

describe('a hold', () => {
  it('says whose it is, lives as long as it is told, and is gone when it is given back', async () => {
    const before = await state();
    const one = shell();
    const hold = await takeHold(one, options('n1', { leaseMs: 2_000 }));
    expect(await readHold(shell(), 'n1')).toMatchObject({ holder: holder() });
    const began = performance.now();
    while (performance.now() - began < 3_500) {
      await eventually('it is time for a beat', async () => ((await readHold(one, 'n1'))?.leftMs ?? 0) < 1_700);
      await hold.beat();
    }
    expect(await isHeld()).toBe(true);
    await hold.release();
    expect(await state()).toBe(before);
    expect(await readHold(one, 'n1')).toBeUndefined();
  });

  it('refuses a second run, by name', async () => {
    await take();
    await expect(take({ holder: holder({ who: 'bob@desk' }) })).rejects.toMatchObject({
      message: 'n1 is held by ann@laptop (plan-run test:4711, since 2026-11-26T10:00:00.000Z)',
      code: 'unavailable',
      fields: { node: 'n1' },
    });
    await expect(take({ holder: holder({ kind: 'hand' }) })).rejects.toThrow('held by ann@laptop');
  });

  it('is taken by one of many who want it at the same moment, also where a dead one is in the way', async () => {
    await on('mkdir /run/plan-run');
    for (let round = 0; round < 2; round++) {
      const all = await Promise.allSettled(Array.from({ length: 6 }, () => take()));
      const taken = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(taken).toHaveLength(1);
      await taken[0]!.beat();
      for (const one of all) if (one.status === 'rejected') expect(one.reason.message).toContain('n1 is held by');
      await taken[0]!.release();
    }
    expect(await on('ls -A /run | grep plan || true; ps -e -o args= | grep [w]atchdog || true')).toBe('');
  });

  it('by hand is joined by another one by hand, whose longer lease counts', async () => {
    const hand = { holder: holder({ kind: 'hand' }), leaseMs: 20_000 };
    const one = await takeHold(shell(), { node: 'n1', ...hand });
    const other = await takeHold(shell(), { node: 'n1', ...hand, leaseMs: 90_000 });
    await takeHold(shell(), { node: 'n1', ...hand, leaseMs: 5_000 });
    expect([one.joined, other.joined]).toEqual([false, true]);
    expect((await readHold(shell(), 'n1'))?.leftMs).toBeGreaterThan(80_000);
    await expect(take()).rejects.toMatchObject({ fields: { hint: expect.stringContaining('plan-run net heal') } });
    await other.release();
    await expect(one.beat()).rejects.toThrow('n1 undid all faults by itself: somebody has broken its hold');
  });

  it('that somebody breaks is lost to its run, which is told so', async () => {
    const hold = await take();
    expect(await breakHold(shell(), 'n1')).toEqual(holder());
    expect(await breakHold(shell(), 'n1')).toBeUndefined();
    await expect(hold.beat()).rejects.toThrow('somebody has broken its hold');
    await expect(hold.adopt(shell())).rejects.toThrow("Cannot make a shell on n1 the run's");
    // What is there now is somebody else's.
    const next = await take();
    await expect(hold.release()).rejects.toThrow('somebody has broken its hold');
    await next.beat();
  });

  it.each(['/var/lib/plan run/$(touch /tmp/pwned)/n1', `/var/lib/"plan"/'run'/\`id\`/*/n1`, '/var/lib/-rf/--/-n1'])(
    'has a directory of any name: %s',
    async (dir) => {
      await on('mkdir -p /var/lib/-rf; touch /var/lib/-rf/kept');
      const hold = await take({ dir });
      await makeFaults(hold, dir);
      expect(await on(`ls -A ${quote(dir)}`)).toBe('.plan-run\nrun\n');
      await hold.release();
      expect(await on(`ls -A ${quote(dir)} 2>&1 || ls /var/lib/-rf /tmp`)).toMatch(/No such file.*kept/s);
      expect(await on('ls /tmp')).not.toContain('pwned');
      await on('rm -r -- /var/lib/-rf; rm -rf /var/lib/plan?run \'/var/lib/"plan"\'');
    },
  );
});

describe('a node gives itself back', () => {
  it.each(['iptables', 'iptables-legacy'])(
    'when it has heard nothing for the lease, and leaves what is not ours: %s',
    async (variant) => {
      await on(`mount --bind $(readlink -f /usr/sbin/${variant}) $(readlink -f /usr/sbin/iptables)`);
      await on(FOREIGN);
      const before = await state();
      const hold = await take();
      await makeFaults(hold, '/var/lib/plan-run/n1');
      expect(await state()).toContain('plan-run-f1');
      await hold.beat(2_000);
      const tookMs = await eventually(
        'no rule of ours is there',
        async () => !/plan-run-f/.test(await on('iptables -S | grep -v comment')),
      );
      expect(tookMs).toBeGreaterThan(1_500);
      expect(tookMs).toBeLessThan(4_000);
      await eventually('n1 has given itself back', async () => !(await isHeld()));
      expect(await state()).toBe(before);
      await expect(hold.beat()).rejects.toMatchObject({
        message: 'n1 undid all faults by itself: it heard nothing for 2 s',
        code: 'unavailable',
        fields: { node: 'n1' },
      });
    },
  );

  it('not while its watchdog is dead, which the run is told at the next beat', async () => {
    const hold = await take({ leaseMs: 1_500 });
    // A signal takes a moment to arrive.
    const state = `sed -n 's/^State:[[:space:]]*\\(.\\).*/\\1/p' /proc/$pid/status 2>/dev/null || true`;
    const signalled = (signal: string, states: string) =>
      eventually(`the watchdog has got SIG${signal}`, async () =>
        states.includes(
          (await on(`read -r pid _ </run/plan-run/pid; kill -${signal} $pid 2>/dev/null; ${state}`)).trim(),
        ),
      );
    await signalled('STOP', 'T');
    await expect(hold.beat()).rejects.toThrow('Nobody on n1 would undo the faults any more: its watchdog is gone');
    await signalled('KILL', 'ZX');
    await expect(hold.beat()).rejects.toThrow('its watchdog is gone');
    // Nobody's, but only when the lease is over.
    await expect(take()).rejects.toThrow('n1 is held by ann');
    await eventually('the lease is over', async () => (await readHold(shell(), 'n1'))?.leftMs === 0);
    const next = await take({ holder: holder({ who: 'bob@desk' }) });
    expect(await readHold(shell(), 'n1')).toMatchObject({ holder: { who: 'bob@desk' } });
    await next.beat();
  });

  it('again and again, until it is done', async () => {
    const hold = await take();
    await makeFaults(hold, '/var/lib/plan-run/n1');
    await on('mount --bind /bin/false $(readlink -f /usr/sbin/iptables-restore)');
    await hold.beat(1_000);
    await eventually('it has failed', async () => (await on('cat /run/plan-run/said 2>/dev/null || true')) !== '');
    await expect(hold.beat()).rejects.toThrow('undid all faults by itself');
    await expect(take()).rejects.toThrow('Cannot hold n1: cannot take away the rules of iptables');
    await on('umount $(readlink -f /usr/sbin/iptables-restore)');
    await eventually('n1 has given itself back', async () => !(await isHeld()));
    expect(await on('iptables -S')).not.toContain('plan-run');
  });
});

describe('what is there already', () => {
  it('of a run that died with its machine goes, and its hold counts no longer', async () => {
    await take();
    // As it looks after a start where /run is not in memory: the beat is from a time that has not come yet.
    await on(
      'kill -KILL $(sed "s/ .*//" /run/plan-run/pid); printf "%14d %10d\\n" 99999999999 6000 >/run/plan-run/beat',
    );
    await on('touch /var/lib/plan-run/n1/old');
    await take();
    expect(await on('ls -A /var/lib/plan-run/n1')).toBe('.plan-run\n');
    // Or where it is.
    await on('kill -KILL $(sed "s/ .*//" /run/plan-run/pid); rm -r /run/plan-run; touch /var/lib/plan-run/n1/old');
    const hold = await take();
    expect(await on('ls -A /var/lib/plan-run/n1')).toBe('.plan-run\n');
    await hold.release();
    expect(await on('ls /var/lib | grep plan || true')).toBe('');
  });

  it("of somebody's else is not touched", async () => {
    await on('mkdir -p /var/lib/plan-run/n1 && touch /var/lib/plan-run/n1/precious');
    await expect(take()).rejects.toThrow("/var/lib/plan-run/n1 is there already, and not plan-run's");
    expect(await isHeld()).toBe(false);
    expect(await on('ls /var/lib/plan-run/n1 && rm -r /var/lib/plan-run')).toBe('precious\n');
  });

  it('stays: a directory that was there for the runs of many', async () => {
    await on('mkdir -m 700 /var/lib/plan-run');
    await (await take()).release();
    expect(await on('stat -c %a /var/lib/plan-run && rmdir /var/lib/plan-run')).toBe('700\n');
  });
});

describe('a full disk', () => {
  it('is no place to hold a node, and keeps no node from being given back', async () => {
    // A watchdog that was killed before leaves the sleep that it was in.
    await eventually('the last watchdog has slept', async () => !(await state()).includes('sleep'));
    const before = await state();
    await machines.fillDisk('n1');
    await expect(take()).rejects.toMatchObject({
      message: expect.stringMatching(/Cannot hold n1: .*no space is left in \/run/s),
      fields: { node: 'n1' },
    });
    expect(await isHeld()).toBe(false);
    await machines.freeDisk('n1');
    await on('rmdir /var/lib/plan-run');
    const hold = await take();
    await makeFaults(hold, '/var/lib/plan-run/n1');
    await on('head -c 80M /dev/zero >/run/full 2>/dev/null; [ -s /run/full ]');
    for (let beats = 0; beats < 10; beats++) await hold.beat(1_000);
    await eventually('n1 has given itself back', async () => !(await isHeld()));
    await on('rm /run/full');
    expect(await state()).toBe(before);
  });
});
