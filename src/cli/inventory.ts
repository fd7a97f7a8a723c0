/** Inventories, read from files with what this machine has: keys, an agent, variables. */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { messageOf, PlanRunError } from '../base/errors.ts';
import type { Secrets } from '../base/secrets.ts';
import type { Inventory } from '../contract/index.ts';
import { type PlanFile, problemForFile, renderProblems } from '../plan/index.ts';
import { INVENTORY, type InventoryUse, type ParsedInventory, parseInventory } from '../plan/inventory/index.ts';
import { readPlanFile } from './read.ts';

export type Purpose = InventoryUse['purpose'];

/** Enough to tell what a key's file holds. */
const HEAD_BYTES = 200;

/**
 * Reads and validates an inventory, as far as `purpose` wants it, for the nodes that are logged in to (default: all).
 * Never throws: what is wrong is a problem.
 */
export function readInventory(file: string, purpose: Purpose, nodes?: readonly string[]): ParsedInventory {
  try {
    return inventoryOf({ file, bytes: readPlanFile(file) }, purpose, nodes);
  } catch (error) {
    return { file, problems: [problemForFile(file, error, INVENTORY)], source: { file, text: '' } };
  }
}

/** As `readInventory`, of a file that was read. */
export function inventoryOf(given: PlanFile, purpose: Purpose, nodes?: readonly string[]): ParsedInventory {
  const folder = resolve(dirname(given.file));
  const agent = isSet('SSH_AUTH_SOCK');
  return parseInventory(given, { purpose, nodes, folder, home: homedir(), agent, unusable, isSet });
}

/**
 * An inventory for a command that has no plan: `look` at the machines, or `break` them. What is wrong, or might be, is told
 * on stderr. @throws PlanRunError `refused`.
 */
export function loadInventory(file: string, purpose: Purpose = 'break', nodes?: readonly string[]): Inventory {
  const { problems, source, inventory } = readInventory(file, purpose, nodes);
  const color = process.stderr.isTTY === true;
  if (problems.length > 0) process.stderr.write(renderProblems(problems, [source], { color }));
  if (inventory === undefined) throw new PlanRunError('refused', `${file} cannot be used; nothing was started`);
  return inventory;
}

/**
 * The inventory for whoever logs in to `nodes`: with the values of their secrets, which `secrets` redacts from then on.
 * @throws PlanRunError `refused` for a variable that is not set.
 */
export function withSecrets(inventory: Inventory, nodes: readonly string[], secrets: Secrets): Inventory {
  const hosts = inventory.hosts.map((host) => (nodes.includes(host.node) ? secrets.resolve(host) : host));
  return { ...inventory, hosts };
}

function isSet(name: string): boolean {
  return (process.env[name] ?? '') !== '';
}

function unusable(path: string, as: 'key' | 'known_hosts'): string | undefined {
  try {
    const is = statSync(path);
    if (is.isDirectory()) return 'it is a directory';
    accessSync(path, constants.R_OK);
    if (as === 'known_hosts') return undefined;
    // to look into a pipe would be to empty it
    if (!is.isFile()) return 'it is no file';
    const head = headOf(path);
    if (/^(ssh|ecdsa|sk)-\S+ AAAA/.test(head))
      return `it is the public key; the private one is ${path.replace(/\.pub$/, '')}`;
    // PuTTY's own format is one that the driver reads, too.
    return /PRIVATE KEY-----|^PuTTY-User-Key-File/.test(head) ? undefined : 'it holds no private key';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    return { ENOENT: 'there is no such file', EACCES: 'permission denied' }[code] ?? messageOf(error);
  }
}

function headOf(path: string): string {
  const bytes = Buffer.alloc(HEAD_BYTES);
  const descriptor = openSync(path, 'r');
  try {
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, HEAD_BYTES, null));
  } finally {
    closeSync(descriptor);
  }
}
