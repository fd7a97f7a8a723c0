import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Host, openFirewall } from '../../../src/env/shell/iptables.ts';
import { localShell, temporaryDir } from './local-shell.ts';

/** Stand-ins for iptables: they keep the rules that they are given, repeat comments, and refuse what says `refuse`. */
function fakeIptables(...variants: string[]): string {
  const bin = temporaryDir();
  for (const variant of variants) {
    const restore = `#!/bin/sh
echo $$ >>${bin}/started
while IFS= read -r line; do
  case $line in
    '#'*) echo "$line" ;;
    *refuse*) echo "no such chain" >&2; exit 2 ;;
    *) printf '%s\\n' "$line" >>${bin}/rules ;;
  esac
done
`;
    writeFileSync(`${bin}/${variant}-restore`, restore, { mode: 0o755 });
    writeFileSync(`${bin}/${variant}`, '#!/bin/sh\necho "$0 $*"\n', { mode: 0o755 });
  }
  return bin;
}

function failing(bin: string, name: string, script: string): void {
  writeFileSync(`${bin}/${name}-restore`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Its firewall, once it has been tried. */
async function open(bin: string): Promise<Host> {
  const host = await openFirewall('n1', localShell(bin), `${temporaryDir()}/fifo`);
  rmSync(`${bin}/rules`);
  return host;
}

const contents = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const starts = (bin: string) => contents(`${bin}/started`).trim().split('\n').filter(Boolean).map(Number);

const DONE = { stdout: '', stderr: '', exitCode: 0 };

describe('the firewall of a host', () => {
  it('is one program, started beforehand, that takes transaction after transaction', async () => {
    const bin = fakeIptables('iptables');
    const host = await open(bin);
    for (const round of [1, 2, 3]) expect(await host.apply(`round ${round}\n`)).toEqual(DONE);
    expect(contents(`${bin}/rules`)).toBe('round 1\nround 2\nround 3\n');
    expect(starts(bin)).toHaveLength(1);
  });

  it('answers when the rules are there, not before', async () => {
    const bin = fakeIptables('iptables');
    const host = await open(bin);
    for (let round = 1; round <= 20; round++) {
      await host.apply(`${'x'.repeat(1000)}\n${round}\n`);
      expect(contents(`${bin}/rules`).endsWith(`\n${round}\n`)).toBe(true);
    }
  });

  it('takes more rules than a pipe holds', async () => {
    const bin = fakeIptables('iptables');
    const host = await open(bin);
    const many = `${'-A INPUT -j DROP\n'.repeat(10_000)}`;
    expect(await host.apply(many)).toEqual(DONE);
    expect(contents(`${bin}/rules`)).toBe(many);
  });

  it('takes rules all the same when the program was killed, and starts another', async () => {
    const bin = fakeIptables('iptables');
    const host = await open(bin);
    process.kill(starts(bin)[0]!, 'SIGKILL');
    expect((await host.apply('first\n')).exitCode).toBe(0);
    expect((await host.apply('second\n')).exitCode).toBe(0);
    expect((await host.apply('third\n')).exitCode).toBe(0);
    expect(contents(`${bin}/rules`)).toBe('first\nsecond\nthird\n');
    // The killed one, the one of its own for the first transaction, and the next one that stays.
    expect(starts(bin)).toHaveLength(3);
  });

  it('gives a refusal in the words of the program, and goes on', async () => {
    const bin = fakeIptables('iptables');
    const host = await open(bin);
    expect(await host.apply('refuse\n')).toEqual({ stdout: '', stderr: 'no such chain\n', exitCode: 2 });
    expect(await host.apply('again\n')).toEqual(DONE);
    expect((await host.list()).stdout).toMatch(/iptables -w 5 -S\n$/);
  });
});

describe('the variant', () => {
  it('is the first that takes a rule and gives it back', async () => {
    const bin = fakeIptables('iptables', 'iptables-legacy', 'iptables-nft');
    expect((await (await open(bin)).list()).stdout).toMatch(/\/iptables -w 5 -S\n$/);
    failing(bin, 'iptables', 'exit 3');
    expect((await (await open(bin)).list()).stdout).toMatch(/\/iptables-legacy -w 5 -S\n$/);
    // Ends well, but has not said that it has done anything.
    failing(bin, 'iptables-legacy', 'cat >/dev/null & exit 0');
    expect((await (await open(bin)).list()).stdout).toMatch(/\/iptables-nft -w 5 -S\n$/);
  });

  it('is noted, for whoever must sweep up alone, before it is tried and when it has worked', async () => {
    const bin = fakeIptables('iptables', 'iptables-legacy');
    failing(bin, 'iptables', 'exit 3');
    writeFileSync(`${bin}/iptables-save`, "#!/bin/sh\necho '*filter'\n", { mode: 0o755 });
    writeFileSync(`${bin}/iptables-legacy-save`, '#!/bin/sh\n', { mode: 0o755 });
    const notes = `${temporaryDir()}/notes`;
    await openFirewall('n1', localShell(bin), `${temporaryDir()}/fifo`, notes);
    expect(contents(notes)).toBe('try iptables\nnew iptables-legacy\ntry iptables-legacy\nuse iptables-legacy\n');
  });

  it('is an error with what each has said, where none does', async () => {
    const bin = temporaryDir();
    for (const name of ['iptables', 'iptables-legacy', 'iptables-nft'])
      failing(bin, name, `echo "${name} no" >&2; exit 3`);
    await expect(openFirewall('n1', localShell(bin), `${temporaryDir()}/fifo`)).rejects.toMatchObject({
      code: 'unavailable',
      fields: {
        node: 'n1',
        stderr: 'iptables: iptables no\niptables-legacy: iptables-legacy no\niptables-nft: iptables-nft no',
      },
    });
  });
});
