import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { assert } from '../base/assert.ts';
import { messageOf, PlanRunError } from '../base/errors.ts';
import type { Inventory, Registry } from '../contract/index.ts';
import {
  type InventoryFound,
  type Overrides,
  outlineOf,
  type Plan,
  type PlanFile,
  type PlanSource,
  type Problem,
  problemForFile,
} from '../plan/index.ts';
import type { Timeline } from '../timeline/index.ts';
import { validatePlan } from '../timeline/validate.ts';
import type { Purpose } from './inventory.ts';
import type { PlanOptions } from './main.ts';
import type { Outside } from './outside.ts';
import { readPlanFile } from './read.ts';
import { makeRegistry } from './registry.ts';

/** A plan file as far as it could be read: plan and timeline are there where no problem is an error. */
export interface Loaded {
  readonly file: string;
  /** Those of its inventory, too. */
  readonly problems: readonly Problem[];
  /** The text of the plan first. */
  readonly sources: readonly PlanSource[];
  readonly ready?: Ready;
}

export interface Ready {
  readonly plan: Plan;
  readonly timeline: Timeline;
  readonly registry: Registry;
  /** There where its nodes are machines. */
  readonly inventory?: Inventory;
}

/**
 * Reads, validates and compiles plan files. Starts nothing; loads outside modules only when allowed. What they are
 * loaded for tells what must be there of their inventories.
 */
export async function loadPlans(
  patterns: readonly string[],
  options: PlanOptions,
  purpose: Purpose = 'review',
): Promise<Loaded[]> {
  const files = await expand(patterns);
  const own = makeRegistry();
  return Promise.all(files.map((file) => loadPlan(file, own, options, purpose)));
}

/** As `loadPlans`, to review them; inventories may be among them. */
export async function loadFiles(patterns: readonly string[], options: PlanOptions): Promise<Loaded[]> {
  const files = await expand(patterns);
  const own = makeRegistry();
  return Promise.all(
    files.map(async (file) => {
      const read = readGiven(file);
      if ('problems' in read) return read;
      if (outlineOf(read).kind === 'plan') return loadGiven(read, own, options);
      const { problems, source } = (await import('./inventory.ts')).inventoryOf(read, 'review');
      return { file, problems, sources: [source] };
    }),
  );
}

async function loadPlan(file: string, own: Registry, options: PlanOptions, purpose: Purpose): Promise<Loaded> {
  const read = readGiven(file);
  return 'problems' in read ? read : loadGiven(read, own, options, purpose);
}

/** A plan's file with what is in it now; or, as a plan that could not be loaded, why it cannot be read. */
export function readGiven(file: string): PlanFile | Loaded {
  try {
    return { file, bytes: readPlanFile(file) };
  } catch (error) {
    return { file, problems: [problemForFile(file, error)], sources: [] };
  }
}

/** Validates and compiles what is in a plan's file. `own` are the modules of the house. @throws PlanRunError `usage`. */
export async function loadGiven(
  given: PlanFile,
  own: Registry,
  options: PlanOptions,
  purpose: Purpose = 'review',
): Promise<Loaded> {
  const { file } = given;
  const { modules: named, inventory: listed } = outlineOf(given);
  const outside = named.length > 0 && options.allowModules ? await outsideOf(file, named, own) : undefined;
  const registry = outside === undefined ? own : makeRegistry(outside.modules);
  const asked = options.inventory !== undefined || options.set?.some((text) => text.startsWith('environment'));
  const inventories = listed || asked ? await import('./inventory.ts') : undefined;
  let found: InventoryFound;
  const overrides: Overrides = {
    ...(options.set === undefined ? {} : { set: options.set }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...environmentOf(options, registry),
    inventoryFor(named, nodes) {
      const path = options.inventory ?? (named && beside(file, named));
      if (path === undefined) found = NO_INVENTORY[purpose];
      else {
        assert(inventories !== undefined, 'whoever names an inventory was seen to do so');
        found = inventories.readInventory(path, purpose, nodes);
      }
      return found;
    },
    modulesAllowed: options.allowModules === true,
    ...(outside === undefined ? {} : { moduleFailures: outside.failures }),
  };
  try {
    const { problems, source, ready } = validatePlan(given, registry, overrides);
    // A plan that is none does not ask for it.
    if (found === undefined && options.inventory !== undefined) {
      found = inventories?.readInventory(options.inventory, purpose);
    }
    const inventory = typeof found === 'object' ? found : undefined;
    const all = [...problems, ...(inventory?.problems ?? [])];
    const sources = [source, ...(inventory === undefined ? [] : [inventory.source])];
    if (ready === undefined || hasErrors(all)) return { file, problems: all, sources };
    const machines = inventory?.inventory && { inventory: inventory.inventory };
    return { file, problems: all, sources, ready: { ...ready, registry, ...machines } };
  } catch (error) {
    // Our own modules do not throw here; one that the plan brings, and has brought itself in, is the plan's problem.
    if (outside === undefined || outside.modules.length === 0) throw error;
    const failures = new Map(named.map((path) => [path, `it, or another one, failed: ${messageOf(error)}`]));
    const { problems, source } = validatePlan(given, own, { ...overrides, moduleFailures: failures });
    return { file, problems: problems.filter(({ rule }) => rule === 'bad-module'), sources: [source] };
  }
}

/** A plan may be reviewed without the inventory that it will run by. */
const NO_INVENTORY: Readonly<Record<Purpose, InventoryFound>> = {
  review: undefined,
  look: 'missing',
  break: 'missing',
};

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error');
}

/** Who names machines wants to run on them. @throws PlanRunError `usage` where the environment has none. */
function environmentOf({ env, inventory }: PlanOptions, { environments }: Registry): Overrides {
  if (inventory === undefined) return env === undefined ? {} : { environment: env };
  const module = env === undefined ? undefined : environments.get(env);
  if (module !== undefined && !module.inventoried) {
    throw new PlanRunError('usage', `--inventory names machines, and the environment "${env}" has none of them`, {
      hint: 'leave out one of the two; --inventory alone runs the plan on the machines',
    });
  }
  const usual = [...environments.values()].find(({ inventoried }) => inventoried)?.name;
  const environment = env ?? usual;
  return environment === undefined ? {} : { environment, inventory };
}

/** A path relative to a file. */
function beside(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

async function outsideOf(file: string, named: readonly string[], own: Registry): Promise<Outside> {
  return (await import('./outside.ts')).loadOutside(file, named, own);
}

/** Files as they were named, each once; what looks like a glob is expanded, in the order of names. */
export async function expand(patterns: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const pattern of patterns) {
    // a file may really have brackets in its name: the shell may have named it
    if (!/[*?{}[\]]/.test(pattern) || existsSync(pattern)) files.push(pattern);
    else {
      const { glob } = await import('tinyglobby');
      const found = await glob(pattern, { expandDirectories: false });
      // a pattern that matches nothing is an error of its own
      files.push(...(found.length > 0 ? found.sort() : [pattern]));
    }
  }
  return [...new Map(files.toReversed().map((file) => [resolve(file), file])).values()].toReversed();
}
