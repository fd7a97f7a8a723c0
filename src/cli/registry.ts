import { checkers } from '../checker/index.ts';
import type { AnyEnvironment, AnyModule, Registry } from '../contract/index.ts';
import { databases } from '../db/index.ts';
import { environments } from '../env/index.ts';
import { nemeses } from '../nemesis/index.ts';
import { workloads } from '../workload/index.ts';

/** The house's own modules, joined with those from outside; an outside module may not take a name that is taken. */
export function makeRegistry(outside: readonly AnyModule[] = []): Registry {
  const own: readonly AnyModule[] = [...environments, ...databases, ...workloads, ...nemeses, ...checkers];
  const all = [...own, ...outside];
  const kind = <K extends AnyModule['kind']>(name: K) => {
    const modules = all.filter((module): module is Extract<AnyModule, { kind: K }> => module.kind === name);
    const map = new Map(modules.map((module) => [module.name, module]));
    if (map.size < modules.length) {
      const names = modules.map((module) => module.name);
      const twice = names.find((one, at) => names.indexOf(one) !== at);
      throw new TypeError(`there are two modules of kind ${name} with the name "${twice}"`);
    }
    return map;
  };
  return {
    environments: kind('environment') as ReadonlyMap<string, AnyEnvironment>,
    databases: kind('database'),
    workloads: kind('workload'),
    nemeses: kind('nemesis'),
    checkers: kind('checker'),
  };
}
