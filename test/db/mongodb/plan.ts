/** Settings as a plan has them, with their defaults. */
import { makeRegistry } from '../../../src/cli/registry.ts';
import type { MongoSettings } from '../../../src/db/mongodb/settings.ts';
import { validatePlan } from '../../../src/timeline/validate.ts';

const registry = makeRegistry();

export interface Planned {
  readonly settings: MongoSettings | undefined;
  readonly messages: string[];
  readonly hints: string[];
  readonly places: readonly { readonly line: number; readonly column: number }[];
}

/** The settings of a plan for `environment`, and what is said of them. */
export function planned(
  given: object,
  nodes = 5,
  environment: 'sim' | 'lab' = 'sim',
  workload: object = { set: {} },
): Planned {
  const text = JSON.stringify({
    plan: 1,
    environment,
    nodes,
    database: { mongodb: given },
    workload: { rate: '1/s', ...workload },
  });
  const { ready, problems: found } = validatePlan({ file: 'p.yaml', bytes: Buffer.from(text) }, registry, {});
  const errors = found.filter(({ severity }) => severity === 'error');
  return {
    settings: ready?.timeline.database.settings as MongoSettings | undefined,
    messages: errors.map(({ message }) => message),
    hints: errors.flatMap(({ hint }) => hint ?? []),
    places: errors.map(({ line, column }) => ({ line, column })),
  };
}

/** Those of real nodes. @throws where the plan would be refused. */
export function settingsOf(given: object, nodes = 5): MongoSettings {
  const { settings, messages } = planned(given, nodes, 'lab');
  if (settings === undefined) throw new Error(messages.join('; '));
  return settings;
}
