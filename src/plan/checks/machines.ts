import type { Login } from '../../contract/index.ts';
import { isMap } from '../blocks.ts';
import type { ParsedInventory } from '../inventory/parse-inventory.ts';
import type { Machine } from '../plan.ts';
import type { Draft } from '../read-plan.ts';
import type { Findings } from '../text/source.ts';

/** The inventory of a plan: read, not there (and whether that matters), or not asked for. */
export type InventoryFound = ParsedInventory | 'missing' | undefined;

/** Whether there is a machine for each node, and an address for the clients of each. */
export function checkMachines(draft: Draft, found: InventoryFound, findings: Findings): void {
  const { environment, nodes, pace } = draft;
  if (environment === undefined || found === undefined) return;
  if (found === 'missing') {
    const { name, path } = environment;
    const message = `the environment "${name}" runs on machines, and there is no inventory that lists them`;
    const hint = `name one: --inventory FILE, or \`environment: {${name}: {inventory: ./inventory.yaml}}\``;
    findings.add({ rule: 'no-inventory', path, message, hint });
    return;
  }
  if (nodes === undefined || found.nodes === undefined) return;
  const missing = nodes.filter((node) => !found.nodes?.includes(node));
  if (missing.length > 0) {
    const message = `the inventory ${found.file} has no host for ${listed(missing)}`;
    const hint = `its hosts are ${listed(found.nodes)}: add the others there, or let the plan have these "nodes"`;
    findings.add({ rule: 'no-machine', path: 'nodes', message, hint });
  }
  const { clients } = found.inventory ?? {};
  const atHome = isMap(pace?.clients) && pace.clients.attach === 'home';
  if (!atHome || clients === undefined || clients.length >= nodes.length) return;
  const message = `clients are cut off with their homes, which takes ${nodes.length} addresses; ${found.file} has ${clients.length}`;
  const hint = `list ${nodes.length} addresses of this machine under "clients" there, one for the clients of each node`;
  findings.add({ rule: 'too-few-addresses', path: 'workload.clients', message, hint });
}

/** The machine of each node, where that is known; no secrets. */
export function machinesOf(
  nodes: readonly string[],
  found: InventoryFound,
): Readonly<Record<string, Machine>> | undefined {
  if (found === undefined || found === 'missing' || found.inventory === undefined) return undefined;
  const { hosts } = found.inventory;
  const machines = nodes
    .flatMap((name) => hosts.filter(({ node }) => node === name))
    .map((one): [string, Machine] => {
      const { node, address, jump } = one;
      const between = jump && { jump: serverOf(jump) };
      return [node, { ...serverOf(one), ...(address !== undefined && { address }), ...between }];
    });
  return Object.fromEntries(machines);
}

function serverOf({ host, port, user }: Login) {
  return { host, port, user };
}

function listed(names: readonly string[]): string {
  return names.length > 12 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ');
}
