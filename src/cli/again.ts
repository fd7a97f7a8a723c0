import { word } from '../env/index.ts';
import type { Override } from '../plan/index.ts';

/** What a command line must say to repeat a run. */
export interface Repeated {
  readonly file: string;
  readonly environment: string;
  readonly seed: number;
  /** What the command line had changed; of this, what `--set` and `--inventory` brought. */
  readonly overrides?: readonly Override[] | undefined;
  /** The plan's modules from outside. */
  readonly modules: readonly string[];
}

/** The one line that repeats a run. */
export function againCommand({ file, environment, seed, overrides = [], modules }: Repeated): string {
  const valuesOf = (flag: string) =>
    overrides.flatMap(({ argument }) => (argument.startsWith(`${flag} `) ? [argument.slice(flag.length + 1)] : []));
  const words = [
    ...['plan-run', word(file)],
    ...(modules.length > 0 ? ['--allow-modules'] : []),
    ...valuesOf('--set').flatMap((change) => ['--set', word(change)]),
    ...['--env', environment],
    ...valuesOf('--inventory').flatMap((inventory) => ['--inventory', word(inventory)]),
    ...['--seed', String(seed)],
  ];
  return words.join(' ');
}

/** The one line that tells what became of what was lost, or turned up. */
export function whyCommand(folder: string, modules: readonly string[]): string {
  return ['plan-run', 'fate', word(folder), ...(modules.length > 0 ? ['--allow-modules'] : [])].join(' ');
}
