/**
 * Which of the YAML files of a repository are plans and inventories, and which other files each names. Other tools have YAML
 * files, too: what is not plainly ours is theirs.
 */
import { isMap, type Values } from './blocks.ts';
import { looksLikeInventory } from './inventory/recognize.ts';
import type { PlanFile } from './parse-plan.ts';
import { decode } from './text/decode.ts';
import { readYaml } from './text/read.ts';
import { Findings } from './text/source.ts';

/** A file that a plan names, beside it. */
export interface NamedFile {
  readonly as: 'module' | 'inventory' | 'file';
  /** As the plan has it: relative to its folder. */
  readonly path: string;
}

export interface Recognized {
  readonly kind: 'plan' | 'inventory';
  readonly names: readonly NamedFile[];
}

/** What most YAML files are not even read for: a key at the top, or a map in braces. */
const MAY_BE = /^(?:[ \t]*["']?(?:plan|inventory|allow_faults)["']?|["']?workload["']?)[ \t]*:|^\s*\{/m;
/** How a text begins that was meant to be a plan, or an inventory, whatever became of the rest. */
const MEANT = { plan: /^plan:/m, inventory: /^inventory:[ \t]*\d/m } as const;
/** The line that editors read. */
const MODELINE = /^#[^\n]*\$schema=\S*\b(plan|inventory)\.schema\.json\s*$/m;

/** What a file is; `unreadable` where it is no YAML, so that only its beginning may tell; undefined where it is somebody else's. */
export function recognize({ file, bytes }: PlanFile): Recognized | 'unreadable' | undefined {
  const decoded = decode(file, bytes);
  if ('problem' in decoded) return decoded.problem.rule === 'file-empty' ? undefined : 'unreadable';
  const { text } = decoded;
  const line = modelineOf(text);
  if (!MAY_BE.test(text)) return line === undefined ? undefined : { kind: line, names: [] };
  const value = readYaml(text, new Findings({ file, text }));
  if (value === undefined) return 'unreadable';
  const kind = line ?? kindOf(value);
  return kind && { kind, names: isMap(value) ? namesIn(value) : [] };
}

/** What a file was meant to be, by how it begins. */
export function meantAs(beginning: string): Recognized['kind'] | undefined {
  const line = modelineOf(beginning);
  if (line !== undefined) return line;
  if (MEANT.plan.test(beginning)) return 'plan';
  return MEANT.inventory.test(beginning) ? 'inventory' : undefined;
}

function modelineOf(text: string): Recognized['kind'] | undefined {
  return MODELINE.exec(text.slice(0, 4096))?.[1] as Recognized['kind'] | undefined;
}

/**
 * A plan has its version, or both of the blocks that it must have: many programs have a `database`. An inventory has its
 * version, or says whether faults are allowed: many programs have `hosts`.
 */
function kindOf(value: unknown): Recognized['kind'] | undefined {
  const has = (key: string) => isMap(value) && Object.hasOwn(value, key);
  if (has('plan') || (has('database') && has('workload'))) return 'plan';
  if (!looksLikeInventory(value)) return undefined;
  return has('allow_faults') || ['number', 'string'].includes(typeof value.inventory) ? 'inventory' : undefined;
}

function namesIn({ modules, environment, database }: Values): NamedFile[] {
  const texts = (value: unknown) => (Array.isArray(value) ? value : []).filter((one) => typeof one === 'string');
  const values = (value: unknown) => (isMap(value) ? Object.values(value) : []);
  const service = isMap(database) && isMap(database.service) ? database.service : {};
  const inventories = values(environment).map((settings) => (isMap(settings) ? settings.inventory : undefined));
  const named = { module: texts(modules), inventory: texts(inventories), file: texts(values(service.files)) };
  return Object.entries(named).flatMap(([as, paths]) =>
    paths.map((path: string) => ({ as: as as NamedFile['as'], path })),
  );
}
