import type { Registry } from '../contract/index.ts';
import { isMap } from './blocks.ts';
import { checkMachines, type InventoryFound, machinesOf } from './checks/machines.ts';
import { checkModules } from './checks/modules.ts';
import { checkNodes } from './checks/nodes.ts';
import { checkRepeats } from './checks/repeats.ts';
import { checkSecrets } from './checks/secrets.ts';
import { looksLikeInventory } from './inventory/recognize.ts';
import { makePlan, makeSketch } from './make-plan.ts';
import { applyOverrides, type Overrides } from './overrides.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import { type Draft, readPlan } from './read-plan.ts';
import { decode } from './text/decode.ts';
import { readYaml } from './text/read.ts';
import { Findings, type PlanSource } from './text/source.ts';

/** A plan's file: its name as it was given, and what is in it. */
export interface PlanFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface Parsed {
  /** There unless a problem is an error. */
  readonly plan?: Plan;
  /** There where a problem is an error, as far as the rules for schedules can be asked all the same: see `makeSketch`. */
  readonly sketch?: Plan;
  /** All of them, in the order of the text. */
  readonly problems: readonly Problem[];
  /** For `renderProblems`. */
  readonly source: PlanSource;
}

/**
 * Reads and validates a plan. All problems are found at once; nothing is thrown, nothing is run.
 * Overrides act before the validation, so that what they bring is checked like the rest.
 */
export function parsePlan({ file, bytes }: PlanFile, registry: Registry, overrides: Overrides = {}): Parsed {
  const decoded = decode(file, bytes);
  if ('problem' in decoded) return { problems: [decoded.problem], source: { file, text: '' } };
  const source = { file, text: decoded.text };
  const findings = new Findings(source);
  const made = planOf(decoded.text, file, registry, overrides, findings);
  const problems = findings.inOrder();
  if (made === undefined) return { problems, source };
  const refused = problems.some((problem) => problem.severity === 'error');
  return { ...(refused ? { sketch: made } : { plan: made }), problems, source };
}

/** What a file is, as far as it must be known before it is validated. Of one that cannot be read: a plan, without modules. */
export interface Outline {
  readonly kind: 'plan' | 'inventory';
  /** The modules that a plan names: they must be loaded before. */
  readonly modules: readonly string[];
  /** Whether a plan names an inventory. */
  readonly inventory: boolean;
}

export function outlineOf({ file, bytes }: PlanFile): Outline {
  const decoded = decode(file, bytes);
  const value = 'problem' in decoded ? undefined : readYaml(decoded.text, new Findings({ file, text: decoded.text }));
  const environments = isMap(value) && isMap(value.environment) ? Object.values(value.environment) : [];
  return {
    kind: looksLikeInventory(value) ? 'inventory' : 'plan',
    modules: namedModules(value),
    inventory: environments.some((settings) => isMap(settings) && Object.hasOwn(settings, 'inventory')),
  };
}

function listedModules(value: unknown): unknown[] {
  return isMap(value) && Array.isArray(value.modules) ? value.modules : [];
}

function namedModules(value: unknown): string[] {
  return listedModules(value).filter((path) => typeof path === 'string');
}

function planOf(text: string, file: string, registry: Registry, overrides: Overrides, findings: Findings) {
  const value = readYaml(text, findings);
  if (value === undefined) return undefined;
  if (isMap(value)) applyOverrides(value as Record<string, unknown>, overrides, findings);
  for (const [index, name] of listedModules(value).entries()) {
    const failure = overrides.moduleFailures?.get(String(name));
    const problem = { rule: 'bad-module', path: `modules[${index}]` } as const;
    if (failure !== undefined) findings.add({ ...problem, message: `the module ${name} cannot be used: ${failure}` });
  }
  const unloaded = namedModules(value).length > 0 && overrides.modulesAllowed !== true;
  const reading = { findings, registry, unloaded };
  const draft = readPlan(value, reading);
  if (draft === undefined) return undefined;
  checkModules(draft, registry, findings);
  checkNodes(draft, findings);
  checkRepeats(draft, findings);
  checkSecrets(draft, findings);
  const found = inventoryOf(draft, overrides);
  checkMachines(draft, found, findings);
  const machines = draft.nodes && machinesOf(draft.nodes, found);
  return findings.failedBelow('') ? makeSketch(draft, file, reading) : makePlan(draft, file, reading, machines);
}

function inventoryOf({ environment, nodes }: Draft, { inventoryFor }: Overrides): InventoryFound {
  if (environment?.module.inventoried !== true) return undefined;
  const { inventory } = (environment.given ?? {}) as { readonly inventory?: unknown };
  return inventoryFor?.(typeof inventory === 'string' ? inventory : undefined, nodes);
}
