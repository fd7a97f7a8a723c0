/** Connections to sshds on test machines: what stands in connection-cases.ts, one process for all of it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Machines, PASSWORD, startMachines } from '../machines/machines.ts';
import { type Bed, connectionCases, PORTS } from './connection-cases.ts';

interface Line {
  readonly name: string;
  readonly tookMs: number;
  readonly error?: string;
  readonly measured?: Record<string, number>;
}

const PASSPHRASE = 'a "pass" $(phrase)';
const agents: ChildProcess[] = [];
let machines: Machines | undefined;
let code: number | null | undefined;
let stderr = '';
const lines = new Map<string, Line>();

beforeAll(async () => {
  machines = await startMachines('namespaces', { count: 2 });
  const bed = await prepare(machines);
  const script = ['--import', 'tsx', 'test/ssh/scripts/connection.ts', JSON.stringify(bed)];
  const env = { SECRET: PASSWORD, PASSPHRASE };
  const ended = await machines.run([process.execPath, ...script], { env, timeoutMs: 110_000 });
  for (const line of ended.stdout.split('\n').filter((one) => one.startsWith('{'))) {
    const told = JSON.parse(line) as Line;
    lines.set(told.name, told);
  }
  ({ code, stderr } = ended);
}, 120_000);

afterAll(async () => {
  for (const agent of agents) agent.kill();
  await machines?.stop();
});

describe('a connection', () => {
  it.each(Object.keys(connectionCases))('%s', (name) => {
    const line = lines.get(name);
    expect(line, `the script did not come to it: ${stderr}`).toBeDefined();
    expect(line?.error).toBeUndefined();
  });

  it('leaves nothing that keeps the process', () => {
    expect(stderr).toBe('');
    expect(code).toBe(0);
    // The longest of our timers would keep it for 10 s.
    expect(lines.get('exit')?.tookMs).toBeLessThan(1_000);
  });
});

/** Accounts, sshds and keys beside those that every machine has. */
async function prepare({ folder, address, expectOn }: Machines): Promise<Bed> {
  const sshd = (port: number, options: string, program = '/usr/sbin/sshd') =>
    `${program} -p ${port} -o PidFile=/run/sshd-${port}.pid -o MaxStartups=100 ${options}`;
  for (const [name, passphrase] of [
    ['locked', PASSPHRASE],
    ['stranger', ''],
  ] as const) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', join(folder, name)]);
  }
  const locked = execFileSync('ssh-keygen', ['-y', '-P', PASSPHRASE, '-f', join(folder, 'locked')], {
    encoding: 'utf8',
  });
  // sshd takes its own name for that of its PAM service.
  await expectOn(
    'n1',
    `printf %s '${locked}' >>/etc/ssh/authorized_keys
    printf '%s\\n' 'closed:x:4011:65534::/:/usr/sbin/nologin' 'noisy:x:4012:65534::/home/noisy:/bin/bash' >>/etc/passwd
    printf '%s:*:20000::::::\\n' closed noisy >>/etc/shadow
    echo 'noisy ALL=(ALL:ALL) NOPASSWD: ALL' >>/etc/sudoers
    mkdir /home/noisy /run/small && mount -t tmpfs -o size=1m small /run/small
    printf 'echo "=== welcome ==="\\necho "no terminal" >&2\\nprintf unfinished\\n' >/home/noisy/.bashrc
    ssh-keygen -q -t rsa -N '' -f /etc/ssh/rsa
    printf '%s\\n' 'auth required pam_unix.so' 'account required pam_permit.so' 'session required pam_permit.so' >/etc/pam.d/asking
    ln -s /usr/sbin/sshd /run/asking
    iptables -A INPUT -p tcp --dport ${PORTS.lost} -j DROP
    ${sshd(PORTS.asking, '-o UsePAM=yes -o PasswordAuthentication=no -o KbdInteractiveAuthentication=yes', '/run/asking')} &&
    ${sshd(PORTS.single, '-o MaxSessions=1')} &&
    ${sshd(PORTS.twoKeys, '-o HostKey=/etc/ssh/rsa')} &&
    ${sshd(PORTS.closed, '-o AllowTcpForwarding=no')} &&
    ${sshd(PORTS.jump, '')} &&
    ${sshd(PORTS.several, '')} &&
    ${sshd(PORTS.frozen, '')}`,
  );
  const rsa = await expectOn('n1', 'cat /etc/ssh/rsa.pub');
  appendFileSync(join(folder, 'known_hosts'), `[${address('n1')}]:${PORTS.twoKeys} ${rsa}`);
  const [agent, emptyAgent] = await Promise.all([startAgent(join(folder, 'agent')), startAgent(join(folder, 'empty'))]);
  execFileSync('ssh-add', ['-q', join(folder, 'id_ed25519')], { env: { ...process.env, SSH_AUTH_SOCK: agent } });
  return { folder, n1: address('n1'), n2: address('n2'), here: '10.78.0.254', agent, emptyAgent };
}

async function startAgent(socket: string): Promise<string> {
  agents.push(spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }));
  await vi.waitUntil(() => existsSync(socket), { timeout: 5_000 });
  return socket;
}
