/** A simulator in which somebody sees what is traced, and the model that is run. */
import type {
  AnyEnvironment,
  Environment,
  EnvironmentContext,
  Model,
  Registry,
  TraceEntry,
} from '../../src/contract/index.ts';

export interface Onlooker {
  trace(entry: TraceEntry): void;
  /** The model is made, and its programs run. */
  deployed(model: Model, environment: Environment, context: EnvironmentContext): void;
  /** The run is over; resolves when nobody looks any more. */
  closed?(): Promise<void>;
}

/** The modules of a registry, with such a simulator. */
export function watched(registry: Registry, onlooker: Onlooker): Registry {
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
        async deploy(deployment) {
          const { database } = deployment;
          let made: Model | undefined;
          const model: typeof database.model = async (given) => {
            made = await database.model!(given);
            if (made.contents === undefined)
              throw new Error(`the model of ${database.name} does not say what its nodes have`);
            return made;
          };
          const cluster = await opened.deploy({ ...deployment, database: { ...database, model } });
          onlooker.deployed(made!, opened, context);
          return cluster;
        },
        async close() {
          await opened.close();
          await onlooker.closed?.();
        },
      };
    },
  };
  return { ...registry, environments: new Map([...registry.environments, ['sim', environment]]) };
}
