import { assert } from '../../base/assert.ts';
import { homeOf } from '../../contract/index.ts';

/*
 * The lab's network, 10.77.0.0/16: node k has 10.77.0.k; clients whose home is node k come from 10.77.1.k; the
 * run itself, with its bridge, is 10.77.0.254. Every run has a network namespace of its own, so that runs side by
 * side use the same addresses.
 */
export const BRIDGE_ADDRESS = '10.77.0.254';
export const PREFIX_LENGTH = 16;
const NODES_MAX = 253;

export interface Addresses {
  ofNode(name: string): string;
  /** Where clients with this home come from. */
  ofClients(home: string): string;
  /** The bridge's end of the node's link. */
  linkOf(name: string): string;
  /** Of a node, `clients` or `clients@<node>`, as iptables prints them: with their prefix length. */
  ofEndpoint(endpoint: string): readonly string[];
  /** The text of /etc/hosts. */
  readonly hosts: string;
}

/** Addresses for up to 253 nodes; node k is the k-th of the list, from 1. */
export function assignAddresses(nodes: readonly string[]): Addresses {
  assert(nodes.length <= NODES_MAX, `a lab has at most ${NODES_MAX} nodes`);
  const numbers = new Map(nodes.map((name, index) => [name, index + 1]));
  function numberOf(name: string): number {
    const number = numbers.get(name);
    assert(number !== undefined, `"${name}" is a node of the lab`);
    return number;
  }
  const ofNode = (name: string) => `10.77.0.${numberOf(name)}`;
  const ofClients = (home: string) => `10.77.1.${numberOf(home)}`;
  return {
    ofNode,
    ofClients,
    linkOf: (name) => `veth${numberOf(name)}`,
    ofEndpoint(endpoint) {
      if (endpoint === 'clients') return ['10.77.1.0/24', `${BRIDGE_ADDRESS}/32`];
      const home = homeOf(endpoint);
      return [`${home === undefined ? ofNode(endpoint) : ofClients(home)}/32`];
    },
    hosts: ['127.0.0.1 localhost', ...nodes.map((name) => `${ofNode(name)} ${name}`), ''].join('\n'),
  };
}
