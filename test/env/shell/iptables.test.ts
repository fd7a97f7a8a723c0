import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findIptables, openFirewall } from '../../../src/env/shell/iptables.ts';
import { localShell, temporaryDir } from './local-shell.ts';

/** Stand-ins for iptables: keep what they are given, and refuse what says `refuse`. */
function fakeIptables(...variants: string[]): string {
  const bin = temporaryDir();
  for (const variant of variants) {
    const restore = `#!/bin/sh\necho $$ >>${bin}/started\nrules=$(cat)\nprintf '%s\\n' "$rules" >>${bin}/rules
case $rules in *refuse*) echo "no such chain" >&2; exit 2;; esac\n`;
    writeFileSync(`${bin}/${variant}-restore`, restore, { mode: 0o755 });
    writeFileSync(`${bin}/${variant}`, '#!/bin/sh\necho "$0 $*"\n', { mode: 0o755 });
  }
  return bin;
}

const contents = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const starts = (bin: string) => contents(`${bin}/started`).trim().split('\n').filter(Boolean).map(Number);

/** Polls until the stand-in has been started `count` times. */
async function startedTimes(bin: string, count: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (starts(bin).length < count) {
    if (Date.now() > deadline) throw new Error(`waited 5 s until iptables-restore had been started ${count} times`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the firewall of a host', () => {
  it('has its program started before the rules come, once for each transaction', async () => {
    const bin = fakeIptables('iptables');
    const host = await openFirewall('n1', localShell(bin), 'iptables', `${temporaryDir()}/fifo`);
    for (const round of [1, 2, 3]) {
      await host.prepare();
      await host.prepare();
      await startedTimes(bin, round);
      const result = await host.apply(`round ${round}\n`);
      expect(result).toEqual({ stdout: '', stderr: '', exitCode: 0 });
      expect(starts(bin)).toHaveLength(round);
    }
    expect(contents(`${bin}/rules`)).toBe('round 1\nround 2\nround 3\n');
  });

  it('takes rules all the same when nobody waits for them, or who waited was killed', async () => {
    const bin = fakeIptables('iptables');
    const host = await openFirewall('n1', localShell(bin), 'iptables', `${temporaryDir()}/fifo`);
    await startedTimes(bin, 1);
    process.kill(starts(bin)[0]!, 'SIGKILL');
    expect((await host.apply('first\n')).exitCode).toBe(0);
    expect((await host.apply('second\n')).exitCode).toBe(0);
    await host.prepare();
    expect((await host.apply('third\n')).exitCode).toBe(0);
    expect(contents(`${bin}/rules`)).toBe('first\nsecond\nthird\n');
  });

  it('gives the refusal in the words of the program', async () => {
    const bin = fakeIptables('iptables');
    const host = await openFirewall('n1', localShell(bin), 'iptables', `${temporaryDir()}/fifo`);
    expect(await host.apply('refuse\n')).toEqual({ stdout: '', stderr: 'no such chain\n', exitCode: 2 });
    expect((await host.list()).stdout).toMatch(/iptables -S\n$/);
  });
});

describe('the variant', () => {
  it('is the first that takes a rule and gives it back', async () => {
    expect(await findIptables('n1', localShell(fakeIptables('iptables-legacy', 'iptables')))).toBe('iptables-legacy');
    const bin = fakeIptables('iptables');
    writeFileSync(`${bin}/iptables-legacy-restore`, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    expect(await findIptables('n1', localShell(bin))).toBe('iptables');
  });

  it('is an error with what each has said, where none does', async () => {
    const bin = temporaryDir();
    for (const name of ['iptables', 'iptables-legacy', 'iptables-nft']) {
      writeFileSync(`${bin}/${name}-restore`, `#!/bin/sh\necho "${name} cannot" >&2\nexit 3\n`, { mode: 0o755 });
    }
    await expect(findIptables('n1', localShell(bin))).rejects.toMatchObject({
      code: 'unavailable',
      fields: { node: 'n1', stderr: expect.stringContaining('iptables-nft: iptables-nft cannot') },
    });
  });
});
