import { readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { processesOf, type Script, startScript, USERS, until } from './script.ts';

const waitFor = (script: Script, text: string) =>
  until(
    `"${text}"`,
    () => script.output().includes(text),
    10_000,
    () => script.output(),
  );

describe.each(USERS)('entering the lab, as %s', (user) => {
  it('gives the program new namespaces and its arguments, whatever they are', async () => {
    const rest = ["it's", '$(id)', 'two\nlines', ''];
    const script = await startScript('enter', user, { args: ['show', ...rest] });
    expect((await script.exit).code).toBe(0);
    const shown = JSON.parse(script.output());
    expect(shown.rest).toEqual(rest);
    for (const name of ['net', 'pid', 'mnt'])
      expect(shown.namespaces[name]).not.toBe(readlinkSync(`/proc/self/ns/${name}`));
  });

  it('gives its exit code back, and 69 where somebody has killed it: that is no verdict', async () => {
    for (const code of [0, 1, 2, 69, 130]) {
      expect((await (await startScript('enter', user, { args: ['exit', String(code)] })).exit).code).toBe(code);
    }
    const dead = await startScript('enter', user, { args: ['die'] });
    expect((await dead.exit).code).toBe(69);
    expect(dead.output()).toContain('The run was killed from outside');
    const busy = await startScript('enter', user, { args: ['stubborn'] });
    await waitFor(busy, 'ready');
    const init = processesOf(busy).find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sh\0-c\0"$@"; exit'),
    );
    process.kill(init as number, 'SIGKILL');
    expect((await busy.exit).code, 'PID 1 was killed').toBe(69);
  });

  it('is not fooled by a process of that name above it', async () => {
    const before = ['sh', '-c', '"$@"; exit $?', 'plan-run-lab'];
    const script = await startScript('enter', user, { args: ['show'], before });
    await script.exit;
    expect(JSON.parse(script.output()).namespaces.pid).not.toBe(readlinkSync('/proc/self/ns/pid'));
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'hands %s on, and waits until all is cleaned up',
    async (signal) => {
      const script = await startScript('busy', user);
      await waitFor(script, 'ready');
      script.child.kill(signal);
      expect((await script.exit).code).toBe(130);
      expect(script.output()).toMatch(new RegExp(`got ${signal}\\nclosed\\n$`));
      expect(processesOf(script)).toEqual([]);
    },
  );

  it('ends at once on a second signal, but not on the same one handed on twice (npx does)', async () => {
    const script = await startScript('enter', user, { args: ['stubborn'] });
    await waitFor(script, 'ready');
    script.child.kill('SIGINT');
    await waitFor(script, 'SIGINT 1');
    script.child.kill('SIGINT');
    script.child.kill('SIGINT');
    const asked = Date.now();
    await until('the time of a second signal', () => Date.now() - asked > 400, 1_000);
    expect(script.child.exitCode).toBe(null);
    script.child.kill('SIGINT');
    expect((await script.exit).code).toBe(130);
    expect(processesOf(script)).toEqual([]);
  });

  it('gets Ctrl-C from a terminal once, and sees the terminal', async () => {
    const shown = await startScript('enter', user, { args: ['show'], terminal: true });
    await shown.exit;
    expect(JSON.parse(shown.output()).terminal).toBe(true);
    const script = await startScript('enter', user, { args: ['count'], terminal: true });
    await waitFor(script, 'ready');
    script.child.stdin?.write('\x03');
    expect((await script.exit).code, script.output()).toBe(101);
  });

  it('says what the kernel refuses, and doctor what to do about it', async () => {
    const before = [
      'unshare',
      '--user',
      '--map-root-user',
      'sh',
      '-c',
      'echo 0 >/proc/sys/user/max_net_namespaces; exec "$@"',
      'sh',
    ];
    const refused = await startScript('enter', USERS[0], { args: ['show'], before });
    expect((await refused.exit).code).toBe(69);
    expect(refused.output()).toMatch(
      /"message":"This machine did not let the lab make its namespaces".*"hint":"plan-run doctor"/,
    );
    const doctor = await startScript('enter', USERS[0], { args: ['doctor'], before });
    await doctor.exit;
    const findings: { what: string; ok: boolean; remedy?: string }[] = JSON.parse(doctor.output());
    expect(findings.filter(({ ok }) => !ok)).toMatchObject([
      {
        what: 'namespaces',
        found: expect.stringContaining('unshare failed'),
        remedy: 'sysctl -w user.max_net_namespaces=10000',
      },
    ]);
  });

  it('has a doctor that finds all well here', async () => {
    const doctor = await startScript('enter', user, { args: ['doctor'] });
    await doctor.exit;
    const findings: { what: string; ok: boolean }[] = JSON.parse(doctor.output());
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.map(({ what }) => what)).toContain('firewall rules');
  });
});
