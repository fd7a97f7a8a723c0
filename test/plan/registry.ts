import { checkers } from '../../src/checker/index.ts';
import type { AnyModule, Registry } from '../../src/contract/index.ts';
import { databases } from '../../src/db/index.ts';
import { environments } from '../../src/env/index.ts';
import { nemeses } from '../../src/nemesis/index.ts';
import { workloads } from '../../src/workload/index.ts';

/** The house's own modules that the fixtures use; a later one changes no golden file. */
export const registry: Registry = {
  environments: only(environments, ['sim', 'lab']),
  databases: only(databases, ['noop', 'redis', 'mongodb', 'etcd']),
  workloads: only(workloads, ['noop', 'set']),
  nemeses: only(nemeses, ['noop', 'partition', 'kill', 'pause']),
  checkers: only(checkers, ['availability', 'noop', 'set']),
};

function only<M extends AnyModule>(modules: readonly M[], names: readonly string[]): ReadonlyMap<string, M> {
  const found = modules.filter((module) => names.includes(module.name));
  if (found.length < names.length) throw new Error(`of ${names.join(', ')} only ${found.map((one) => one.name)} exist`);
  return new Map(found.map((module) => [module.name, module]));
}
