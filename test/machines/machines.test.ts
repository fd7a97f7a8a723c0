/** The test machines are what the tests of the SSH environment take them for, and leave nothing behind. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Kind, type Machines, PASSWORD, ssh, startMachines } from './machines.ts';

/** What machines could leave behind on this one, beside processes. */
function host() {
  const list = (dir: string) => (existsSync(dir) ? readdirSync(dir).sort() : []);
  return {
    links: list('/sys/class/net'),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
    rules: execFileSync('iptables', ['-S'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
    users: readFileSync('/etc/passwd', 'utf8'),
    folders: [
      '/run',
      '/run/sshd',
      '/run/netns',
      '/var/lib',
      '/mnt',
      join(homedir(), '.ssh'),
      join(homedir(), '.uml'),
    ].map(list),
  };
}

/** Namespaces in which the machines, and the runner's place, are. */
function namespacesOf(folder: string): Set<string> {
  const pids = readdirSync(folder).filter((name) => name.endsWith('.pid'));
  expect(pids.length).toBeGreaterThan(1);
  return new Set(pids.flatMap((name) => spacesOf(readFileSync(join(folder, name), 'utf8').trim())));
}

const own = spacesOf('self');

function spacesOf(pid: string): string[] {
  try {
    return ['net', 'mnt', 'pid'].map((name) => readlinkSync(`/proc/${pid}/ns/${name}`));
  } catch {
    return [];
  }
}

function commandOf(pid: string): string {
  try {
    return `${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`;
  } catch {
    // On its way out.
    return pid;
  }
}

async function expectNothingLeft(folder: string, namespaces: ReadonlySet<string>, before: object): Promise<void> {
  const used = () =>
    readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .filter((pid) => spacesOf(pid).some((one) => namespaces.has(one) && !own.includes(one)))
      .map(commandOf);
  const deadline = Date.now() + 10_000;
  while (used().length > 0 || existsSync(folder)) {
    if (Date.now() > deadline) throw new Error(`10 s after the end there are still: ${folder}, ${used().join('; ')}`);
    await delay(20);
  }
  expect(host()).toEqual(before);
}

/** What both kinds have: machines that come, go and come back. */
function describeMachines(kind: Kind, count: number, more: (machines: () => Machines) => void) {
  describe(kind, () => {
    const before = host();
    let machines: Machines;
    const all = (script: string) =>
      Promise.all(machines.names.map(async (name) => (await machines.expectOn(name, script)).trim()));
    const login = (name: string, script: string, user = 'root') =>
      machines.run([...ssh(machines.folder), `${user}@${machines.address(name)}`, script]);

    beforeAll(async () => {
      machines = await startMachines(kind, { count });
    });
    afterAll(() => machines?.stop());

    it('are machines of their own to who logs in', async () => {
      const seen = await Promise.all(
        machines.names.map((name) =>
          login(
            name,
            `hostname && echo ${name} >/run/mine && echo ${name} >/var/lib/mine && ls -A /root /tmp /run/*.pid`,
          ),
        ),
      );
      expect(seen).toEqual(
        machines.names.map((name) => ({
          code: 0,
          stdout: `${name}\n/run/sshd.pid\n\n/root:\n\n/tmp:\n`,
          stderr: '',
        })),
      );
      expect(await all('cat /run/mine /var/lib/mine')).toEqual(machines.names.map((name) => `${name}\n${name}`));
      expect(existsSync('/run/mine') || existsSync('/var/lib/mine')).toBe(false);
      expect(new Set(await all('cat /proc/sys/kernel/random/boot_id')).size).toBe(count);
      // Only this machine's sshd, which no sshd of this test's host is.
      expect(await all('ps -e -o pid= -C sshd | wc -l; getconf PAGESIZE')).toHaveLength(count);
      expect(
        (await machines.run(['ssh-keyscan', '-t', 'ed25519', ...machines.names.map(machines.address)])).stdout
          .split('\n')
          .filter(Boolean)
          .sort(),
      ).toEqual(
        readFileSync(join(machines.folder, 'known_hosts'), 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => line.trim())
          .sort(),
      );
    });

    it('reach each other, and have a firewall each', async () => {
      const { stdout } = await machines.on('n1', 'ping -n -c 1 -W 10 n2');
      expect(stdout).toContain('1 received');
      const iptables = kind === 'uml' ? 'iptables-legacy' : 'iptables';
      const rule =
        '-A INPUT -s 192.0.2.1/32 -m comment --comment "not ours" -m statistic --mode random --probability 0.50000000000 -j DROP';
      await machines.expectOn('n1', `${iptables} ${rule}`);
      const [first, second] = await all(`${iptables} -S INPUT`);
      expect(first).toBe(`-P INPUT ACCEPT\n${rule}`);
      expect(second).toBe('-P INPUT ACCEPT');
      expect(host()).toEqual(before);
    });

    // Where every program takes its time, restarts are seen by `nodes reboot` and `nodes shutdown` alone (test/ssh/tasks-uml.test.ts).
    const itQuick = kind === 'namespaces' ? it : undefined;

    itQuick?.('run databases', async () => {
      // As root and as a user of its own, on its disk.
      const [redis, etcd] = await Promise.all([
        machines.expectOn(
          'n1',
          `mkdir /var/lib/plan-run && cd /var/lib/plan-run && redis-server --daemonize yes --protected-mode no --bind ${machines.address('n1')} >/dev/null &&
          until redis-cli -h n1 ping 2>/dev/null | grep PONG; do sleep 0.1; done`,
        ),
        machines.expectOn(
          'n2',
          `install -d -o postgres /var/lib/plan-run && cd /var/lib/plan-run &&
          { setpriv --reuid=postgres --regid=postgres --clear-groups etcd >log 2>&1 & } ; 
          until grep -o 'ready to serve client requests' log; do sleep 0.1; done; stat -c %U default.etcd`,
        ),
      ]);
      expect(redis).toBe('PONG\n');
      expect(etcd.trim().split('\n').at(-1)).toBe('postgres');
    });

    itQuick?.('reboot, with what is on the disk and without what is in /run', async () => {
      const id = 'cat /proc/sys/kernel/random/boot_id';
      const before = await machines.expectOn('n2', `echo kept >/var/lib/kept && echo lost >/run/lost && ${id}`);
      const { code } = await login('n2', 'systemctl reboot 2>/dev/null || reboot || reboot -f');
      // It ends properly, or with the connection.
      expect([0, 255]).toContain(code);
      await machines.untilUp('n2', 2);
      const after = await machines.expectOn('n2', `${id} && cat /var/lib/kept && ls /run/lost || true`);
      expect(after).toMatch(/^[-0-9a-f]{36}\nkept\n$/);
      expect(after).not.toContain(before.trim());
      expect(machines.boots('n1')).toBe(1);
    });

    itQuick?.('stay off once they are', async () => {
      await login('n2', 'poweroff');
      await machines.untilOff('n2');
      expect((await machines.run(['ping', '-n', '-c', '1', '-W', '1', machines.address('n2')])).code).not.toBe(0);
      expect([machines.isOn('n1'), machines.isOn('n2'), machines.boots('n2')]).toEqual([true, false, 2]);
      await machines.powerOn('n2');
      await machines.powerOff('n2');
      await machines.powerOn('n2');
      expect((await login('n2', 'cat /var/lib/kept')).stdout).toBe('kept\n');
    });

    more(() => machines);

    it('leave nothing behind', async () => {
      const { folder } = machines;
      const namespaces = namespacesOf(folder);
      await machines.stop();
      await expectNothingLeft(folder, namespaces, before);
    });
  });
}

describeMachines('namespaces', 3, (machines) => {
  const login = (user: string, script: string, input = '', options: string[] = []) => {
    const { run, folder, address } = machines();
    // Of what is said twice, ssh takes the first.
    const [program = '', ...rest] = ssh(folder);
    return run([program, ...options, ...rest, `${user}@${address('n3')}`, script], { input });
  };

  it('have accounts that may sudo, may with a password, and may not', async () => {
    const sudo = 'sudo -S -p "" id -un';
    expect(await login('sudoer', 'sudo -n id -un')).toMatchObject({ code: 0, stdout: 'root\n' });
    expect(await login('asked', 'sudo -n id -un')).toMatchObject({ code: 1, stderr: 'sudo: a password is required\n' });
    expect(await login('asked', sudo, `${PASSWORD}\n`)).toMatchObject({ code: 0, stdout: 'root\n' });
    expect((await login('plain', sudo, `${PASSWORD}\n`)).stderr).toContain('not in the sudoers file');
  });

  it('let them in with their password, but not root', async () => {
    const { run, folder, address } = machines();
    const ask = join(folder, 'ask');
    writeFileSync(ask, `#!/bin/sh\ncat <<'END'\n${PASSWORD}\nEND\n`, { mode: 0o755 });
    const byPassword = ssh(folder).map((word) => (word === 'BatchMode=yes' ? 'PubkeyAuthentication=no' : word));
    const as = (user: string) =>
      run([...byPassword, `${user}@${address('n3')}`, 'id -un'], {
        env: { SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force' },
      });
    expect(await as('plain')).toMatchObject({ code: 0, stdout: 'plain\n' });
    expect((await as('root')).stderr).toContain('Permission denied');
  });

  it('are jump hosts', async () => {
    const { folder, address } = machines();
    const proxy = `ProxyCommand=${ssh(folder).join(' ')} -W %h:%p root@${address('n1')}`;
    const { stdout } = await login('root', 'hostname; echo $SSH_CLIENT', '', ['-o', proxy]);
    expect(stdout).toMatch(new RegExp(`^n3\n${address('n1')} `));
  });

  it('can be unplugged, and lose what is sent to them', async () => {
    const { run, unplug, plugIn } = machines();
    await unplug('n3');
    // What is merely remembered goes; asking for it again would fail after 3 s, and be told.
    await run(['ip', 'neighbour', 'flush', 'dev', 'yard']);
    expect((await login('root', 'true', '', ['-o', 'ConnectTimeout=4'])).stderr).toContain('timed out');
    await plugIn('n3');
    expect((await login('root', 'true')).code).toBe(0);
  });

  it('can lose sshd, with and without its sessions, and change its key', async () => {
    const { stopSshd, startSshd, changeHostKey } = machines();
    const session = login('root', 'echo in; cat; sleep 86400');
    await machines().expectOn('n3', 'until ps -C sleep -o args= | grep 86400 | grep -q sleep; do sleep 0.02; done');
    await stopSshd('n3');
    expect((await login('root', 'true')).stderr).toContain('Connection refused');
    await startSshd('n3');
    expect((await login('root', 'true')).code).toBe(0);
    await stopSshd('n3', { sessions: true });
    expect(await session).toMatchObject({ code: 255, stdout: 'in\n' });
    await startSshd('n3');
    await changeHostKey('n3');
    expect((await login('root', 'true')).stderr).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED');
  });

  it('can have full disks', async () => {
    const { fillDisk, freeDisk, on } = machines();
    const write = 'for d in /run /tmp /var/lib/plan-run; do cp /etc/hosts $d/x || echo $d; done';
    await fillDisk('n3');
    const full = await on('n3', write);
    expect(full.stdout).toBe('/run\n/tmp\n/var/lib/plan-run\n');
    expect(full.stderr).toContain('No space left on device');
    await freeDisk('n3');
    expect(await on('n3', write)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('have inventories, right and wrong', () => {
    const { inventory, inventoryWith } = machines();
    const right = parse(readFileSync(inventory, 'utf8'));
    expect(right).toEqual({
      inventory: 1,
      allow_faults: true,
      user: 'root',
      key: './id_ed25519',
      known_hosts: './known_hosts',
      clients: ['10.78.1.1', '10.78.1.2', '10.78.1.3'],
      hosts: { n1: { host: '10.78.0.1' }, n2: { host: '10.78.0.2' }, n3: { host: '10.78.0.3' } },
    });
    const changed = inventoryWith({ allow_faults: undefined, hosts: { n1: { user: 'plain' }, n2: undefined } });
    const { allow_faults: _, ...rest } = right;
    const hosts = { n1: { host: '10.78.0.1', user: 'plain' }, n3: { host: '10.78.0.3' } };
    expect(parse(readFileSync(changed, 'utf8'))).toEqual({ ...rest, hosts });
  });

  it("run commands in the runner's place, with a home of its own and nobody's agent", async () => {
    const { run, folder, spawn } = machines();
    const { stdout } = await run(['sh', '-c', 'pwd; echo $HOME $SSH_AUTH_SOCK; ip -br -4 address show yard; cat']);
    expect(stdout).toMatch(new RegExp(`^${process.cwd()}\n${folder}/home\nyard .*10.78.0.254/16 10.78.1.1/32`));
    const child = spawn(['sleep', '86400'], { stdio: 'ignore' });
    child.kill('SIGKILL');
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  });
});

describeMachines('uml', 3, (machines) => {
  it('have a clock each', async () => {
    const { expectOn } = machines();
    const year = new Date().getFullYear();
    expect(await expectOn('n1', 'date -s 2051-05-05 >/dev/null; date +%Y')).toBe('2051\n');
    expect(await expectOn('n3', 'date +%Y')).toBe(`${year}\n`);
    expect(new Date().getFullYear()).toBe(year);
  });

  it('have only the older firewall', async () => {
    expect((await machines().on('n3', 'iptables -A INPUT -s 192.0.2.1 -j DROP')).code).not.toBe(0);
  });

  it('delay packets', async () => {
    const { expectOn, run, address } = machines();
    await expectOn('n3', 'tc qdisc add dev vec0 root netem delay 300ms');
    const { stdout } = await run(['ping', '-n', '-c', '2', '-i', '0.2', address('n3')]);
    expect(Number(/= ([\d.]+)\//.exec(stdout)?.[1]), stdout).toBeGreaterThan(290);
  });
});

describe('killed', () => {
  it('leave nothing behind: no process, interface, mount or file', async () => {
    const before = host();
    const tsx = ['--import', 'tsx', join(import.meta.dirname, 'killed.ts')];
    const child = spawn(process.execPath, tsx, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(child.stdout, 'data');
    const { folder, pids } = JSON.parse(said) as { folder: string; pids: number[] };
    const namespaces = namespacesOf(folder);
    for (const pid of pids)
      expect(
        spacesOf(String(pid)).some((one) => namespaces.has(one)),
        `${pid} is there`,
      ).toBe(true);
    child.kill('SIGKILL');
    await expectNothingLeft(folder, namespaces, before);
    for (const pid of pids) expect(spacesOf(String(pid)), `${pid} is gone`).toEqual([]);
  });
});
