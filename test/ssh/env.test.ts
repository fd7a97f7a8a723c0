import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { envCases } from '../conformance/env.ts';
import { type Machines, startMachines } from '../machines/machines.ts';

/** From the time when it is due until the last of five nodes has it. */
const CUT_MS = 25;

describe('machines over SSH', () => {
  let machines: Machines;
  const errors = new Map<string, string | undefined>();
  let times: { cutMs: number[]; restoreMs: number[] } | undefined;
  let output = '';

  beforeAll(async () => {
    machines = await startMachines('namespaces', { count: 5 });
    const argv = [process.execPath, '--import', 'tsx', 'test/ssh/scripts/conformance.ts', machines.inventory];
    const { stdout, stderr } = await machines.run(argv, { timeoutMs: 110_000 });
    output = stdout + stderr;
    for (const line of stdout.split('\n').filter((one) => one.startsWith('{'))) {
      const { name, error, ...rest } = JSON.parse(line);
      if (name === undefined) times = rest;
      else errors.set(name, error);
    }
  });
  afterAll(() => machines?.stop());

  it.each(envCases.map(({ name }) => name))('%s', (name) => {
    expect(errors.has(name), `the case was run; the script said:\n${output}`).toBe(true);
    expect(errors.get(name)).toBeUndefined();
  });

  it('are cut off within a round trip', () => {
    const median = (all: number[] = []) => all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN;
    console.log(
      `a partition over SSH: p50 ${median(times?.cutMs).toFixed(1)} ms, its end ${median(times?.restoreMs).toFixed(1)} ms`,
    );
    expect(median(times?.cutMs)).toBeLessThan(CUT_MS);
  });

  it('are left as they were', async () => {
    for (const name of machines.names) {
      expect(
        await machines.expectOn(
          name,
          'iptables -S | grep plan-run; ls -d /run/plan-run /var/lib/plan-run 2>/dev/null || true',
        ),
      ).toBe('');
    }
  });
});
