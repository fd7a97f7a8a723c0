import {
  ABILITIES,
  type AnyChecker,
  type AnyDatabase,
  type AnyEnvironment,
  type AnyWorkload,
  type Registry,
  type SettingsProblem,
  type Surroundings,
  type WorkloadUse,
} from '../../contract/index.ts';
import { allCheckers, type NamedModule } from '../blocks.ts';
import { didYouMean, oneOf } from '../guess.ts';
import type { Draft } from '../read-plan.ts';
import { childPath } from '../text/path.ts';
import type { Findings } from '../text/source.ts';

/** Whether the modules that the plan names go together. */
export function checkModules(draft: Draft, registry: Registry, findings: Findings): void {
  const { environment, database, workload, faults, checkers = [] } = draft;
  if (database !== undefined && workload !== undefined) {
    const { has, hint = didYouMean(workload.name, database.module.workloads) } = offerOf(draft, workload.name);
    const message = `${database.name} has no client for the workload "${workload.name}"`;
    const at = { path: workload.path, at: 'key' } as const;
    if (!has) findings.add({ rule: 'unsupported-workload', ...at, message, hint });
  }
  if (database !== undefined && workload?.settings !== undefined) {
    for (const { ability, path } of workload.module.needs?.(workload.settings) ?? []) {
      const { has, hint } = offerOf(draft, ability);
      const message = `${database.name} does not offer "${ability}": ${ABILITIES[ability]}`;
      const at = childPath(workload.path, path);
      if (!has) findings.add({ rule: 'unsupported-workload', path: at, message, hint });
    }
  }
  for (const checker of allCheckers(checkers)) {
    const { judges } = checker.module;
    if (workload === undefined || judges === 'any' || judges.includes(workload.name)) continue;
    const message = `the checker "${checker.name}" cannot judge the workload "${workload.name}"`;
    const hint = `it judges ${judges.join(', ')}; without "checker", the workload brings its own`;
    findings.add({ rule: 'checker-mismatch', path: checker.path, at: 'key', message, hint });
  }
  checkCheckers(checkers, registry, findings);
  for (const { name, module, path } of faults.flatMap((fault) => fault.choices)) {
    if (module.needs === undefined || database === undefined) continue;
    const offered = database.module.abilities.map((ability) => `${database.name} offers ${ability}`);
    const able = offered.length === 0 ? `${database.name} has no processes of its own` : oneOf(offered);
    const { has, hint = able } = offerOf(draft, module.needs);
    const message = `${database.name} has nothing that can be ${{ kill: 'killed', pause: 'paused', promote: 'promoted' }[module.needs]}`;
    if (!has) findings.add({ rule: 'unsupported-fault', path, at: 'key', message: `"${name}": ${message}`, hint });
  }
  if (environment !== undefined && database !== undefined) checkPlace(environment, database, findings);
  if (environment?.settings !== undefined) {
    for (const { path, message } of environment.module.problems?.(environment.settings) ?? [])
      findings.add({ rule: 'module-settings', path: `${environment.path}.${path}`, message });
  }
  const around = surroundingsOf(draft);
  if (database?.settings === undefined || around === undefined) return;
  report(database.module.problems?.(database.settings, around) ?? [], database.path, findings);
}

/** What checkers themselves find wrong with their settings, those within others too. */
export function checkCheckers(
  checkers: readonly NamedModule<AnyChecker>[],
  { checkers: known }: Registry,
  findings: Findings,
): void {
  const every = allCheckers(checkers);
  const judged = { checkers: every.map(({ name }) => name), known: [...known.keys()] };
  for (const { module, settings, path } of every) {
    if (settings !== undefined) report(module.problems?.(settings, judged) ?? [], path, findings);
  }
}

/** What modules themselves find wrong with their settings. */
function report(problems: readonly SettingsProblem[], above: string, findings: Findings): void {
  for (const { path, message, hint, guess } of problems) {
    const keys = typeof path === 'string' ? [path].filter((key) => key !== '') : path;
    const at = keys.reduce<string>(childPath, above);
    const meant = guess === undefined ? hint : didYouMean(guess.word, guess.of);
    findings.add({ rule: 'module-settings', path: at, message, hint: meant });
  }
}

/**
 * Whether the database has a client for a workload, or an ability, in this plan; and what to do to have it. Where something
 * in its settings is wrong, it is given the benefit.
 */
export function offerOf(draft: Draft, name: string): { readonly has: boolean; readonly hint?: string | undefined } {
  const { module, settings } = draft.database ?? {};
  const names: readonly string[] = [...(module?.workloads ?? []), ...(module?.abilities ?? [])];
  if (!names.includes(name)) return { has: false };
  const around = surroundingsOf(draft);
  const hint = settings === undefined || around === undefined ? undefined : module?.lacks?.(settings, around)[name];
  return { has: hint === undefined, hint };
}

function surroundingsOf({ nodes, environment, workload }: Draft): Surroundings | undefined {
  if (nodes === undefined) return undefined;
  return { nodes, simulated: environment?.module.simulated === true, workload: useOf(workload) };
}

function useOf(workload: NamedModule<AnyWorkload> | undefined): WorkloadUse | undefined {
  if (workload?.settings === undefined) return undefined;
  const { name, module, settings } = workload;
  return { name, settings, operations: module.uses?.(settings) ?? Object.keys(module.ops) };
}

/** Whether the database can be run where the plan wants it. */
function checkPlace(
  { name, module: { simulated }, path }: NamedModule<AnyEnvironment>,
  { name: database, module }: NamedModule<AnyDatabase>,
  findings: Findings,
): void {
  if ((simulated ? module.model : module.deploy) !== undefined) return;
  const other = simulated ? module.deploy : module.model;
  const message = simulated
    ? `${database} cannot be simulated: it has no model`
    : `${database} can only be simulated, not be run in the ${name}`;
  const hint = simulated ? 'run it on real nodes: --env lab' : 'run it in the simulator: --env sim';
  findings.add({ rule: 'unsupported-environment', path, message, ...(other === undefined ? {} : { hint }) });
}
