/** The inventory of a command line, read. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Inventory, InventoryHost } from '../contract/index.ts';

/** To be validated like a plan: `plan/inventory`. */
export function loadInventory(file: string): Inventory {
  const given = parse(readFileSync(file, 'utf8'));
  const near = (path: string) => resolve(dirname(file), path.replace(/^~/, homedir()));
  const { inventory: _, allow_faults, hosts, clients = [], lease: __, dir = '/var/lib/plan-run', ...common } = given;
  const all = Object.entries(hosts).map(([node, own]): InventoryHost => {
    const { key, known_hosts, ...rest } = {
      port: 22,
      user: 'root',
      agent: false,
      sudo: false,
      ...common,
      ...(own as object),
    };
    return {
      ...rest,
      node,
      ...(key && { key: near(key) }),
      knownHosts: known_hosts === false ? false : near(known_hosts ?? join(homedir(), '.ssh/known_hosts')),
    };
  });
  return { file, hosts: all, clients, leaseMs: 15_000, dir };
}
