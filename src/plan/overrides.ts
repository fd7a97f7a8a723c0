import { parseDocument } from 'yaml';
import { isMap } from './blocks.ts';
import type { InventoryFound } from './checks/machines.ts';
import { foundWords } from './settings/words.ts';
import { childPath } from './text/path.ts';
import type { Findings } from './text/source.ts';

/** What the command line changes in a plan, before it is validated. */
export interface Overrides {
  /** `database.redis.wait=2`, `faults[0].at=3s`: a path, `=`, and a value that is read as YAML. */
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly environment?: string;
  /** The inventory that takes the place of the one that the plan names; goes with an `environment` that takes one. */
  readonly inventory?: string;
  /** Reads the inventory that the plan names for these nodes, or the one that takes its place; undefined where there is none. */
  readonly inventoryFor?: (named: string | undefined, nodes: readonly string[] | undefined) => InventoryFound;
  /** Whether modules that the plan names were loaded into the registry; else a hint says how. Default: false. */
  readonly modulesAllowed?: boolean;
  /** Why a module that the plan names could not be loaded, by its path as the plan has it. */
  readonly moduleFailures?: ReadonlyMap<string, string>;
}

/** Applies the overrides to the plan's plain value, in place, and remembers where each value came from. */
export function applyOverrides(plan: Record<string, unknown>, overrides: Overrides, findings: Findings): void {
  // `environment: sim` is short for `environment: {sim: {}}`, in which something can be set.
  const below = overrides.set?.some((text) => /^environment\s*\./.test(text));
  if (below && typeof plan.environment === 'string') plan.environment = { [plan.environment]: {} };
  for (const text of overrides.set ?? []) {
    const result = set(plan, text);
    if ('path' in result) findings.overrides.set(result.path, `--set ${text}`);
    else findings.addAt([0, 1], { rule: 'bad-override', path: '', ...result }, `--set ${text}`);
  }
  const put = (key: string, flag: string, given: unknown, value = given) => {
    if (given === undefined) return;
    plan[key] = value;
    findings.overrides.set(key, `${flag} ${given}`);
  };
  put('seed', '--seed', overrides.seed);
  const { environment: name, inventory } = overrides;
  const flag = inventory === undefined ? '--env' : '--inventory';
  put('environment', flag, name && (inventory ?? name), chosen(plan.environment, name, inventory));
}

/** The environment that the command line names, with the settings that the plan has for it, if it has any. */
function chosen(environment: unknown, name: string | undefined, inventory: string | undefined): unknown {
  const given =
    name !== undefined && isMap(environment) && Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (inventory !== undefined && name !== undefined) return { [name]: { ...(isMap(given) ? given : {}), inventory } };
  return name !== undefined && given !== undefined ? { [name]: given } : name;
}

type Step = string | number;

/** Sets one value. @returns the path of what is new in the plan, or why it cannot be set. */
function set(plan: Record<string, unknown>, text: string): { path: string } | { message: string; hint: string } {
  const equals = text.indexOf('=');
  const steps = equals < 0 ? undefined : stepsOf(text.slice(0, equals));
  if (steps === undefined) {
    const message = '--set wants a path in the plan, = and a value';
    return { message, hint: 'such as --set database.redis.wait=2' };
  }
  const value = yamlValue(text.slice(equals + 1));
  if (value === undefined) {
    return { message: 'the value behind = is not YAML, or has a tag', hint: 'put text with signs in it in quotes' };
  }
  const refusal = misfitIn(plan, steps);
  if (refusal !== undefined) return refusal;
  let holder: Record<Step, unknown> = plan;
  let path = '';
  let made: string | undefined;
  for (const [index, step] of steps.entries()) {
    path = childPath(path, step);
    if (!Object.hasOwn(holder, step)) made ??= path;
    // a key without a value, such as `redis:`, holds an empty map
    if (index === steps.length - 1) holder[step] = value;
    else if (!Object.hasOwn(holder, step) || holder[step] === null) {
      holder[step] = typeof steps[index + 1] === 'number' ? [] : {};
    }
    holder = holder[step] as Record<Step, unknown>;
  }
  return { path: made ?? path };
}

/** The plain value of a piece of YAML; undefined where it is none. Aliases have nothing to name there. */
function yamlValue(text: string): unknown {
  try {
    const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent', schema: 'core' });
    // A warning is a tag that nobody knows.
    const wrong = document.errors.length + document.warnings.length > 0;
    return wrong ? undefined : document.toJS({ maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}

/** `faults[0].at` as keys and indexes; undefined where the path is malformed. */
function stepsOf(path: string): Step[] | undefined {
  if (!/^[\w-]+(\.[\w-]+|\[\d+\])*$/.test(path) || path.includes('__proto__')) return undefined;
  return [...path.matchAll(/([\w-]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}

/** Why a value cannot be set there, before anything is changed. What is not there yet can be made: a list from its [0]. */
function misfitIn(plan: unknown, steps: readonly Step[]): { message: string; hint: string } | undefined {
  let holder: unknown = plan;
  let path = '';
  for (const step of steps) {
    const next = typeof step === 'number' ? [] : {};
    const refusal = misfit(holder ?? next, step, path);
    if (refusal !== undefined) return refusal;
    holder = (holder as Record<Step, unknown> | undefined | null)?.[step];
    path = childPath(path, step);
  }
  return undefined;
}

/** Why `step` cannot be taken from `holder`, and what to do. */
function misfit(holder: unknown, step: Step, path: string): { message: string; hint: string } | undefined {
  const where = path === '' ? 'the plan' : path;
  const hint = 'the path must lead to a key of the plan, or to a new one';
  if (typeof step === 'number') {
    if (!Array.isArray(holder))
      return { message: `${where} holds ${foundWords(holder)}, so it has no item [${step}]`, hint };
    // one behind the last adds an item
    if (step <= holder.length) return undefined;
    const items = `${holder.length} ${holder.length === 1 ? 'item' : 'items'}`;
    return { message: `${where} has ${items}, so there is no [${step}]`, hint: 'items count from [0]' };
  }
  if (typeof holder === 'object' && holder !== null && !Array.isArray(holder)) return undefined;
  return { message: `${where} holds ${foundWords(holder)}, so it has no key "${step}"`, hint };
}
