import { PlanRunError } from '../../base/errors.ts';
import type { Requirement } from '../../contract/index.ts';
import { quote } from '../shell/quote.ts';
import type { Shell } from '../shell/shell.ts';

/** Programs that a hold, a node and its faults need on a machine, each with Debian's package. */
export const PROGRAMS: readonly Requirement[] = [
  { program: 'setsid', package: 'util-linux' },
  { program: 'flock', package: 'util-linux' },
  { program: 'timeout', package: 'coreutils' },
  { program: 'stdbuf', package: 'coreutils' },
  { program: 'mkfifo', package: 'coreutils' },
  { program: 'head', package: 'coreutils' },
  { program: 'tr', package: 'coreutils' },
  { program: 'sed', package: 'sed' },
  { program: 'ip', package: 'iproute2' },
  { program: 'iptables', package: 'iptables' },
  { program: 'iptables-restore', package: 'iptables' },
  { program: 'iptables-save', package: 'iptables' },
];

/** Those that are not on the machine, neither on its PATH nor in their folders. One round trip. */
export async function missingOn(shell: Shell, requirements: readonly Requirement[]): Promise<Requirement[]> {
  if (requirements.length === 0) return [];
  const looks = requirements.map(({ program, folders = [] }, k) => {
    const elsewhere = folders.map((folder) => `[ -n "$(ls ${pattern(`${folder}/${program}`)} 2>/dev/null)" ]`);
    return `${[`command -v ${quote(program)} >/dev/null`, ...elsewhere].join(' || ')} || echo ${k}`;
  });
  const { stdout } = await shell.run(looks.join('\n'));
  const missing = stdout.split('\n').filter((line) => line !== '');
  return requirements.filter((_, k) => missing.includes(String(k)));
}

/** @throws PlanRunError `unavailable`: what is missing where, and how to get it. */
export function refuseMissing(what: string, node: string, missing: readonly Requirement[], remedy?: string): void {
  if (missing.length === 0) return;
  const programs = missing.map(({ program }) => program).join(', ');
  const packages = [...new Set(missing.map((requirement) => requirement.package))];
  throw new PlanRunError('unavailable', `${what} cannot run on ${node}: not found: ${programs}`, {
    node,
    hint: `${remedy === undefined ? '' : `${remedy}, or `}on ${node}, as root: apt-get install -y ${packages.join(' ')}`,
  });
}

/** Words in which only `*` means something to the shell. */
const pattern = (path: string) => path.split('*').map(quote).join('*');
