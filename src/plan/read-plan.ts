import { parseRatePerS } from '../base/units.ts';
import type { AnyChecker, AnyDatabase, AnyEnvironment, AnyWorkload } from '../contract/index.ts';
import {
  checkerRules,
  isMap,
  type NamedModule,
  type Reading,
  readBlock,
  reportStrangers,
  type Values,
} from './blocks.ts';
import { type ReadFault, readFaults } from './faults.ts';
import { didYouMean } from './guess.ts';
import { looksLikeInventory } from './inventory/recognize.ts';
import { BLOCKS, NODES_DEFAULT, PLAN_KEYS, WORKLOAD_KEYS } from './language.ts';
import { missingKey } from './settings/translate.ts';
import { validate } from './settings/validate.ts';
import { foundWords } from './settings/words.ts';
import type { Findings } from './text/source.ts';

/** A plan as far as it could be read: what is wrong is left out, so that the rest can still be checked. */
export interface Draft {
  /** The top's own keys, with their defaults. */
  readonly top: Values | undefined;
  readonly environment: NamedModule<AnyEnvironment> | undefined;
  readonly nodes: readonly string[] | undefined;
  readonly database: NamedModule<AnyDatabase> | undefined;
  readonly workload: NamedModule<AnyWorkload> | undefined;
  /** The workload's common keys, with their defaults. */
  readonly pace: Values | undefined;
  readonly ratePerS: number | undefined;
  /** Whether the plan says that there is no rate. */
  readonly unpaced: boolean;
  readonly faults: readonly ReadFault[];
  /** Undefined where the plan names none: the workload brings its own. */
  readonly checkers: readonly NamedModule<AnyChecker>[] | undefined;
}

/** Reads the plan's plain value by the language. Everything wrong is reported; undefined where it is no plan at all. */
export function readPlan(value: unknown, reading: Reading): Draft | undefined {
  const { findings, registry } = reading;
  if (!isPlan(value, findings)) return undefined;
  const own = Object.keys(PLAN_KEYS.properties);
  const misspelled = reportStrangers(value, [...own, ...Object.keys(BLOCKS)], reading);
  for (const [key, expected] of Object.entries(REQUIRED_BLOCKS)) {
    const missing = !Object.hasOwn(value, key) && !misspelled.includes(key);
    if (missing) findings.add({ path: '', ...missingKey(key, '', { properties: { [key]: { expected } } }) });
  }
  const given = Object.fromEntries(Object.entries(value).filter(([key]) => own.includes(key)));
  // `plan` itself misspelled is one problem, not two.
  const version = misspelled.includes('plan') ? { plan: 1 } : {};
  const top = validate(PLAN_KEYS, { ...version, ...given }, '', findings) as Values | undefined;
  const databaseRules = { kind: 'database', modules: registry.databases };
  const database = 'database' in value ? readBlock(value.database, 'database', databaseRules, reading) : undefined;
  const workloadRules = { kind: 'workload', modules: registry.workloads, common: WORKLOAD_KEYS };
  const workload = 'workload' in value ? readBlock(value.workload, 'workload', workloadRules, reading) : undefined;
  const checker = 'checker' in value ? readBlock(value.checker, 'checker', checkerRules(reading), reading) : undefined;
  const rate = workload?.common?.rate;
  const ratePerS = typeof rate === 'string' ? parseRatePerS(rate) : undefined;
  const unpaced = ratePerS === Number.POSITIVE_INFINITY;
  return {
    top,
    environment: readEnvironment(value.environment, reading),
    nodes: findings.failedBelow('nodes') ? undefined : nodeNames(value.nodes ?? NODES_DEFAULT),
    database: onlyOf(database?.modules),
    workload: onlyOf(workload?.modules),
    pace: workload?.common,
    ratePerS: unpaced ? undefined : ratePerS,
    unpaced,
    faults: 'faults' in value ? readFaults(value.faults, reading) : [],
    checkers: checker?.modules,
  };
}

const REQUIRED_BLOCKS = {
  database: 'the database under test, such as `database: { redis: {} }`',
  workload: 'what the clients do, such as `workload: { set: {} }`',
};

/** Whether it is worth reading as a plan; else one problem says what it is instead. */
export function isPlan(value: unknown, findings: Findings): value is Values {
  if (!isMap(value)) {
    const message = `a plan is a map of keys (plan: 1, database: ...), this is ${foundWords(value)}`;
    findings.add({ rule: 'wrong-type', path: '', message, hint: 'is it the right file?' });
    return false;
  }
  const keys = Object.keys(value);
  if (keys.some((key) => key === 'plan' || Object.hasOwn(BLOCKS, key))) return true;
  if (looksLikeInventory(value)) {
    const hint = 'a plan stands before it: plan-run PLAN --inventory INVENTORY';
    findings.add({ rule: 'wrong-kind', path: '', message: 'this is an inventory, not a plan', hint });
    return false;
  }
  const shown = keys.length === 0 ? 'it has no keys' : `its keys are ${keys.slice(0, 5).join(', ')}`;
  const hint = 'a plan begins with `plan: 1`; is it the right file?';
  findings.add({ rule: 'wrong-kind', path: '', message: `this is not a plan: ${shown}`, hint });
  return false;
}

function onlyOf<T>(items: readonly T[] | undefined): T | undefined {
  return items?.length === 1 ? items[0] : undefined;
}

/** The environment by its name or as a block; the registry's first where the plan names none. */
function readEnvironment(value: unknown, reading: Reading): NamedModule<AnyEnvironment> | undefined {
  const { registry, findings } = reading;
  const names = [...registry.environments.keys()];
  const name = value === undefined ? names[0] : value;
  if (typeof name !== 'string') {
    const rules = { kind: 'environment', modules: registry.environments };
    return onlyOf(readBlock(value, 'environment', rules, reading).modules);
  }
  const module = registry.environments.get(name);
  if (module !== undefined) {
    const path = 'environment';
    return { name, module, path, given: {}, inner: [], settings: validate(module.settings, {}, path, findings) };
  }
  const message = `there is no environment "${name}"`;
  findings.add({ rule: 'unknown-module', path: 'environment', message, hint: didYouMean(name, names) });
  return undefined;
}

function nodeNames(nodes: unknown): string[] {
  return Array.isArray(nodes) ? nodes : Array.from({ length: nodes as number }, (_, index) => `n${index + 1}`);
}
