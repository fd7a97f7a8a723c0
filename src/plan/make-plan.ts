import { durationMs } from '../base/units.ts';
import { type AnyDatabase, type AnyEnvironment, NoSettings } from '../contract/index.ts';
import { type NamedModule, type Reading, readSettings } from './blocks.ts';
import { LATEST } from './language.ts';
import type { PlacedUse, Plan } from './plan.ts';
import type { Draft } from './read-plan.ts';

/** Makes the plan of a draft in which nothing is wrong; undefined where something is missing all the same. */
export function makePlan(draft: Draft, file: string, reading: Reading, machines?: Plan['machines']): Plan | undefined {
  const { top, environment, nodes, database, workload, pace, ratePerS, faults, checkers } = draft;
  if (!top || !environment || !nodes || !database || !workload || !pace) return undefined;
  const used = ({ name, settings, path }: NamedModule<unknown>): PlacedUse => {
    return { name, settings, place: reading.findings.place(path) };
  };
  const overrides = [...reading.findings.overrides].map(([path, argument]) => ({ path, argument }));
  const clients = pace.clients as number | { count: number; attach: 'home' | 'outside' };
  return {
    file,
    name: (top.name as string | undefined) ?? nameOf(file),
    ...(top.about === undefined ? {} : { about: top.about as string }),
    seed: top.seed as number,
    environment: used(environment),
    nodes,
    ...(machines && { machines }),
    database: used(database),
    workload: {
      ...used(workload),
      clients: typeof clients === 'number' ? clients : clients.count,
      attach: typeof clients === 'number' ? 'outside' : clients.attach,
      ...(ratePerS === undefined ? {} : { ratePerS }),
      ...(draft.unpaced && { unpaced: true as const }),
      timeoutMs: durationMs(pace.timeout as string),
    },
    faults: faults.flatMap(({ schedule, choices, path }) =>
      schedule ? [{ schedule, choices: choices.map(used), place: reading.findings.place(path) }] : [],
    ),
    readyTimeoutMs: durationMs(top.ready as string),
    settleMs: durationMs(top.settle as string),
    require: top.require as Plan['require'],
    checkers: checkers?.map(used) ?? defaultCheckers(workload, reading).map(used),
    expect: top.expect as Plan['expect'],
    modules: top.modules as string[],
    ...(overrides.length === 0 ? {} : { overrides }),
  };
}

/**
 * As much of a plan as the rules for schedules need, where something else in it is wrong: all problems are to be found
 * at once. It has the faults in which nothing is wrong, and no checkers; it is not to be run. Undefined where the times,
 * the nodes or the workload are in doubt, or the faults too many to look at.
 */
export function makeSketch(draft: Draft, file: string, reading: Reading): Plan | undefined {
  const { workload } = draft;
  const environment = draft.environment ?? {
    name: '',
    module: NO_ENVIRONMENT,
    path: '',
    given: {},
    settings: {},
    inner: [],
  };
  const { problems } = reading.findings;
  if (workload?.settings === undefined || problems.some(({ rule }) => rule === 'too-many-faults')) return undefined;
  const database = draft.database ?? { name: '', module: NO_DATABASE, path: '', given: {}, settings: {}, inner: [] };
  const faults = draft.faults.filter(({ path, schedule, choices }) => {
    return schedule !== undefined && choices.length > 0 && !reading.findings.failedBelow(path);
  });
  return makePlan({ ...draft, environment, database, faults, checkers: [] }, file, reading);
}

const NO_ENVIRONMENT: AnyEnvironment = {
  kind: 'environment',
  name: '',
  summary: '',
  settings: NoSettings,
  doctor: async () => [],
  open: () => Promise.reject(new Error('a sketch is not run')),
};

const NO_DATABASE: AnyDatabase = {
  kind: 'database',
  name: '',
  summary: '',
  settings: NoSettings,
  workloads: [],
  abilities: [],
  requires: [],
};

/** The checkers that a workload brings, with their settings' defaults; placed where the workload is named. */
function defaultCheckers({ module, path }: NonNullable<Draft['workload']>, reading: Reading) {
  return module.checkers.map(({ name, settings: given }) => {
    const checker = reading.registry.checkers.get(name);
    const read = checker === undefined ? { settings: given, inner: [] } : readSettings(checker, given, path, reading);
    return { name, module: checker, path, given, ...read };
  });
}

/** The name of a plan that has none of its own: its file's, safe as the name of a folder. */
export function nameOf(file: string): string {
  const base = file.replace(/^.*[/\\]/, '').replace(/(?<=.)\.[^.]*$/, '');
  const name = base
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return name === LATEST ? `${LATEST}-plan` : name.slice(0, 64) || 'plan';
}
