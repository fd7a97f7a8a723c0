import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lookAround, type WatchedPlace } from '../../../src/env/shell/by-hand.ts';
import { measureReach } from '../../../src/env/shell/reach.ts';
import { localShell, temporaryDir } from './local-shell.ts';

/** Places on this machine, each with a loopback address of its own. */
function places(count: number): WatchedPlace[] {
  return Array.from({ length: count }, (_, k) => {
    const address = `127.45.0.${k + 1}`;
    return {
      name: `p${k + 1}`,
      run: localShell().run,
      bind: address,
      addressFor: () => address,
      rules: async () => '',
    };
  });
}

describe('reach', () => {
  it('is measured in both directions, and nothing of it stays', async () => {
    const dir = temporaryDir();
    const all = places(3);
    for (const { run } of all) await run(`export TMPDIR=${dir}`);
    const { reach, failures } = await measureReach(all, { count: 10, waitMs: 200 });
    expect(failures).toEqual({});
    expect(reach.map(({ from, to, arrivedPercent }) => `${from}>${to} ${arrivedPercent}`)).toEqual(
      ['p1>p2', 'p1>p3', 'p2>p1', 'p2>p3', 'p3>p1', 'p3>p2'].map((pair) => `${pair} 100`),
    );
    for (const { roundTripMs } of reach) expect(roundTripMs).toBeGreaterThan(0);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is measured between the others where a place cannot take part, with the reason', async () => {
    const [one, other, ...rest] = places(4);
    const bad = { ...rest[0]!, bind: '192.0.2.1' };
    const without = { ...rest[1]!, run: localShell(temporaryDir()).run };
    await without.run('PATH=/nowhere');
    const { reach, failures } = await measureReach([one!, bad, other!, without], { count: 5, waitMs: 100 });
    expect(reach.map(({ from, to }) => `${from}>${to}`)).toEqual(['p1>p2', 'p2>p1']);
    expect(failures).toEqual({ p3: expect.stringContaining('cannot bind 192.0.2.1'), p4: 'perl: not found' });
  });

  it('that no rule of ours explains is pointed out', async () => {
    const [one, other] = places(2);
    // Where it is looked for there is nobody.
    const strange = { ...other!, addressFor: () => '127.45.0.77' };
    const dropping = {
      ...one!,
      rules: async () =>
        '-N plan-run-f1\n-A plan-run-f1 -s 127.45.0.77/32 -d 127.45.0.1/32 -j DROP\n-A INPUT -j ACCEPT',
    };
    const status = await lookAround([dropping, strange], { p9: 'it is off' }, { count: 5, waitMs: 100 });
    expect(status.endpoints).toEqual(['p1', 'p2', 'p9']);
    expect(status.rules).toEqual({ p1: ['-A plan-run-f1 -s 127.45.0.77/32 -d 127.45.0.1/32 -j DROP'] });
    expect(status.reach.map(({ from, to, arrivedPercent }) => `${from}>${to} ${arrivedPercent}`)).toEqual([
      'p1>p2 0',
      'p2>p1 100',
    ]);
    expect(status.notes).toEqual([
      'p9 took no part: it is off',
      expect.stringContaining("no rule of plan-run's keeps p1 from p2"),
    ]);
  });
});
