import {
  ABILITIES,
  type Ability,
  type AnyDatabase,
  type AnyEnvironment,
  type AnyWorkload,
  type WorkloadUse,
} from '../../contract/index.ts';
import type { NamedModule } from '../blocks.ts';
import { didYouMean, oneOf } from '../guess.ts';
import type { Draft } from '../read-plan.ts';
import { childPath } from '../text/path.ts';
import type { Findings } from '../text/source.ts';

/** Whether the modules that the plan names go together. */
export function checkModules(
  { environment, database, workload, nodes, faults, checkers = [] }: Draft,
  findings: Findings,
): void {
  if (database !== undefined && workload !== undefined && !database.module.workloads.includes(workload.name)) {
    const message = `${database.name} has no client for the workload "${workload.name}"`;
    const hint = didYouMean(workload.name, database.module.workloads);
    findings.add({ rule: 'unsupported-workload', path: workload.path, at: 'key', message, hint });
  }
  if (database !== undefined && workload?.settings !== undefined) {
    for (const { ability, path } of workload.module.needs?.(workload.settings) ?? []) {
      const offer = offerOf(database, ability);
      if (offer.has) continue;
      const message = `${database.name} does not offer "${ability}": ${ABILITIES[ability]}`;
      const at = childPath(workload.path, path);
      findings.add({ rule: 'unsupported-workload', path: at, message, hint: offer.hint });
    }
  }
  for (const checker of checkers) {
    const { judges } = checker.module;
    if (workload === undefined || judges === 'any' || judges.includes(workload.name)) continue;
    const message = `the checker "${checker.name}" cannot judge the workload "${workload.name}"`;
    const hint = `it judges ${judges.join(', ')}; without "checker", the workload brings its own`;
    findings.add({ rule: 'checker-mismatch', path: checker.path, at: 'key', message, hint });
  }
  for (const { name, module, path } of faults.flatMap((fault) => fault.choices)) {
    if (module.needs === undefined || database === undefined) continue;
    const offer = offerOf(database, module.needs);
    if (offer.has) continue;
    const message = `${database.name} has nothing that can be ${{ kill: 'killed', pause: 'paused', promote: 'promoted' }[module.needs]}`;
    const hint = oneOf(database.module.abilities.map((ability) => `${database.name} offers ${ability}`));
    const able = database.module.abilities.length === 0 ? `${database.name} has no processes of its own` : hint;
    findings.add({
      ...{ rule: 'unsupported-fault', path, at: 'key', message: `"${name}": ${message}` },
      hint: offer.hint ?? able,
    });
  }
  if (environment !== undefined && database !== undefined) checkPlace(environment, database, findings);
  if (environment?.settings !== undefined) {
    for (const { path, message } of environment.module.problems?.(environment.settings) ?? [])
      findings.add({ rule: 'module-settings', path: `${environment.path}.${path}`, message });
  }
  if (database?.settings === undefined || nodes === undefined) return;
  const simulated = environment?.module.simulated === true;
  const found = database.module.problems?.(database.settings, nodes.length, simulated, useOf(workload)) ?? [];
  for (const { path, message, hint, guess } of found) {
    const keys = typeof path === 'string' ? [path].filter((key) => key !== '') : path;
    const at = keys.reduce<string>(childPath, database.path);
    const meant = guess === undefined ? hint : didYouMean(guess.word, guess.of);
    findings.add({ rule: 'module-settings', path: at, message, hint: meant });
  }
}

/** Whether the database has an ability with these settings, and what to do to have it; wrong settings are given the benefit. */
export function offerOf(
  { module, settings }: NamedModule<AnyDatabase>,
  ability: Ability,
): { readonly has: boolean; readonly hint?: string | undefined } {
  if (!module.abilities.includes(ability)) return { has: false };
  const hint = settings === undefined ? undefined : module.lacks?.(settings)[ability];
  return { has: hint === undefined, hint };
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
