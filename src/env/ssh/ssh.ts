import { assert } from '../../base/assert.ts';
import { PlanRunError } from '../../base/errors.ts';
import type { Deployment, Environment, EnvironmentContext, Network, Node } from '../../contract/index.ts';
import { makeRealClock } from '../real-clock.ts';
import { type Host, openFirewall } from '../shell/iptables.ts';
import { makeShellNetwork } from '../shell/network.ts';
import { makeShellNode } from '../shell/node.ts';
import { type Connection, connect } from './connection.ts';

interface SshNode {
  readonly node: Node;
  readonly host: Host;
  readonly connection: Connection;
}

/** Opens real machines; nothing is done to them before `provision`. */
export async function openSsh({ nodes: names, run, inventory, log }: EnvironmentContext): Promise<Environment> {
  assert(inventory !== undefined, 'whoever opens machines has read their inventory');
  const clock = makeRealClock();
  let nodes: SshNode[] = [];
  let network: Network | undefined;

  function nodeOf(name: string): SshNode {
    const found = nodes.find(({ node }) => node.name === name);
    assert(found !== undefined, `"${name}" is a provisioned node`);
    return found;
  }

  async function makeNode(name: string): Promise<SshNode> {
    const described = inventory!.hosts.find(({ node }) => node === name)!;
    const connection = await connect(described);
    const [work, control, rules] = await Promise.all([connection.shell(), connection.shell(), connection.shell()]);
    const dir = `${inventory!.dir}/${name}`;
    await control.run(`mkdir -p ${dir}`);
    const address = described.address ?? described.host;
    const node = await makeShellNode({ name, address, dir, work, control, upload: connection.upload });
    return { node, connection, host: await openFirewall(name, rules, `${dir}/.rules`) };
  }

  const isClients = (endpoint: string) => /^clients(@|$)/.test(endpoint);

  return {
    name: 'ssh',
    clock,
    get network() {
      assert(network !== undefined, 'machines are provisioned before their network is used');
      return network;
    },
    async provision() {
      nodes = await Promise.all(names.map(makeNode));
      network = makeShellNetwork(
        {
          hosts: nodes.map(({ host }) => host),
          // Clients are on this machine, whose rules are not ours to change: what goes to them is dropped where it is sent.
          placeOf: (from, to) =>
            isClients(to) ? { host: nodeOf(from).host, hook: 'OUTPUT' } : { host: nodeOf(to).host, hook: 'INPUT' },
          addressesOf: (endpoint) =>
            isClients(endpoint)
              ? inventory!.clients.map((one) => `${one}/32`)
              : [`${nodeOf(endpoint).node.address}/32`],
          run,
          exempt: () => [22],
        },
        clock,
      );
      log.debug({ nodes: names }, 'machines provisioned');
    },
    async deploy({ database, ...deployment }: Deployment) {
      if (database.deploy === undefined) {
        throw new PlanRunError('unavailable', `${database.name} does not run on real nodes`, { step: 'deploy' });
      }
      return database.deploy({ ...deployment, nodes: nodes.map(({ node }) => node), clock, log });
    },
    seat(client) {
      const home = names[client % names.length]!;
      const address = inventory!.clients[client % names.length];
      return { client, home, ...(address !== undefined && { address }) };
    },
    fetch: (node, path, target) => nodeOf(node).connection.download(path, target),
    async close() {
      await network?.heal();
      for (const { connection } of nodes.splice(0)) connection.close();
    },
  };
}
