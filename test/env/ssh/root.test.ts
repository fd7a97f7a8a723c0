/** Becoming root, with a sudo and an id of the test's own, and this machine in the place of the other. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { InventoryHost } from '../../../src/contract/index.ts';
import { openShell } from '../../../src/env/shell/shell.ts';
import { openRootShell } from '../../../src/env/ssh/root.ts';
import { temporaryDir } from '../shell/local-shell.ts';
import { type LocalClient, localClient } from './local-channel.ts';

const PASSWORD = 'open "sesame", $(id)';
const ROOT = 'echo 0';
const host = (sudo: InventoryHost['sudo'] = false): InventoryHost => ({
  ...{ node: 'n1', host: 'n1', port: 22, user: 'bob', agent: false, knownHosts: false, sudo },
});

/** Programs by their scripts. */
function programs(scripts: Record<string, string>): string {
  const bin = temporaryDir();
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

/** sudo(8), which reads the password a byte at a time: what comes behind its line is for the command. */
const SUDO = `[ "$1" = -S ] || exit 9
for try in 1 2 3; do
  printf %s "$3" >&2
  IFS= read -r password
  if [ "$password" = '${PASSWORD}' ]; then shift 4; exec "$@"; fi
  echo 'Sorry, try again.' >&2
done
exit 1`;

async function open(client: LocalClient, described: InventoryHost) {
  const channel = await openRootShell(client, described, 5_000);
  return openShell('n1', { stdin: channel, stdout: channel, stderr: channel.stderr });
}

describe("a shell of root's", () => {
  const noise = { stdout: '=== Welcome ===\\nplan-run-0 0 .', stderr: 'stty: no terminal' };
  it.each(['sh', 'bash'])('begins with its first command, whatever a login through %s prints', async (login) => {
    const file = join(temporaryDir(), 'rc');
    writeFileSync(file, `printf '${noise.stdout}'; printf '${noise.stderr}' >&2; exec ${login} "$@"\n`);
    const shell = await open(localClient(['sh', file], programs({ id: ROOT })), host());
    expect(await shell.run('echo out; echo err >&2; pwd; umask')).toEqual({
      stdout: 'out\n/\n0022\n',
      stderr: 'err\n',
      exitCode: 0,
    });
    expect((await shell.run('echo $PATH')).stdout).toContain(':/usr/sbin:');
    shell.close();
  });

  it('comes from sudo without a password', async () => {
    const bin = programs({ id: ROOT, sudo: '[ "$1 $2" = "-n --" ] || exit 9; shift 2; exec "$@"' });
    const shell = await open(localClient(['sh'], bin), host(true));
    expect((await shell.run('echo there')).stdout).toBe('there\n');
    shell.close();
  });

  it('comes from sudo with a password, which only sudo reads', async () => {
    const client = localClient(['sh'], programs({ id: ROOT, sudo: SUDO }));
    const shell = await open(client, host({ password: PASSWORD }));
    expect(client.written).toEqual([`${PASSWORD}\n`]);
    expect(await shell.run('cat; echo there')).toEqual({ stdout: 'there\n', stderr: '', exitCode: 0 });
    shell.close();
  });

  it('gets no password where sudo does not ask for one', async () => {
    const client = localClient(['sh'], programs({ id: ROOT, sudo: 'shift 4; exec "$@"' }));
    const shell = await open(client, host({ password: PASSWORD }));
    expect(client.written).toEqual(['']);
    expect((await shell.run('echo there')).stdout).toBe('there\n');
    shell.close();
  });
});

describe('who cannot become root', () => {
  const refused = (client: LocalClient, described: InventoryHost) =>
    openRootShell(client, described, 5_000).then(
      () => expect.unreachable('it has a shell'),
      (error) => error,
    );

  it('is told that the password is wrong, after one try', async () => {
    const client = localClient(['sh'], programs({ id: ROOT, sudo: SUDO }));
    expect(await refused(client, host({ password: 'wrong' }))).toMatchObject({
      code: 'unavailable',
      message: 'Cannot become root on n1 as bob: sudo does not accept the password',
      fields: { node: 'n1', hint: "try: ssh -t -p 22 -l bob -- n1 'sudo -k; sudo true'", stderr: 'Sorry, try again.' },
    });
    expect(client.written).toEqual(['wrong\n']);
  });

  it('is told that the password may have only one line, before anything is started', async () => {
    const client = localClient(['sh'], programs({ sudo: SUDO }));
    expect(await refused(client, host({ password: `${PASSWORD}\nid` }))).toMatchObject({ code: 'refused' });
    expect(client.written).toEqual([]);
  });

  it.each<[string, InventoryHost['sudo'], Record<string, string>, string, RegExp]>([
    ['is not root', false, { id: 'echo 1000' }, 'bob is not root there', /^say `sudo: true`/],
    [
      'is another than root by sudo',
      true,
      { id: 'echo 1', sudo: 'shift 2; exec "$@"' },
      'bob is not root there',
      /sudo/,
    ],
    [
      'has no password to give',
      true,
      { sudo: "echo 'sudo: a password is required' >&2; exit 1" },
      'sudo: a password is required',
      /sudo: \{password: "\$\{env:NAME\}"\}.*bob ALL=\(root\) NOPASSWD: ALL/,
    ],
    [
      'is not in sudoers',
      { password: 'x' },
      { sudo: "echo 'bob is not in the sudoers file.' >&2; exit 1" },
      'bob is not in the sudoers file.',
      /sudoers\(5\)/,
    ],
    [
      'may not run a shell',
      true,
      { sudo: 'shift 2; echo "Sorry, user bob is not allowed to execute \'$*\' as root on n1." >&2; exit 1' },
      "Sorry, user bob is not allowed to execute '/bin/sh' as root on n1.",
      /NOPASSWD/,
    ],
  ])('%s', async (_, sudo, scripts, why, hint) => {
    const error = await refused(localClient(['sh'], programs(scripts)), host(sudo));
    expect(error).toMatchObject({ code: 'unavailable', message: `Cannot become root on n1 as bob: ${why}` });
    expect(error.fields.hint).toMatch(hint);
    // Our own words are nobody's business.
    expect(JSON.stringify(error.fields)).not.toMatch(/plan-run-[\da-f]{8}/);
  });

  it('has no sudo there', async () => {
    const error = await refused(localClient(['env', 'PATH=/nowhere', '/bin/sh']), host(true));
    expect(error).toMatchObject({ fields: { hint: 'install sudo there, or log in as root' } });
  });

  it('has a login shell that is none', async () => {
    const nologin = programs({ nologin: "echo 'This account is currently not available.'; exit 1" });
    expect(await refused(localClient([join(nologin, 'nologin')]), host())).toMatchObject({
      message: 'Cannot become root on n1 as bob: This account is currently not available.',
      fields: { node: 'n1', hint: 'does this work: ssh -p 22 -l bob -- n1 /bin/sh -c true' },
    });
  });

  it('has a login shell that waits for something', async () => {
    const begin = performance.now();
    const login = programs({ login: 'while read -r line; do :; done' });
    const error = await openRootShell(localClient([join(login, 'login')]), host(), 300).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'unavailable', fields: { node: 'n1', hint: expect.stringMatching(/login/) } });
    expect(performance.now() - begin).toBeGreaterThan(290);
  });
});
