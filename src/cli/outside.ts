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

type Values = Readonly<Record<string, unknown>>;
type Member = readonly [name: string, is: (value: unknown) => boolean];

const callable = (...names: string[]): Member[] => names.map((name) => [name, (value) => typeof value === 'function']);
const list = (...names: string[]): Member[] => names.map((name) => [name, Array.isArray]);
const map = (...names: string[]): Member[] =>
  names.map((name) => [name, (value) => typeof value === 'object' && value !== null]);

/** What a module of each kind must have: the types of `contract/`, for those who write JavaScript. */
const MEMBERS: Readonly<Record<AnyModule['kind'], readonly Member[]>> = {
  environment: callable('doctor', 'open'),
  database: list('workloads', 'abilities', 'requires'),
  workload: [...map('ops'), ...list('checkers'), ...callable('count', 'generator', 'finalReads')],
  nemesis: callable('compile', 'effect', 'inject'),
  checker: [['judges', (value) => value === 'any' || Array.isArray(value)], ...callable('check', 'text')],
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
        const lacks = MEMBERS[module.kind].find(([name, is]) => !is((module as unknown as Values)[name]))?.[0];
        if (lacks !== undefined)
          throw new Error(`the ${module.kind} "${module.name}" has no "${lacks}", or not as it should be`);
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
  return typeof settings === 'object' && settings !== null;
}
