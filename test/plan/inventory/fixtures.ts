import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Registry } from '../../../src/contract/index.ts';
import { environments } from '../../../src/env/index.ts';
import { problemForFile } from '../../../src/plan/index.ts';
import { INVENTORY, type InventoryUse, parseInventory } from '../../../src/plan/inventory/index.ts';
import { validatePlan } from '../../../src/timeline/validate.ts';
import { registry as without } from '../registry.ts';

const root = fileURLToPath(new URL('../../fixtures/inventories/', import.meta.url));

export type Folder = 'accepted' | 'refused' | 'plans';

/** Names of the files in a folder of test/fixtures/inventories, without their ending. */
export function namesIn(folder: Folder): string[] {
  return readdirSync(root + folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
}

export function textOf(folder: Folder, name: string): string {
  return readFileSync(`${root}${folder}/${name}.yaml`, 'utf8');
}

/** The golden text beside a fixture; UPDATE=1 writes it anew. Undefined where there is none. */
export function golden(folder: Folder, name: string, actual: string): string | undefined {
  const path = `${root}${folder}/${name}.txt`;
  if (process.env.UPDATE === '1' && actual !== '') writeFileSync(path, actual);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Files of the machine that the fixtures are judged on; it has no agent. */
const FILES = ['/home/me/.ssh/id_ed25519', '/home/me/.ssh/known_hosts', '/plans/keys/cluster'];

export const MACHINE: Omit<InventoryUse, 'purpose'> = {
  folder: '/plans',
  home: '/home/me',
  agent: false,
  unusable: (path) => (FILES.includes(path) ? undefined : 'there is no such file'),
  isSet: (name) => ['SSH_PASSWORD', 'SUDO_PASSWORD'].includes(name),
};

/** `run-...` is judged as for a run, `look-...` as for a look, all else as for a review. */
export function useOf(name: string): InventoryUse {
  const purpose = name.startsWith('run-') ? 'break' : name.startsWith('look-') ? 'look' : 'review';
  const nodes = /-by-(.*)$/.exec(name)?.[1]?.split('-and-');
  // at home there are keys
  const home = name.includes('no-login') ? '/home/other' : MACHINE.home;
  return { ...MACHINE, home, purpose, nodes };
}

export function judge(text: string | Uint8Array, name = 'inventory', use = useOf(name)) {
  return parseInventory({ file: `${name}.yaml`, bytes: Buffer.from(text) }, use);
}

const ssh = environments.filter(({ name }) => name === 'ssh').map((one) => [one.name, one] as const);
export const registry: Registry = { ...without, environments: new Map([...without.environments, ...ssh]) };

/** All that is said of a plan in the folder `plans`, and of its inventory. */
export function judgePlan(name: string) {
  const problems: ReturnType<typeof judge>[] = [];
  const given = { file: `${name}.yaml`, bytes: Buffer.from(textOf('plans', name)) };
  const result = validatePlan(given, registry, {
    inventoryFor(named, nodes) {
      if (named === undefined) return name.startsWith('run-') ? 'missing' : undefined;
      const found = inventoryAt(named, nodes);
      problems.push(found);
      return found;
    },
  });
  const all = [...result.problems, ...problems.flatMap((one) => one.problems)];
  return { all, sources: [result.source, ...problems.map(({ source }) => source)], ready: result.ready };
}

function inventoryAt(file: string, nodes: readonly string[] | undefined) {
  try {
    const bytes = readFileSync(join(root, 'plans', file));
    return parseInventory({ file, bytes }, { ...MACHINE, purpose: 'review', nodes });
  } catch (error) {
    return { file, problems: [problemForFile(file, error, INVENTORY)], source: { file, text: '' } };
  }
}
