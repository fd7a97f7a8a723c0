/** What a first plan may be made of: only what goes together, and what the environment can run. */
import { type AnyDatabase, DRAWN_SELECTORS, type Registry, RUN_SELECTORS } from '../../contract/index.ts';
import type { Matrix } from '../modules.ts';

/** What is to be known before a plan can be written. */
export interface Answers {
  readonly env: string;
  readonly database: string;
  /** How many. */
  readonly nodes: number;
  readonly workload: string;
  /** `none` for a control. */
  readonly fault: string;
  /** Whom the fault hits: a selector, or one of `TARGETS`; `none` without a fault. */
  readonly target: string;
  /** `100/s`. */
  readonly rate: string;
  /** How long the fault lasts; without one, how long the clients work. */
  readonly for: string;
}

export const NONE = 'none';

/** Modules that go together, by name. */
export type Combination = Pick<Answers, 'env' | 'database' | 'workload' | 'fault'>;

/** A module that shows nothing by itself, and a database that has to be described first. */
const NOT_FIRST = ['noop', 'service'];

/** All combinations, those that are tried first in front. */
export function combinationsOf(
  { environments, databases, workloads, nemeses }: Registry,
  matrix: Matrix,
): Combination[] {
  const all: Combination[] = [];
  for (const { name: env, simulated = false } of environments.values()) {
    for (const database of first(databases.keys(), 'redis')) {
      const has = matrix.databases[database];
      const isThere = (where: { sim: boolean; real: boolean } | undefined) =>
        where?.[simulated ? 'sim' : 'real'] === true;
      for (const workload of first(workloads.keys(), 'set')) {
        if (!isThere(has?.workloads[workload])) continue;
        for (const fault of [
          ...first(nemeses.keys(), 'partition').filter((name) => isThere(has?.faults[name])),
          NONE,
        ]) {
          all.push({ env, database, workload, fault });
        }
      }
    }
  }
  return all;
}

function first(names: Iterable<string>, favourite: string): string[] {
  const others = [...names].filter((name) => name !== favourite && !NOT_FIRST.includes(name));
  return [favourite, ...others];
}

/** Databases of which one node serves, as long as their settings do not say otherwise: the others are idle, and while it is hit nobody is served. */
const SINGLE_SERVER = ['postgres'];

export function isSingleServer(database: string): boolean {
  return SINGLE_SERVER.includes(database);
}

/** Sides of a partition, by what they are called here. */
const TARGETS = {
  halves: 'n1 and its side, the smaller one, from all others',
  clients: 'n1 from the clients',
} as const;

/** Whom a fault may hit, the most telling first; some of them a small cluster does not have. */
export function targetsOf(fault: string, database: AnyDatabase): Record<string, string> {
  if (fault === NONE) return { [NONE]: '' };
  const single = isSingleServer(database.name);
  const primary = database.abilities.includes('primaries') ? { primary: RUN_SELECTORS.primary } : {};
  if (fault === 'partition') {
    const { halves, clients } = TARGETS;
    return single ? { clients, halves } : { halves, ...primary, clients };
  }
  const { one, minority } = DRAWN_SELECTORS;
  return single ? primary : { ...primary, one, minority };
}

/** A fault's settings. */
export function settingsOf({ fault, target, nodes }: Answers): unknown {
  if (fault !== 'partition' || !(target in TARGETS)) return target;
  if (target === 'clients') return [['n1'], ['clients']];
  const names = Array.from({ length: nodes }, (_, at) => `n${at + 1}`);
  const smaller = Math.max(1, Math.floor((nodes - 1) / 2));
  return [names.slice(0, smaller), names.slice(smaller)];
}
