import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, PlanRunError } from '../base/errors.ts';
import type { AnyModule, Registry } from '../contract/index.ts';
import { modulesOf, type Plan, type PlanSource, type Problem, parsePlan, problemForFile } from '../plan/index.ts';
import { compile } from '../timeline/compile.ts';
import type { Timeline } from '../timeline/index.ts';
import { lint } from '../timeline/lint/index.ts';
import type { PlanOptions } from './main.ts';
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
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return { file, problems: [problemForFile(file, error)] };
  }
  const named = modulesOf({ file, bytes });
  const registry = named.length > 0 && options.allowModules ? await withModules(file, named) : own;
  const { plan, problems, source } = parsePlan({ file, bytes }, registry, {
    ...(options.set === undefined ? {} : { set: options.set }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.env === undefined ? {} : { environment: options.env }),
    modulesAllowed: options.allowModules === true,
  });
  if (plan === undefined) return { file, problems, source };
  const timeline = compile(plan, registry);
  const all = [...problems, ...lint(timeline, plan)];
  if (all.some((problem) => problem.severity === 'error')) return { file, problems: all, source };
  return { file, problems: all, source, ready: { plan, timeline, registry } };
}

/** The registry with a plan's outside modules, which are ES modules that export module objects. */
async function withModules(planFile: string, named: readonly string[]): Promise<Registry> {
  const outside: AnyModule[] = [];
  for (const name of named) {
    const path = resolve(planFile, '..', name);
    try {
      const exported: Record<string, unknown> = await import(pathToFileURL(path).href);
      const modules = Object.values(exported).filter(isModule);
      if (modules.length === 0) throw new Error('it exports no module (an object with kind, name and settings)');
      outside.push(...modules);
    } catch (cause) {
      throw new PlanRunError('refused', `${planFile}: cannot load the module ${name}: ${messageOf(cause)}`, { cause });
    }
  }
  return makeRegistry(outside);
}

function isModule(value: unknown): value is AnyModule {
  const module = value as Partial<AnyModule> | null;
  return typeof module === 'object' && typeof module?.kind === 'string' && typeof module.name === 'string';
}

/** Files as they were named; what looks like a glob is expanded, in the order of names. */
async function expand(patterns: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const pattern of patterns) {
    if (!/[*?{}[\]]/.test(pattern)) files.push(pattern);
    else {
      const { glob } = await import('tinyglobby');
      const found = await glob(pattern, { expandDirectories: false });
      // A file may really have brackets in its name; and a glob that matches nothing is an error of its own.
      files.push(...(found.length > 0 ? found.sort() : [pattern]));
    }
  }
  return [...new Set(files)];
}
