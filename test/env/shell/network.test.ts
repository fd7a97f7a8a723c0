import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { PlanRunError } from '../../../src/base/errors.ts';
import type { Host } from '../../../src/env/shell/iptables.ts';
import { makeShellNetwork } from '../../../src/env/shell/network.ts';
import type { ShellResult } from '../../../src/env/shell/shell.ts';

/** A clock that moves by a millisecond whenever it is looked at. */
function tickingClock(): Clock {
  let now = 0;
  return {
    now: () => {
      now += 1_000_000;
      return now;
    },
    sleepUntil: async () => {},
  };
}

const OK: ShellResult = { stdout: '', stderr: '', exitCode: 0 };
const REFUSED: ShellResult = { stdout: '', stderr: 'no such chain\n', exitCode: 1 };

/** A host that answers by `answer` (`list` is asked for the rules in force), and what it was asked. */
function fakeHost(name: string, answer: (rules: string) => ShellResult = () => OK) {
  const asked: string[] = [];
  const ask = async (rules: string) => {
    asked.push(rules);
    return answer(rules);
  };
  const host: Host = { name, apply: ask, list: () => ask('list'), run: ask };
  return { asked, host };
}

function networkOf(...fakes: { host: Host }[]) {
  const hosts = fakes.map(({ host }) => host);
  const topology = {
    hosts,
    placeOf: (_: string, to: string) => ({
      host: hosts.find(({ name }) => name === to) ?? hosts[0]!,
      hook: 'INPUT' as const,
    }),
    addressesOf: (endpoint: string) => [`<${endpoint}>`],
    run: 'test',
  };
  return makeShellNetwork(topology, tickingClock());
}

describe('a network of shells', () => {
  it('asks each host once for a cut and once for its end, endpoints on one host together', async () => {
    const [a, b] = [fakeHost('run'), fakeHost('n1')];
    const network = networkOf(a, b);
    const tookMs = await network.cut('f1', { n1: ['clients@n2'], 'clients@n2': ['n1'], 'clients@n3': ['n1'], n2: [] });
    expect(Object.keys(tookMs)).toEqual(['n1', 'clients@n2', 'clients@n3']);
    for (const ms of Object.values(tookMs)) expect(ms).toBeGreaterThan(0);
    expect(a.asked).toHaveLength(1);
    expect(a.asked[0]).toContain('-s <n1> -d <clients@n2>');
    expect(a.asked[0]).toContain('-s <n1> -d <clients@n3>');
    expect(b.asked).toHaveLength(1);
    expect(Object.keys(await network.restore('f1'))).toEqual(Object.keys(tookMs));
    expect(await network.restore('f1')).toEqual({});
    expect([a.asked.length, b.asked.length]).toEqual([2, 2]);
  });

  it('tells which host refused what, and cuts the others', async () => {
    const [good, bad] = [fakeHost('n1'), fakeHost('n2', () => REFUSED)];
    const network = networkOf(good, bad);
    await expect(network.cut('f1', { n1: ['n2'], n2: ['n1'] })).rejects.toMatchObject({
      code: 'command-failed',
      message: 'Cannot cut f1 on n2: no such chain',
      fields: { node: 'n2', command: 'iptables-restore --noflush', exitCode: 1 },
    });
    expect(good.asked).toHaveLength(1);
  });

  it('looks at what is left where a cut does not go as it came', async () => {
    const half = fakeHost('n1', (script) => {
      if (script === 'list') return { ...OK, stdout: '-N plan-run-f1\n' };
      return script.includes('-D INPUT') ? REFUSED : OK;
    });
    const network = networkOf(half);
    await network.cut('f1', { n1: ['n2'] });
    await network.restore('f1');
    expect(half.asked.slice(2)).toEqual(['list', expect.stringContaining('*filter\n-F plan-run-f1\n-X')]);
  });

  it('does not know about a host that does not answer, and tries it again on restore', async () => {
    let dead = false;
    const silent = fakeHost('n1', () => {
      if (dead) throw new PlanRunError('timeout', 'no answer');
      return OK;
    });
    const network = networkOf(silent);
    await network.cut('f1', { n1: ['n2'] });
    dead = true;
    expect(await network.status('f1')).toEqual({ n1: 'unknown' });
    await expect(network.restore('f1')).rejects.toMatchObject({ code: 'timeout' });
    dead = false;
    expect(Object.keys(await network.restore('f1'))).toEqual(['n1']);
  });

  it('refuses a name that is no chain name, or is in use', async () => {
    const network = networkOf(fakeHost('n1'));
    await expect(network.cut('a b', { n1: ['n2'] })).rejects.toThrow('names a cut');
    await network.cut('f1', { n1: ['n2'] });
    await expect(network.cut('f1', { n1: ['n2'] })).rejects.toThrow('not in force');
  });
});
