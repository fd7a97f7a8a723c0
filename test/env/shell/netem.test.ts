import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import type { Host } from '../../../src/env/shell/iptables.ts';
import { addDelay, type Band, presenceOfDelay, removeScript } from '../../../src/env/shell/netem.ts';
import { makeShellNetwork } from '../../../src/env/shell/network.ts';
import type { ShellResult } from '../../../src/env/shell/shell.ts';

const OK: ShellResult = { stdout: '', stderr: '', exitCode: 0 };
const DELAY = { to: ['10.0.0.2/32', '10.1.0.0/16'], delayMs: 50, jitterMs: 0, exempt: [22] };
const NONE = 'qdisc noqueue 0: root refcnt 2 \n';
const MQ_CHOSEN = 'qdisc mq 0: root \nqdisc fq_codel 8003: parent :1 limit 10240p';
const OURS = 'qdisc prio 5ca1: root refcnt 2 bands 16\nqdisc netem 8002: parent 5ca1:4 limit 100000 delay 20ms\n';

/** A host with one device for each network, that shows `queues`; what it was told is in `told`. */
function fakeHost(queues: string, batch: ShellResult = OK) {
  const told: string[] = [];
  const host: Host = {
    name: 'n1',
    apply: async () => OK,
    list: async () => OK,
    async run(script) {
      if (script.startsWith('ip ')) {
        return { ...OK, stdout: '10.0.0.2 dev eth0 src 10.0.0.1 \n10.1.0.0 via 10.0.0.9 dev eth1 src 10.0.0.1 \n' };
      }
      if (/^tc qdisc show dev '\S+'$/.test(script)) return { ...OK, stdout: queues };
      told.push(script);
      return script.startsWith('tc -batch') ? batch : { ...OK, stdout: 'as tc shows it' };
    },
  };
  return { host, told };
}

describe('a delay', () => {
  it('goes below a root queue of our own, on each device that leads to its addresses, past SSH', async () => {
    const { host, told } = fakeHost(NONE);
    const bands: Band[] = [];
    await addDelay(host, { ...DELAY, jitterMs: 7.5 }, bands);
    expect(bands.map(({ device, band }) => `${device} ${band}`)).toEqual(['eth0 4', 'eth1 4']);
    const [first = '', , second = ''] = told;
    expect(first).toContain('qdisc add dev eth0 root handle 5ca1: prio bands 16');
    expect(first).toContain('qdisc add dev eth0 parent 5ca1:4 netem limit 100000 delay 50000us 7500us\n');
    expect(first).toMatch(/prio 1 u32 match ip protocol 6 0xff match ip dport 22 0xffff flowid 5ca1:1\n/);
    expect(first).toMatch(/prio 1 u32 match ip protocol 6 0xff match ip sport 22 0xffff flowid 5ca1:1\n/);
    expect(first).toMatch(/prio 96 u32 match ip dst 10\.0\.0\.2\/32 flowid 5ca1:4\n/);
    expect(first).not.toContain('10.1.0.0');
    expect(second).toMatch(/dev eth1 .* match ip dst 10\.1\.0\.0\/16 flowid 5ca1:4\n/);
  });

  it('joins those that are there, and comes before them', async () => {
    const { host, told } = fakeHost(OURS);
    await addDelay(host, DELAY, []);
    expect(told[0]).not.toContain('root');
    expect(told[0]).toMatch(/prio 95 u32 match ip dst 10\.0\.0\.2\/32 flowid 5ca1:5\n/);
  });

  it.each(['noqueue', 'pfifo_fast', 'fq_codel', 'fq', 'mq'])('takes the place of the default %s', async (kind) => {
    const { host, told } = fakeHost(
      `qdisc ${kind} 0: root refcnt 2 \nqdisc pfifo_fast 0: parent :1 bands 3\nqdisc ingress ffff: parent ffff:fff1 ---\n`,
    );
    await addDelay(host, DELAY, []);
    expect(told[0]).toContain('root handle 5ca1:');
  });

  it.each([
    'qdisc fq_codel 8001: root refcnt 2 limit 10240p',
    'qdisc htb 1: root refcnt 2',
    'qdisc netem 0: root',
    MQ_CHOSEN,
  ])('does not take the place of what somebody has chosen: %s', async (queue) => {
    const { host, told } = fakeHost(`${queue}\n`);
    await expect(addDelay(host, DELAY, [])).rejects.toMatchObject({
      message: expect.stringContaining('eth0 has a queue that somebody has chosen, and keeps it'),
      fields: { node: 'n1' },
    });
    expect(told).toEqual([]);
  });

  it.each(['Error: Specified qdisc kind is unknown.\n', 'RTNETLINK answers: No such file or directory\n'])(
    'says what the kernel lacks, and is taken away again: %s',
    async (stderr) => {
      const { host, told } = fakeHost(NONE, { ...OK, stderr, exitCode: 1 });
      const clock: Clock = { now: () => 0, sleepUntil: async () => {} };
      const network = makeShellNetwork(
        { hosts: [host], placeOf: () => ({ host, hook: 'INPUT' }), addressesOf: () => DELAY.to, run: 'test' },
        clock,
      );
      await expect(network.slow('f1', { n2: ['n1'] }, 50, 0)).rejects.toMatchObject({
        message: 'The kernel of n1 has no queue that delays packets (netem)',
        fields: { hint: expect.stringContaining('on n1: modprobe -a sch_netem') },
      });
      expect(told.at(-1)).toBe(removeScript([{ device: 'eth0', band: '4' }]));
      await expect(network.slow('f2', { n2: ['clients'] }, 50, 0)).rejects.toThrow('"clients" is none');
    },
  );

  it('is there as long as tc shows the same', async () => {
    const { host } = fakeHost(NONE);
    const bands = (shown: string): Band[] => [{ device: 'eth0', band: '4', shown }];
    expect(await presenceOfDelay(host, bands('as tc shows it'))).toBe('installed');
    expect(await presenceOfDelay(host, bands('as it was'))).toBe('not');
    expect(await presenceOfDelay(host, [...bands('as it was'), ...bands('as tc shows it')])).toBe('partly');
    const silent: Host = { ...host, run: async () => ({ ...OK, exitCode: 1 }) };
    expect(await presenceOfDelay(silent, bands(''))).toBe('unknown');
  });
});
