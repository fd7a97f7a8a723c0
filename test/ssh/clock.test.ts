/** A machine with a kernel and a clock of its own: what a hold goes by there is no clock that people set. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installRules } from '../../src/env/shell/firewall.ts';
import { openFirewall } from '../../src/env/shell/iptables.ts';
import { openShell } from '../../src/env/shell/shell.ts';
import { takeHold } from '../../src/env/ssh/hold.ts';
import { type Machines, ssh, startMachines } from '../machines/machines.ts';
import { eventually, options } from './on-node.ts';

let machines: Machines;

/** Its processor is slow, and to log in takes it seconds where the test's machine is busy: each shell is used throughout. */
function shell() {
  const login = [...ssh(machines.folder), `root@${machines.address('n1')}`, 'exec sh'];
  const { stdin, stdout, stderr } = machines.spawn(login, { stdio: 'pipe' });
  return openShell('n1', { stdin: stdin!, stdout: stdout!, stderr: stderr! });
}

beforeAll(async () => {
  machines = await startMachines('uml', { count: 1 });
});
afterAll(() => machines?.stop());

describe('a clock that somebody sets by years', () => {
  it('neither ends a hold nor makes it last', async () => {
    const [own, rules, other] = [shell(), shell(), shell()];
    const on = async (script: string) => (await other.run(script)).stdout;
    const hold = await takeHold(own, options('n1'));
    await hold.adopt(rules);
    // Only iptables-legacy works there.
    const host = await openFirewall('n1', rules, hold.fifo, hold.variants);
    const drops = [{ hook: 'INPUT', from: '192.0.2.1/32', to: '192.0.2.2/32' }] as const;
    expect(await host.apply(installRules({ id: 'f1', run: 'test:1', drops }))).toMatchObject({ exitCode: 0 });
    for (const year of [2046, 1999]) {
      // Longer than the watchdog sleeps.
      expect(await on(`date -s '${year}-01-01' >/dev/null && sleep 1 && date +%Y`)).toBe(`${year}\n`);
      await hold.beat();
    }
    expect(await on('iptables-legacy -S')).toContain('plan-run-f1');
    await hold.beat(3_000);
    await on("date -s '2001-01-01'");
    const healed = async () => !(await on('iptables-legacy -S')).includes('plan-run');
    const tookMs = await eventually('the rule is gone', healed, 30_000);
    expect(tookMs).toBeGreaterThan(2_000);
    const gone = async () => (await on('ls -d /run/plan-run /var/lib/plan-run 2>/dev/null')) === '';
    await eventually('all is given back', gone, 30_000);
    await expect(hold.beat()).rejects.toThrow('undid all faults by itself: it heard nothing for 3 s');
  });
});
