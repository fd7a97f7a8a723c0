import { durationMs } from '../base/units.ts';
import type { AnyNemesis } from '../contract/index.ts';
import { type BlockRules, isMap, type NamedModule, type Reading, readBlock, type Values } from './blocks.ts';
import { FAULT_KEYS } from './language.ts';
import type { Schedule } from './plan.ts';
import { foundWords } from './settings/words.ts';
import { childPath } from './text/path.ts';
import type { Findings } from './text/source.ts';

/** A fault as far as it could be read. */
export interface ReadFault {
  readonly path: string;
  /** Undefined where its times are wrong. */
  readonly schedule?: Schedule;
  readonly choices: readonly NamedModule<AnyNemesis>[];
}

/** Reads `faults`: a list of blocks, each with its time and one nemesis or a mix of them. */
export function readFaults(value: unknown, reading: Reading): ReadFault[] {
  if (Array.isArray(value)) return value.map((fault, index) => readFault(fault, childPath('faults', index), reading));
  const message = `expected a list of faults, got ${foundWords(value)}`;
  const hint = isMap(value) ? 'begin each fault with a dash: "- at: 15s"' : 'remove the key, or write "faults: []"';
  reading.findings.add({ rule: 'wrong-type', path: 'faults', message, hint });
  return [];
}

function readFault(value: unknown, path: string, reading: Reading): ReadFault {
  const rules: BlockRules<AnyNemesis> = {
    kind: 'nemesis',
    modules: reading.registry.nemeses,
    common: FAULT_KEYS,
    others: ['mix'],
    count: isMap(value) && Object.hasOwn(value, 'mix') ? 'none' : 'one',
  };
  const { common, modules, misspelled } = readBlock(value, path, rules, reading);
  if (!isMap(value)) return { path, choices: [] };
  const mixed = Object.hasOwn(value, 'mix') ? readMix(value.mix, childPath(path, 'mix'), reading) : [];
  if (Object.hasOwn(value, 'mix') && modules.length > 0) {
    const message = `${path} has a mix and the nemesis "${modules[0]?.name}"; it takes one of the two`;
    const at = { path: modules[0]!.path, at: 'key' } as const;
    reading.findings.add({ rule: 'several-modules', ...at, message, hint: 'move the nemesis into the mix' });
  }
  const timed = misspelled.includes('at') || misspelled.includes('every');
  const schedule = timed ? undefined : readSchedule(value, common, path, reading.findings);
  const choices = [...modules, ...mixed];
  const lasting = Object.hasOwn(value, 'for') ? choices.find(({ module }) => module.lasting) : undefined;
  if (lasting !== undefined) refuseEnd(lasting.name, path, reading.findings);
  return { path, ...(schedule === undefined ? {} : { schedule }), choices };
}

function refuseEnd(nemesis: string, path: string, findings: Findings): void {
  const message = `"${nemesis}" is not over after a time: what it has changed is put right when everything is healed`;
  const hint = 'remove "for"';
  findings.add({ rule: 'fault-timing', path: childPath(path, 'for'), at: 'key', message, hint });
}

function readMix(value: unknown, path: string, reading: Reading): NamedModule<AnyNemesis>[] {
  const rules = { kind: 'nemesis', modules: reading.registry.nemeses };
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item, index) => readBlock(item, childPath(path, index), rules, reading).modules);
  }
  const message = `expected a list of nemeses, got ${foundWords(value)}`;
  reading.findings.add({ rule: 'wrong-type', path, message, hint: 'such as "mix: [ { kill: one }, { pause: one } ]"' });
  return [];
}

/** The fault's times, where they fit together. `common` is undefined where one of them is malformed. */
function readSchedule(given: Values, common: Values | undefined, path: string, findings: Findings) {
  const has = (key: string) => Object.hasOwn(given, key);
  const refuse = (key: string, message: string, hint?: string) =>
    findings.add({ rule: 'fault-timing', path: key && childPath(path, key), at: 'key', message, hint });
  const before = findings.problems.length;
  if (has('at') && has('every')) refuse('every', `${path} has both "at" and "every"; it takes one of the two`);
  if (!has('at') && !has('every')) {
    const message = `${path} does not say when: it has neither "at" nor "every"`;
    findings.add({ rule: 'fault-timing', path, message, hint: 'such as "at: 15s", from the start of the workload' });
  }
  if (!has('every')) {
    for (const key of ['from', 'until', 'jitter'].filter(has)) {
      refuse(key, `"${key}" goes with "every" only`, key === 'until' ? 'with "at", say "for"' : undefined);
    }
  }
  if (common === undefined || findings.problems.length > before) return undefined;
  const ms = (key: string) => (typeof common[key] === 'string' ? durationMs(common[key]) : undefined);
  const forMs = ms('for');
  const lasting = forMs === undefined ? {} : { forMs };
  const everyMs = ms('every');
  if (everyMs === undefined) return { kind: 'once', atMs: ms('at') ?? 0, ...lasting } satisfies Schedule;
  const fromMs = ms('from') ?? everyMs;
  const untilMs = ms('until');
  if (untilMs !== undefined && untilMs <= fromMs) {
    refuse(
      'until',
      `"until" (${given.until}) is not after the first begin (${given.from ?? given.every}), so it never happens`,
    );
    return undefined;
  }
  const ending = untilMs === undefined ? {} : { untilMs };
  return { kind: 'every', everyMs, fromMs, jitterMs: ms('jitter') ?? 0, ...lasting, ...ending } satisfies Schedule;
}
