import { isIPv4 } from 'node:net';
import { assert } from '../../base/assert.ts';
import { PlanRunError } from '../../base/errors.ts';
import { homeOf, type Inventory, isClients } from '../../contract/index.ts';
import type { Host } from '../shell/iptables.ts';
import type { Topology } from '../shell/network.ts';
import type { Survey } from './survey.ts';

/** A node, as far as its network goes. */
export interface Placed {
  readonly name: string;
  readonly survey: Survey;
  /** Other addresses of its own from which it speaks to the rest. */
  readonly sources: readonly string[];
  readonly host: Host;
}

const addressesOfNode = ({ survey, sources }: Placed) => [survey.address, ...sources];

/** Where each client comes from: the inventory's addresses, in the order of the nodes, again and again. */
export function clientAddress({ clients }: Inventory, homes: readonly string[], home: string): string | undefined {
  return clients.length === 0 ? undefined : clients[homes.indexOf(home) % clients.length];
}

/**
 * Who is where, for rules: nodes drop what they must not hear. The clients' machine is not ours to change: what goes to them is
 * dropped where it is sent.
 */
export function makeTopology(nodes: readonly Placed[], inventory: Inventory, run: string): Topology {
  const homes = nodes.map(({ name }) => name);
  const ports = exemptPorts(nodes, inventory);

  function nodeOf(name: string): Placed {
    const found = nodes.find((node) => node.name === name);
    assert(found !== undefined, `"${name}" is a provisioned node`);
    return found;
  }

  return {
    hosts: nodes.map(({ host }) => host),
    placeOf: (from, to) =>
      isClients(to) ? { host: nodeOf(from).host, hook: 'OUTPUT' } : { host: nodeOf(to).host, hook: 'INPUT' },
    addressesOf(endpoint) {
      if (!isClients(endpoint)) return addressesOfNode(nodeOf(endpoint)).map((address) => `${address}/32`);
      const home = homeOf(endpoint);
      const addresses = home === undefined ? allClients(nodes, inventory) : [clientAddress(inventory, homes, home)!];
      refuseShared(addresses, nodes);
      return addresses.map((address) => `${address}/32`);
    },
    run,
    exempt: () => ports,
  };
}

/**
 * SSH's, as anybody sees them: of every sshd that is spoken to, for a node may be the runner's machine, or somebody's jump host.
 * A port that is forwarded has another number on the node.
 */
function exemptPorts(nodes: readonly Placed[], { hosts }: Inventory): number[] {
  const spoken = hosts.flatMap(({ port, jump }) => [port, ...(jump === undefined ? [] : [jump.port])]);
  return [...new Set([22, ...nodes.map(({ survey }) => survey.sshPort), ...spoken])].sort((a, b) => a - b);
}

/**
 * Those that the inventory gives, or else those from which this machine speaks to the nodes' addresses; and where the nodes see it.
 * @throws PlanRunError where none is known.
 */
function allClients(nodes: readonly Placed[], { clients, hosts, file }: Inventory): string[] {
  const behindJump = (name: string) => hosts.find(({ node }) => node === name)?.jump !== undefined;
  const direct = nodes.filter(({ name }) => !behindJump(name));
  const seen = direct.map(({ survey }) => survey.runner);
  // SSH may have a network of its own, which the clients do not take.
  const own = clients.length > 0 ? clients : direct.flatMap(({ survey: { source } }) => source ?? []);
  const all = [...new Set([...own, ...seen])].filter((address) => isIPv4(address));
  if (all.length > 0 && (clients.length > 0 || seen.length === nodes.length)) return all;
  throw new PlanRunError(
    'unavailable',
    'Clients cannot be cut off: their addresses are not known, for a jump host is all that the nodes see',
    {
      hint: `list the addresses of this machine from which clients come in ${file}: \`clients\``,
    },
  );
}

/** @throws PlanRunError where a client cannot be told from a node. */
function refuseShared(addresses: readonly string[], nodes: readonly Placed[]): void {
  const node = nodes.find((one) => addressesOfNode(one).some((address) => addresses.includes(address)));
  if (node === undefined) return;
  throw new PlanRunError(
    'unavailable',
    `Clients cannot be cut off from other nodes but with ${node.name}: they have its address`,
    {
      node: node.name,
      hint: `run plan-run on a machine that is no node, or give clients addresses of their own: \`clients\` in the inventory`,
    },
  );
}
