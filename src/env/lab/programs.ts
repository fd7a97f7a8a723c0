import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import type { Requirement } from '../../contract/index.ts';
import { PATH } from '../shell/local.ts';

/** Programs that the lab itself needs, each with Debian's package. */
export const PROGRAMS: readonly Requirement[] = [
  { program: 'sh', package: 'dash' },
  { program: 'setpriv', package: 'util-linux' },
  { program: 'unshare', package: 'util-linux' },
  { program: 'nsenter', package: 'util-linux' },
  { program: 'setsid', package: 'util-linux' },
  { program: 'mount', package: 'mount' },
  { program: 'umount', package: 'mount' },
  { program: 'timeout', package: 'coreutils' },
  { program: 'stdbuf', package: 'coreutils' },
  { program: 'hostname', package: 'hostname' },
  { program: 'ip', package: 'iproute2' },
  { program: 'iptables', package: 'iptables' },
  { program: 'iptables-restore', package: 'iptables' },
];

/** Where a program is; undefined where it is on no directory of `PATH`, nor on one of `folders` (with `*` for any name). */
export function findProgram(program: string, folders: readonly string[] = []): string | undefined {
  return [...PATH.split(':'), ...folders.flatMap(unfold)].map((dir) => posix.join(dir, program)).find(isExecutable);
}

/** The directories that a pattern stands for. */
function unfold(pattern: string): string[] {
  const [before, ...after] = pattern.split('*');
  if (before === undefined || after.length === 0) return [pattern];
  try {
    return readdirSync(before).flatMap((name) => unfold(`${before}${name}${after.join('*')}`));
  } catch {
    return [];
  }
}

/** Those that are not here. */
export function missingPrograms(requirements: readonly Requirement[]): Requirement[] {
  return requirements.filter(({ program, folders }) => findProgram(program, folders) === undefined);
}

/** The command that supplies them; as root, or with sudo. */
export function installCommand(requirements: readonly Requirement[]): string {
  const packages = [...new Set(requirements.map((requirement) => requirement.package))];
  return `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y ${packages.join(' ')}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
