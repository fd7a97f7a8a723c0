import type { AnyChecker } from './checker.ts';
import type { AnyDatabase } from './database.ts';
import type { AnyEnvironment } from './environment.ts';
import type { AnyNemesis } from './nemesis.ts';
import type { AnyWorkload } from './workload.ts';

/** Every module a run may use, by name. `cli/` builds it: the house's own, then those a plan brings. */
export interface Registry {
  readonly environments: ReadonlyMap<string, AnyEnvironment>;
  readonly databases: ReadonlyMap<string, AnyDatabase>;
  readonly workloads: ReadonlyMap<string, AnyWorkload>;
  readonly nemeses: ReadonlyMap<string, AnyNemesis>;
  readonly checkers: ReadonlyMap<string, AnyChecker>;
}

export type AnyModule = AnyEnvironment | AnyDatabase | AnyWorkload | AnyNemesis | AnyChecker;
