/** The house's modules, with a simulator in which somebody sees what is traced, and the model that is run. */
import { makeRegistry } from '../../src/cli/registry.ts';
import type { AnyEnvironment, Model, Registry, TraceEntry } from '../../src/contract/index.ts';

export interface Onlooker {
  model(made: Model): void;
  trace(entry: TraceEntry): void;
}

export function watched(onlooker: Onlooker): Registry {
  const registry = makeRegistry();
  const sim = registry.environments.get('sim') as AnyEnvironment;
  const environment: AnyEnvironment = {
    ...sim,
    async open(context) {
      const trace = (entry: TraceEntry) => {
        onlooker.trace(entry);
        context.trace?.(entry);
      };
      const opened = await sim.open({ ...context, trace });
      return {
        ...opened,
        deploy: (deployment) => {
          const { database } = deployment;
          const model = async (given: Parameters<NonNullable<typeof database.model>>[0]) => {
            const made = await database.model!(given);
            onlooker.model(made);
            return made;
          };
          return opened.deploy({ ...deployment, database: { ...database, model } });
        },
      };
    },
  };
  return { ...registry, environments: new Map([...registry.environments, ['sim', environment]]) };
}
