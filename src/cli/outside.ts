import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../base/errors.ts';
import type { AnyModule, Registry } from '../contract/index.ts';

const KINDS: Readonly<Record<AnyModule['kind'], keyof Registry>> = {
  environment: 'environments',
  database: 'databases',
  workload: 'workloads',
  nemesis: 'nemeses',
  checker: 'checkers',
};

/** The modules that a plan brings, and by its path why one cannot be used. */
export interface Outside {
  readonly modules: readonly AnyModule[];
  readonly failures: ReadonlyMap<string, string>;
}

/** Loads ES modules that export module objects, by their paths relative to the plan's file. This runs their code. */
export async function loadOutside(planFile: string, named: readonly string[], own: Registry): Promise<Outside> {
  const modules: AnyModule[] = [];
  const failures = new Map<string, string>();
  const isTaken = ({ kind, name }: AnyModule) =>
    own[KINDS[kind]].has(name) || modules.some((one) => one.kind === kind && one.name === name);
  for (const path of new Set(named)) {
    try {
      const exported: object = await import(pathToFileURL(resolve(planFile, '..', path)).href);
      const found = Object.values(exported).filter(isModule);
      if (found.length === 0) throw new Error('it exports no module (an object with kind, name and settings)');
      for (const module of found) {
        if (isTaken(module)) throw new Error(`there is a ${module.kind} with the name "${module.name}" already`);
        modules.push(module);
      }
    } catch (error) {
      failures.set(path, messageOf(error).replace(/ imported from .*/s, ''));
    }
  }
  return { modules, failures };
}

function isModule(value: unknown): value is AnyModule {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, name, settings } = value as { kind?: unknown; name?: unknown; settings?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind) || typeof name !== 'string') return false;
  // an environment has none
  return kind === 'environment' || (typeof settings === 'object' && settings !== null);
}
