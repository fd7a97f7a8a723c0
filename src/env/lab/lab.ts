import { readdirSync, readlinkSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { assert } from '../../base/assert.ts';
import { PlanRunError } from '../../base/errors.ts';
import {
  type Deployment,
  type Environment,
  type EnvironmentContext,
  isClients,
  type Network,
} from '../../contract/index.ts';
import { makeRealClock } from '../real-clock.ts';
import { type Host, openFirewall } from '../shell/iptables.ts';
import type { LocalShell } from '../shell/local.ts';
import { makeShellNetwork, type Topology } from '../shell/network.ts';
import { type Addresses, assignAddresses } from './addresses.ts';
import { isInside, refuseIfIncomplete } from './enter.ts';
import { COVERED, fifo, type LabNode, makeGround, makeNodes, removeAll } from './nodes.ts';
import { installCommand, missingPrograms } from './programs.ts';

/** Opens the lab; nothing is made before `provision`. @throws PlanRunError `unavailable`: what is missing. */
export async function openLab({ nodes: names, run: label, log }: EnvironmentContext): Promise<Environment> {
  refuseIfIncomplete();
  assert(isInside(), 'the lab is opened in namespaces of its own: relaunch comes first');
  refuseIfCovered();
  const clock = makeRealClock();
  const addresses = assignAddresses(names);
  let ground: LocalShell | undefined;
  let nodes: LabNode[] = [];
  let network: Network | undefined;
  let provisioning: Promise<void> = Promise.resolve();

  function nodeOf(name: string): LabNode {
    const found = nodes.find(({ node }) => node.name === name);
    assert(found !== undefined, `"${name}" is a provisioned node`);
    return found;
  }

  async function makeEverything(): Promise<void> {
    ground = await makeGround(names, addresses);
    const run = await openFirewall('the run', ground, fifo('run'));
    nodes = await makeNodes(ground, names, addresses);
    network = makeShellNetwork(
      labTopology(label, addresses, run, () => nodes),
      clock,
    );
    log.debug({ nodes: names }, 'lab provisioned');
  }

  async function deploy({ database, ...deployment }: Deployment) {
    const missing = missingPrograms(database.requires);
    if (missing.length > 0) {
      const programs = missing.map(({ program }) => program).join(', ');
      const hint = installCommand(missing);
      throw new PlanRunError('unavailable', `${database.name} cannot run here: not found: ${programs}`, { hint });
    }
    if (database.deploy === undefined) {
      throw new PlanRunError('unavailable', `${database.name} does not run on real nodes`, { step: 'deploy' });
    }
    return database.deploy({ ...deployment, nodes: nodes.map(({ node }) => node), clock, log });
  }

  return {
    name: 'lab',
    clock,
    get network() {
      assert(network !== undefined, 'the lab is provisioned before its network is used');
      return network;
    },
    provision() {
      provisioning = makeEverything();
      return provisioning;
    },
    deploy,
    seat(client) {
      const home = names[client % names.length]!;
      return { client, home, address: addresses.ofClients(home) };
    },
    // The node's own mounts are seen through its shell's root.
    fetch: (node, path, target) => copyFile(`/proc/${nodeOf(node).pid}/root${path}`, target),
    async close() {
      // Whoever interrupts it does not wait for it; what it would still make could not be removed before.
      await provisioning.catch(() => {});
      if (ground === undefined) return;
      const open = ground;
      [ground, nodes, network] = [undefined, [], undefined];
      await removeAll(open, names, addresses);
    },
  };
}

/** Who drops what in the lab: everybody what comes in, for all are here. `nodes` are those that there are at the moment. */
export function labTopology(
  run: string,
  addresses: Addresses,
  clients: Host,
  nodes: () => readonly LabNode[],
): Topology {
  return {
    run,
    addressesOf: addresses.ofEndpoint,
    get hosts() {
      return [clients, ...nodes().map(({ host }) => host)];
    },
    placeOf(_, to) {
      const host = isClients(to) ? clients : nodes().find(({ node }) => node.name === to)?.host;
      assert(host !== undefined, `"${to}" is a provisioned node`);
      return { host, hook: 'INPUT' };
    },
  };
}

/** The lab's own file system hides what is below it: files that this run has open there, its log, could not be found again. */
function refuseIfCovered(): void {
  const hidden = openFiles().find((path) => path.startsWith(`${COVERED}/`));
  if (hidden === undefined) return;
  throw new PlanRunError(
    'unavailable',
    `The lab covers ${COVERED} with a file system of its own, and hides ${hidden}`,
    {
      hint: `keep the store elsewhere: --store FOLDER, not below ${COVERED}`,
    },
  );
}

/** Paths of the files that this process has open, its three standard streams apart. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return Number(fd) > 2 ? [readlinkSync(`/proc/self/fd/${fd}`)] : [];
    } catch {
      // The one that listed them.
      return [];
    }
  });
}
