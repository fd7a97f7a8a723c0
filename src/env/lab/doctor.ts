import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { AnyDatabase, Finding, Requirement } from '../../contract/index.ts';
import { PATH } from '../shell/local.ts';
import { innerCommand } from './enter.ts';
import { findProgram, installCommand, missingPrograms, PROGRAMS } from './programs.ts';

/** Looks at every prerequisite, and tries the kernel with a lab of one link and one rule. About half a second. */
export async function doctor(databases: readonly AnyDatabase[]): Promise<Finding[]> {
  if (process.platform !== 'linux') return [{ what: 'Linux', ok: false, found: process.platform }];
  const programs = PROGRAMS.map((requirement) => programFinding(requirement, ''));
  const missing = missingPrograms(PROGRAMS).length > 0;
  const ofDatabases = databases.flatMap((database) =>
    database.requires.map((requirement) => programFinding(requirement, ` (${database.name})`)),
  );
  return [...programs, ...(missing ? [] : tryKernel()), ...ofDatabases];
}

function programFinding(requirement: Requirement, forWhom: string): Finding {
  const what = `${requirement.program}${forWhom}`;
  const path = findProgram(requirement.program, requirement.folders);
  if (path === undefined) return { what, ok: false, found: 'not found', remedy: installCommand([requirement]) };
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 5_000, input: '' });
  return { what, ok: true, found: stdout?.split('\n')[0]?.trim() || path };
}

/** What the lab asks of the kernel, in its order; a step that fails ends the trial. */
const STEPS = [
  { what: 'namespaces', script: 'true', remedy: userNamespaceRemedy },
  { what: 'mounts of its own', script: 'mount -t tmpfs plan-run /dev/shm && mount --bind /etc/hosts /etc/hosts' },
  {
    what: 'a bridge and links',
    script: `ip link add plan-run type bridge && unshare --net --mount --uts sh -c 'hostname n1' &&
      ip link add veth1 type veth peer name eth0 && ip link set veth1 master plan-run up`,
    remedy: () => 'modprobe -a bridge veth',
  },
  {
    what: 'firewall rules',
    script: `export XTABLES_LOCKFILE=/dev/shm/xtables.lock
      for firewall in iptables iptables-legacy iptables-nft; do
        $firewall -A INPUT -s 192.0.2.1/32 -m comment --comment plan-run -j DROP && break
      done`,
    remedy: () => 'modprobe -a nf_tables nft_compat xt_comment ip_tables iptable_filter',
  },
];

function tryKernel(): Finding[] {
  const script = STEPS.map((step, k) => `{ ${step.script}; } && echo ${k} || exit 1`).join('\n');
  const trial = spawnSync('setpriv', innerCommand(['sh', '-c', script]), {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, PATH },
  });
  const done = trial.stdout.split('\n').filter((line) => line !== '').length;
  const said = trial.stderr.trim().split('\n').join('; ') || `exit code ${trial.status}`;
  return STEPS.slice(0, done + 1).map(({ what, remedy }, k) => {
    if (k < done) return { what, ok: true, found: 'works' };
    const command = remedy?.();
    return { what, ok: false, found: said, ...(command !== undefined && { remedy: asRoot(command) }) };
  });
}

/** The usual switches that keep user namespaces from ordinary users: Debian's, Ubuntu's (24.04) and the kernel's own. */
const SWITCHES = [
  { path: 'kernel/unprivileged_userns_clone', off: '0', on: '1' },
  { path: 'kernel/apparmor_restrict_unprivileged_userns', off: '1', on: '0' },
  { path: 'user/max_user_namespaces', off: '0', on: '10000' },
  { path: 'user/max_net_namespaces', off: '0', on: '10000' },
];

function userNamespaceRemedy(): string {
  const closed = SWITCHES.find(({ path, off }) => {
    const file = `/proc/sys/${path}`;
    return existsSync(file) && readFileSync(file, 'utf8').trim() === off;
  });
  if (closed !== undefined) return `sysctl -w ${closed.path.replaceAll('/', '.')}=${closed.on}`;
  return 'in a container: docker run --privileged; elsewhere: run plan-run as root';
}

function asRoot(command: string): string {
  return process.getuid?.() === 0 || command.includes(':') ? command : `sudo ${command}`;
}
