import { durationMs } from '../../base/units.ts';
import type { Inventory } from '../../contract/index.ts';
import { isMap, type Values } from '../blocks.ts';
import type { PlanFile } from '../parse-plan.ts';
import type { Problem } from '../problem.ts';
import { check } from '../settings/check.ts';
import { validate } from '../settings/validate.ts';
import { expectedWords, foundWords, type Schema } from '../settings/words.ts';
import { decode } from '../text/decode.ts';
import { childPath } from '../text/path.ts';
import { readYaml } from '../text/read.ts';
import { Findings, type PlanSource } from '../text/source.ts';
import { checkFaultsAllowed, checkLogins, checkMachines } from './checks.ts';
import { COMMON_KEYS, HOST_ENTRY, HOST_NAME, INVENTORY, INVENTORY_KEYS, LEASE_DEFAULT, LEASE_MS } from './language.ts';
import { type Entry, makeHost } from './make-host.ts';
import { masked } from './mask.ts';
import { looksLikeInventory } from './recognize.ts';

/** What an inventory is read for, and what this machine has to offer: the room itself touches neither disk nor environment. */
export interface InventoryUse {
  /**
   * `review`: nobody logs in; what this machine lacks for that is a warning. `look`: to look at the machines.
   * `break`: to start things on them, and to break them.
   */
  readonly purpose: 'review' | 'look' | 'break';
  /** Those that are logged in to; undefined: all. */
  readonly nodes?: readonly string[] | undefined;
  /** Absolute: where relative paths begin. */
  readonly folder: string;
  /** Absolute: what `~` stands for. */
  readonly home: string;
  /** Whether there is an agent that holds keys (SSH_AUTH_SOCK). */
  readonly agent: boolean;
  /** Why the file at an absolute path is no use as a private key, or as a list of known hosts; undefined where it is. */
  unusable(path: string, as: 'key' | 'known_hosts'): string | undefined;
  /** Whether an environment variable is set. */
  isSet(name: string): boolean;
}

export interface ParsedInventory {
  readonly file: string;
  /** There unless a problem is an error. */
  readonly inventory?: Inventory;
  /** The hosts that are listed, whatever is wrong with them; undefined where the file is no inventory. */
  readonly nodes?: readonly string[];
  /** All of them, in the order of the text. */
  readonly problems: readonly Problem[];
  /** For `renderProblems`; what may be a secret is masked in it. */
  readonly source: PlanSource;
}

/** Reads and validates an inventory. All problems are found at once; nothing is thrown. */
export function parseInventory({ file, bytes }: PlanFile, use: InventoryUse): ParsedInventory {
  const decoded = decode(file, bytes, INVENTORY);
  if ('problem' in decoded) return { file, problems: [decoded.problem], source: { file, text: '' } };
  const findings = new Findings({ file, text: decoded.text }, INVENTORY);
  const value = readYaml(decoded.text, findings);
  const read =
    value === undefined || !isInventory(value, findings) ? undefined : readInventory(value, file, use, findings);
  const problems = findings.inOrder();
  const source = { file, text: masked(decoded.text, findings) };
  if (read === undefined) return { file, problems, source };
  const { nodes, inventory } = read;
  return { file, nodes, problems, source, ...(inventory !== undefined && !findings.failedBelow('') && { inventory }) };
}

function isInventory(value: unknown, findings: Findings): value is Values {
  if (looksLikeInventory(value)) return true;
  const refuse = (rule: Problem['rule'], message: string, hint: string) => {
    findings.add({ rule, path: '', message, hint });
    return false;
  };
  const begins = 'an inventory begins with `inventory: 1`; is it the right file?';
  if (!isMap(value)) {
    const message = `an inventory is a map of keys (inventory: 1, hosts: ...), this is ${foundWords(value)}`;
    return refuse('wrong-type', message, begins);
  }
  const keys = Object.keys(value);
  if (keys.includes('plan')) {
    const hint = 'a plan stands before it: plan-run PLAN --inventory INVENTORY';
    return refuse('wrong-kind', 'this is a plan, not an inventory', hint);
  }
  if (Object.values(value).some((group) => isMap(group) && isMap(group.hosts))) {
    const hint = 'here the nodes stand at once below `hosts`: n1: 10.0.0.1';
    return refuse('wrong-kind', "this looks like one of Ansible's inventories: hosts in groups", hint);
  }
  const shown = keys.length === 0 ? 'it has no keys' : `its keys are ${keys.slice(0, 5).join(', ')}`;
  return refuse('wrong-kind', `this is not an inventory: ${shown}`, begins);
}

function readInventory(value: Values, file: string, use: InventoryUse, findings: Findings) {
  const top = validate(INVENTORY_KEYS, value, '', findings) as Values | undefined;
  const entries = isMap(value.hosts) ? readHosts(value.hosts, findings) : [];
  // What is wrong elsewhere does not keep the hosts from being looked at.
  const sound = !COMMON_KEYS.some((key) => findings.failedBelow(key));
  const common = sound ? Object.fromEntries(Object.entries(value).filter(([key]) => COMMON_KEYS.includes(key))) : {};
  const hosts = entries.flatMap(({ entry }) => (entry === undefined ? [] : [makeHost(entry, common, use)]));
  const clients = findings.failedBelow('clients') ? [] : ((value.clients ?? []) as string[]);
  const leaseMs = findings.failedBelow('lease') ? 0 : readLease(value.lease, findings);
  checkFaultsAllowed(value, use, findings);
  checkMachines(hosts, clients, findings);
  if (sound) checkLogins(hosts, use, findings);
  const dir = top?.dir as string;
  const inventory = top && { file, hosts: hosts.map(({ host }) => host), clients, leaseMs, dir };
  return { nodes: entries.map(({ node }) => node), inventory };
}

function readLease(given: unknown, findings: Findings): number {
  const lease = (given ?? LEASE_DEFAULT) as string;
  const ms = durationMs(lease);
  if (ms < LEASE_MS.least) {
    const message = `expected a lease of at least 2s, got ${lease}`;
    const hint = 'a busy machine may be silent for a while; its faults would end before their time';
    findings.add({ rule: 'wrong-value', path: 'lease', message, hint });
  } else if (ms > LEASE_MS.most) {
    const message = `expected a lease of at most 10m, got ${lease}`;
    const hint = 'a run renews it all the time: it is how long the faults of a run that died stay in force';
    findings.add({ rule: 'wrong-value', path: 'lease', message, hint });
  }
  return ms;
}

/** The hosts by their names; without an entry where something in it is wrong. */
function readHosts(hosts: Values, findings: Findings): { readonly node: string; readonly entry?: Entry }[] {
  if (Object.keys(hosts).length === 0) {
    const message = 'there is no host';
    findings.add({ rule: 'wrong-value', path: 'hosts', message, hint: 'such as `n1: 10.0.0.1`' });
  }
  return Object.entries(hosts).map(([node, given]) => {
    const path = childPath('hosts', node);
    const named = check(HOST_NAME as Schema, node, path).length === 0;
    const message = `expected ${expectedWords(HOST_NAME as Schema)}, got ${foundWords(node)}`;
    if (!named) findings.add({ rule: 'wrong-value', path, at: 'key', message });
    const own = validate(HOST_ENTRY, given, path, findings);
    if (own === undefined) return { node };
    return { node, entry: { node, path, own: typeof own === 'string' ? { host: own } : ((own ?? {}) as Values) } };
  });
}
