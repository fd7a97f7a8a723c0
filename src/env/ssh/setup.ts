import { PlanRunError } from '../../base/errors.ts';
import { quote } from '../shell/quote.ts';
import type { Shell } from '../shell/shell.ts';
import { ALL_PROGRAMS, abilityLines, MODULES, tryKernel } from './look.ts';
import { missingOn } from './programs.ts';

/*
 * Brings to a machine what faults need, by its own package manager. Packages are called as Debian does; none of them has a service
 * that would start, and services of others are left alone (needrestart(1), on Ubuntu, would restart them).
 */
interface Manager {
  readonly program: string;
  readonly install: string;
  /** Tried once, where the first try fails: the lists of packages may be old. */
  readonly refresh?: string;
  /** Packages with other names than Debian's. */
  readonly names: Readonly<Record<string, string>>;
}

const APT = 'DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -o DPkg::Lock::Timeout=60';
const FEDORA = { iproute2: 'iproute iproute-tc', 'perl-base': 'perl-interpreter' };
const MANAGERS: readonly Manager[] = [
  { program: 'apt-get', install: `${APT} install -y --no-install-recommends`, refresh: `${APT} update`, names: {} },
  { program: 'dnf', install: 'dnf -q -y install', names: FEDORA },
  { program: 'yum', install: 'yum -q -y install', names: FEDORA },
  { program: 'apk', install: 'apk --quiet add', refresh: 'apk --quiet update', names: { 'perl-base': 'perl' } },
  {
    program: 'zypper',
    install: 'zypper --quiet --non-interactive install',
    refresh: 'zypper --quiet refresh',
    names: {},
  },
];

/** Of a slow mirror. */
const INSTALL_MS = 600_000;

/**
 * Installs what is missing, and has the kernel load what faults need. May be done again: then it finds all there.
 * @returns what it did, and what the kernel has not, in words. @throws PlanRunError naming the node, with what was said there.
 */
export async function setUp(shell: Shell, node: string): Promise<string[]> {
  const missing = await missingOn(shell, ALL_PROGRAMS);
  const done = missing.length === 0 ? ['all programs were there already'] : [await install(shell, node, missing)];
  let abilities = await tryKernel(shell);
  const wanted = (Object.keys(MODULES) as (keyof typeof MODULES)[]).filter((name) => !abilities[name]);
  if (wanted.length > 0) {
    // One by one: a kernel may have some of them built in, or not at all.
    const modules = wanted.map((name) => MODULES[name]).join(' ');
    await shell.run(`for module in ${modules}; do modprobe -q "$module"; done 2>/dev/null; true`);
    abilities = await tryKernel(shell);
  }
  if (!abilities.rules) {
    throw new PlanRunError('unavailable', `No firewall on ${node} takes a rule`, {
      node,
      hint: `on ${node}: modprobe -a ${MODULES.rules}; a kernel without them, as in some containers, has no faults`,
    });
  }
  return [...done, ...abilityLines(abilities)];
}

async function install(shell: Shell, node: string, missing: Awaited<ReturnType<typeof missingOn>>): Promise<string> {
  const programs = missing.map(({ program }) => program).join(', ');
  const managers = MANAGERS.map(({ program }) => program);
  const { stdout } = await shell.run(`for one in ${managers.join(' ')}; do command -v $one; done; true`);
  const manager = MANAGERS.find(({ program }) => new RegExp(`/${program}$`, 'm').test(stdout));
  if (manager === undefined) {
    throw new PlanRunError(
      'unavailable',
      `Not found on ${node}: ${programs}; and no package manager that is known here`,
      {
        node,
        hint: `known are ${managers.join(', ')}; or install them by hand`,
      },
    );
  }
  const debian = [...new Set(missing.map((requirement) => requirement.package))];
  const packages = debian.flatMap((name) => (manager.names[name] ?? name).split(' '));
  const command = `${manager.install} ${packages.map(quote).join(' ')}`;
  const again = manager.refresh === undefined ? '' : ` || { ${manager.refresh} >&2 && ${command}; }`;
  const { exitCode, stderr } = await shell.run(`{ ${command}${again}; } >/dev/null`, INSTALL_MS);
  const fields = { node, command, exitCode, stderr: stderr.trim().split('\n').slice(-5).join('\n') };
  if (exitCode !== 0) {
    throw new PlanRunError('command-failed', `Cannot install ${packages.join(', ')} on ${node}`, {
      ...fields,
      hint: `has ${node} a source of packages, and a way to it? Or install ${programs} by hand`,
    });
  }
  const still = await missingOn(shell, missing);
  if (still.length > 0) {
    const names = still.map(({ program }) => program).join(', ');
    throw new PlanRunError('unavailable', `${packages.join(', ')} brought no ${names} to ${node}`, fields);
  }
  return `installed ${packages.join(', ')} (${manager.program})`;
}
