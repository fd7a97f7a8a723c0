import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../base/errors.ts';
import type { Registry } from '../contract/index.ts';
import { modulesOf, type Plan, type PlanFile, type PlanSource, type Problem, problemForFile } from '../plan/index.ts';
import type { Timeline } from '../timeline/index.ts';
import { validatePlan } from '../timeline/validate.ts';
import type { PlanOptions } from './main.ts';
import type { Outside } from './outside.ts';
import { readPlanFile } from './read.ts';
import { makeRegistry } from './registry.ts';

/** A plan file as far as it could be read: plan and timeline are there where no problem is an error. */
export interface Loaded {
  readonly file: string;
  readonly problems: readonly Problem[];
  readonly source?: PlanSource;
  readonly ready?: { readonly plan: Plan; readonly timeline: Timeline; readonly registry: Registry };
}

/** Reads, validates and compiles plan files. Starts nothing; loads outside modules only when allowed. */
export async function loadPlans(patterns: readonly string[], options: PlanOptions): Promise<Loaded[]> {
  const files = await expand(patterns);
  const own = makeRegistry();
  return Promise.all(files.map((file) => loadPlan(file, own, options)));
}

async function loadPlan(file: string, own: Registry, options: PlanOptions): Promise<Loaded> {
  const read = readGiven(file);
  return 'problems' in read ? read : loadGiven(read, own, options);
}

/** A plan's file with what is in it now; or, as a plan that could not be loaded, why it cannot be read. */
export function readGiven(file: string): PlanFile | Loaded {
  try {
    return { file, bytes: readPlanFile(file) };
  } catch (error) {
    return { file, problems: [problemForFile(file, error)] };
  }
}

/** Validates and compiles what is in a plan's file. `own` are the modules of the house. */
export async function loadGiven(given: PlanFile, own: Registry, options: PlanOptions): Promise<Loaded> {
  const { file } = given;
  const named = modulesOf(given);
  const outside = named.length > 0 && options.allowModules ? await outsideOf(file, named, own) : undefined;
  const registry = outside === undefined ? own : makeRegistry(outside.modules);
  const overrides = {
    ...(options.set === undefined ? {} : { set: options.set }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(environmentOf(options) === undefined ? {} : { environment: environmentOf(options)! }),
    modulesAllowed: options.allowModules === true,
    ...(outside === undefined ? {} : { moduleFailures: outside.failures }),
  };
  try {
    const { problems, source, ready } = validatePlan(given, registry, overrides);
    return { file, problems, source, ...(ready === undefined ? {} : { ready: { ...ready, registry } }) };
  } catch (error) {
    // Our own modules do not throw here; one that the plan brings, and has brought itself in, is the plan's problem.
    if (outside === undefined || outside.modules.length === 0) throw error;
    const failures = new Map(named.map((path) => [path, `it, or another one, failed: ${messageOf(error)}`]));
    const { problems, source } = validatePlan(given, own, { ...overrides, moduleFailures: failures });
    return { file, problems: problems.filter(({ rule }) => rule === 'bad-module'), source };
  }
}

/** Who names machines wants to run on them. */
function environmentOf({ env, inventory }: PlanOptions): string | undefined {
  return env ?? (inventory === undefined ? undefined : 'ssh');
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
