/** A block is made of common keys and keys that name modules: `redis: {...}` under `database`. */
import type { AnyChecker, Registry } from '../contract/index.ts';
import { didYouMean, nearest, oneOf } from './guess.ts';
import { FAULT_KEYS, PLAN_KEYS, WORKLOAD_KEYS } from './language.ts';
import { unknownKey } from './settings/translate.ts';
import { validate } from './settings/validate.ts';
import { foundWords, type Schema } from './settings/words.ts';
import { childPath } from './text/path.ts';
import type { Findings } from './text/source.ts';

export type Values = Readonly<Record<string, unknown>>;

/** A module as a block names it. `settings` has its defaults; undefined where something in it is wrong. */
export interface NamedModule<M = Module> {
  readonly name: string;
  readonly module: M;
  readonly path: string;
  /** As the plan has them. */
  readonly given: unknown;
  readonly settings: unknown;
  /** The checkers that its settings name. */
  readonly inner: readonly NamedModule<AnyChecker>[];
}

export interface Block<M> {
  /** The common keys, with their defaults; undefined where something in them is wrong. */
  readonly common: Values | undefined;
  readonly modules: readonly NamedModule<M>[];
  /** What the keys that mean nothing were probably meant to be. */
  readonly misspelled: readonly (string | undefined)[];
}

interface Module {
  readonly name: string;
  readonly settings: object;
}

export interface BlockRules<M> {
  /** What the module is to a reader: `database`, `nemesis`, ... */
  readonly kind: string;
  readonly modules: ReadonlyMap<string, M>;
  readonly common?: object;
  /** Keys that somebody else reads. */
  readonly others?: readonly string[];
  /** How many modules it may name; `none` where `others` stands for one. Default: one. */
  readonly count?: 'one' | 'many' | 'none';
}

export interface Reading {
  readonly findings: Findings;
  readonly registry: Registry;
  /** Whether the plan names modules of its own that were not loaded. */
  readonly unloaded: boolean;
}

/** Reads the block at `path`. Everything wrong with it is reported. */
export function readBlock<M extends Module>(
  value: unknown,
  path: string,
  rules: BlockRules<M>,
  reading: Reading,
): Block<M> {
  const { findings } = reading;
  if (!isMap(value)) {
    const example = typeof value === 'string' && rules.modules.has(value) ? `${value}: {}` : undefined;
    const article = /^[aeiou]/.test(rules.kind) ? 'an' : 'a';
    const message = `expected a block that names ${article} ${rules.kind}, got ${foundWords(value)}`;
    const names = [...rules.modules.keys()];
    const hint = example === undefined ? oneOf(names) : `write "${example}" on a line of its own below`;
    findings.add({ rule: 'wrong-type', path, message, hint });
    return { common: undefined, modules: [], misspelled: [] };
  }
  const commonKeys = Object.keys((rules.common as Schema | undefined)?.properties ?? {});
  const common = Object.fromEntries(Object.entries(value).filter(([key]) => commonKeys.includes(key)));
  const named = Object.keys(value).filter((key) => rules.modules.has(key));
  const strangers = Object.keys(value).filter(
    (key) => !commonKeys.includes(key) && !named.includes(key) && !rules.others?.includes(key),
  );
  const missing = rules.count !== 'none' && named.length === 0;
  const known = [...commonKeys, ...(rules.others ?? []), ...rules.modules.keys()];
  const misspelled = strangers.map((key) => nearest(key, known));
  let unnamed = missing;
  // What stands below a misspelled name is read as if it were spelled well: all problems are to be found at once.
  const meant = named.map((key) => ({ key, name: key }));
  for (const [index, key] of strangers.entries()) {
    const elsewhere = placesOf(key, path, reading.registry);
    const guess = misspelled[index];
    const isName = missing && elsewhere.length === 0 && (guess === undefined || rules.modules.has(guess));
    if (isName) unnamed = false;
    if (isName && guess !== undefined) meant.push({ key, name: guess });
    findings.add(
      isName
        ? unknownModule(key, path, rules, reading.unloaded)
        : { path, ...unknownKey(key, path, known), ...belongs(key, elsewhere, guess) },
    );
  }
  if (unnamed) {
    const message = `${path === '' ? 'this' : path} names no ${rules.kind}`;
    findings.add({ rule: 'no-module', path, at: 'key', message, hint: oneOf([...rules.modules.keys()]) });
  }
  if (rules.count !== 'many' && named.length > 1) {
    const message = `${path} names ${named.length} modules (${named.join(', ')}); it takes one`;
    const own = /\.mix\[\d+\]$/.test(path) ? 'an item of its own' : 'a fault of its own, with its times';
    const hint = rules.kind === 'nemesis' ? `give each ${own}` : undefined;
    findings.add({ rule: 'several-modules', path: childPath(path, named[1]!), at: 'key', message, hint });
  }
  return {
    misspelled,
    common: rules.common === undefined ? {} : (validate(rules.common, common, path, findings) as Values | undefined),
    modules: meant.map(({ key, name }) => {
      const module = rules.modules.get(name)!;
      const modulePath = childPath(path, key);
      // `redis:` without a value is `redis: {}`
      const given = value[key] ?? {};
      return { name, module, path: modulePath, given, ...readSettings(module, given, modulePath, reading) };
    }),
  };
}

/** A module's settings with their defaults, and the checkers that they name (`CheckerBlock`). Everything wrong is reported. */
export function readSettings(
  { settings: schema }: Module,
  given: unknown,
  path: string,
  reading: Reading,
): Pick<NamedModule, 'settings' | 'inner'> {
  const settings = validate(schema, given, path, reading.findings);
  const blocks = Object.entries((schema as Schema).properties ?? {}).filter(([, { block }]) => block === 'checker');
  let wrong = settings === undefined;
  const inner: NamedModule<AnyChecker>[] = [];
  const read: Record<string, unknown> = {};
  for (const [key] of blocks) {
    const value = isMap(given) ? given[key] : undefined;
    if (!isMap(value)) continue;
    const { modules, misspelled } = readBlock(value, childPath(path, key), checkerRules(reading), reading);
    inner.push(...modules);
    read[key] = Object.fromEntries(modules.map((one) => [one.name, one.settings]));
    wrong ||= modules.length === 0 || misspelled.length > 0 || modules.some((one) => one.settings === undefined);
  }
  if (blocks.length === 0) return { settings, inner };
  return { settings: wrong ? undefined : { ...(settings as Values), ...read }, inner };
}

/** A block of checkers, the plan's own or one within another checker. */
export function checkerRules({ registry }: Reading): BlockRules<AnyChecker> {
  return { kind: 'checker', modules: registry.checkers, count: 'many' };
}

/** Checkers with those within them. */
export function allCheckers(checkers: readonly NamedModule<AnyChecker>[]): NamedModule<AnyChecker>[] {
  return checkers.flatMap((one) => [one, ...allCheckers(one.inner)]);
}

export function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reports the top's keys that are not its own: where each would belong, or what it was meant to be.
 * @returns the keys that were meant.
 */
export function reportStrangers(value: Values, known: readonly string[], reading: Reading): (string | undefined)[] {
  const strangers = Object.keys(value).filter((key) => !known.includes(key));
  return strangers.map((key) => {
    const guess = nearest(key, known);
    const elsewhere = placesOf(key, '', reading.registry);
    reading.findings.add({ path: '', ...unknownKey(key, '', known), ...belongs(key, elsewhere, guess) });
    return guess;
  });
}

function belongs(key: string, elsewhere: readonly string[], guess: string | undefined): { hint?: string } {
  if (elsewhere.length === 0 || (guess !== undefined && guess.toLowerCase() === key.toLowerCase())) return {};
  return { hint: `"${key}" belongs ${elsewhere.slice(0, 3).join(' or ')}` };
}

function unknownModule<M>(key: string, path: string, rules: BlockRules<M>, unloaded: boolean) {
  const message = `there is no ${rules.kind} "${key}"`;
  const load = unloaded ? '; modules that the plan names are loaded only with --allow-modules' : '';
  const hint = `${didYouMean(key, [...rules.modules.keys()])}${load}`;
  return { rule: 'unknown-module', path: childPath(path, key), at: 'key', message, hint } as const;
}

/** Every place where `key` means something: `under workload`, `under database`, `under set in workload`. */
function placesOf(key: string, path: string, registry: Registry): string[] {
  const places: string[] = [];
  const has = (schema: object) => Object.hasOwn((schema as Schema).properties ?? {}, key);
  if (path !== '' && has(PLAN_KEYS)) places.push('at the top of the plan');
  if (path !== 'workload' && has(WORKLOAD_KEYS)) places.push('under workload');
  if (!/^faults\[\d+\]$/.test(path) && has(FAULT_KEYS)) places.push('in an item of faults');
  const kinds = [
    ['database', registry.databases],
    ['workload', registry.workloads],
    ['faults', registry.nemeses],
    ['checker', registry.checkers],
  ] as const;
  for (const [block, modules] of kinds) {
    const within = block === 'faults' ? 'in an item of faults' : `under ${block}`;
    const here = block === 'faults' ? path.startsWith('faults') : path === block;
    if (!here && modules.has(key)) places.push(within);
  }
  // settings of a module one level too high or in the wrong block: only when nothing nearer is known
  if (places.length === 0) {
    for (const [block, modules] of kinds) {
      for (const module of modules.values()) if (has(module.settings)) places.push(`under ${module.name} in ${block}`);
    }
  }
  return places;
}
