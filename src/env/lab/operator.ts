import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { assert } from '../../base/assert.ts';
import { PlanRunError } from '../../base/errors.ts';
import { formatMs } from '../../base/units.ts';
import { CLIENTS, type NodeStatus, type Operator } from '../../contract/index.ts';
import { makeRealClock } from '../real-clock.ts';
import { lookAround, putInForce, type WatchedPlace } from '../shell/by-hand.ts';
import { type Host, openFirewall } from '../shell/iptables.ts';
import { SHOW_QUEUES } from '../shell/netem.ts';
import { makeShellNetwork } from '../shell/network.ts';
import { assignAddresses, BRIDGE_ADDRESS } from './addresses.ts';
import { isInside } from './enter.ts';
import { labTopology } from './lab.ts';
import { fifo, type LabNode, makeGround, makeNodes, removeAll, removeNode } from './nodes.ts';

/** An operator of the lab, in its namespaces: everything it makes ends with this process. */
export interface LabOperator extends Operator {
  /** Where a person can enter: a process in the namespaces of each node that is on, and of the clients. */
  places(): { readonly pidNamespace: string; readonly pids: Readonly<Record<string, number>> };
  /** Aborted when all nodes have been shut down. */
  readonly over: AbortSignal;
}

/** Makes a lab for a person's own hands. @throws PlanRunError as the lab does. */
export async function openLabOperator(names: readonly string[], say: (words: string) => void): Promise<LabOperator> {
  assert(isInside(), 'the lab is opened in namespaces of its own: relaunch comes first');
  const addresses = assignAddresses(names);
  const ground = await makeGround(names, addresses);
  const over = new AbortController();
  let nodes: LabNode[] = [];
  /** When the faults end by themselves. */
  let faults: { readonly endsMs: number; readonly timer: NodeJS.Timeout } | undefined;

  async function close(): Promise<void> {
    clearTimeout(faults?.timer);
    await removeAll(ground, names, addresses);
  }

  let clients: Host;
  try {
    clients = await openFirewall(CLIENTS, ground, fifo('run'));
    nodes = await makeNodes(ground, names, addresses);
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
  const topology = labTopology('by-hand', addresses, clients, () => nodes);
  const network = makeShellNetwork(topology, makeRealClock());
  const nodeOf = (name: string) => nodes.find(({ node }) => node.name === name);
  const leftMs = () => (faults === undefined ? 0 : Math.max(0, faults.endsMs - performance.now()));
  const held = () =>
    faults === undefined ? undefined : `by hand, ${formatMs(Math.ceil(leftMs() / 1000) * 1000)} left`;

  async function turnOn(wanted: readonly string[]): Promise<void> {
    const made = await makeNodes(ground, wanted, addresses);
    nodes = names.flatMap((name) => [...nodes, ...made].find(({ node }) => node.name === name) ?? []);
  }

  async function turnOff(wanted: readonly string[]): Promise<void> {
    if (faults !== undefined) {
      throw new PlanRunError('unavailable', 'There are faults by hand in force', { hint: 'plan-run net heal' });
    }
    for (const name of wanted) {
      const node = nodeOf(name);
      nodes = nodes.filter((one) => one !== node);
      if (node !== undefined) await removeNode(ground, node, addresses);
    }
  }

  function statusOf(name: string): NodeStatus {
    const node = nodeOf(name);
    const address = addresses.ofNode(name);
    if (node === undefined) return { node: name, ready: false, address, lines: [`off; plan-run nodes setup ${name}`] };
    const count = processesBeside(node.pid);
    return {
      node: name,
      ready: true,
      address,
      lines: [`on, ${count} ${count === 1 ? 'process' : 'processes'}`],
      held: held(),
    };
  }

  function placeOf(host: Host, address: string): WatchedPlace {
    return {
      name: host.name,
      run: (script, timeoutMs) => host.run(script, timeoutMs),
      bind: address,
      addressFor: () => address,
      async rules() {
        const listings = [await host.list(), await host.run(SHOW_QUEUES)];
        return listings.map(({ stdout }) => stdout).join('\n');
      },
      held: host === clients ? undefined : held(),
    };
  }

  async function heal(): Promise<void> {
    await network.heal();
    clearTimeout(faults?.timer);
    faults = undefined;
  }

  return {
    nodes: names,
    over: over.signal,
    places: () => ({
      pidNamespace: readlinkSync('/proc/self/ns/pid'),
      pids: Object.fromEntries([[CLIENTS, ground.pid], ...nodes.map(({ node, pid }) => [node.name, pid])]),
    }),
    async setup(wanted) {
      const off = wanted.filter((name) => nodeOf(name) === undefined);
      await turnOn(off);
      for (const name of wanted) say(`${name}: ${off.includes(name) ? 'is on' : 'was on already'}`);
    },
    status: async (wanted) => wanted.map(statusOf),
    async reboot(wanted) {
      await turnOff(wanted);
      await turnOn(wanted);
      for (const name of wanted) say(`${name}: is on again`);
    },
    async shutdown(wanted) {
      // Faults end with the lab.
      if (nodes.every(({ node }) => wanted.includes(node.name))) await heal();
      await turnOff(wanted);
      for (const name of wanted) say(`${name}: is off`);
      if (nodes.length === 0) over.abort();
    },
    async disturb(fault) {
      const off = Object.entries(fault.grudge)
        .flat(2)
        .find((name) => name !== CLIENTS && nodeOf(name) === undefined);
      if (off !== undefined) {
        throw new PlanRunError('unavailable', `${off} is off`, { node: off, hint: `plan-run nodes setup ${off}` });
      }
      await putInForce(network, fault);
      const endMs = Math.max(leftMs(), fault.forMs);
      clearTimeout(faults?.timer);
      faults = { endsMs: performance.now() + endMs, timer: setTimeout(() => void heal().catch(() => {}), endMs) };
      return endMs;
    },
    async heal() {
      const were = faults !== undefined;
      await heal();
      say(were ? 'ended the faults by hand' : 'there were no faults by hand');
    },
    netStatus() {
      const off = names.filter((name) => nodeOf(name) === undefined);
      const places = nodes.map(({ node, host }) => placeOf(host, node.address));
      return lookAround(
        [...places, placeOf(clients, BRIDGE_ADDRESS)],
        Object.fromEntries(off.map((name) => [name, 'it is off'])),
      );
    },
    close,
  };
}

/** How many processes are in the network of that one, the shells apart that keep the node, and what they need. */
function processesBeside(pid: number): number {
  const network = readlinkSync(`/proc/${pid}/ns/net`);
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.filter((one) => {
    try {
      return readlinkSync(`/proc/${one}/ns/net`) === network && !isBelowUs(Number(one));
    } catch {
      // It has ended meanwhile.
      return false;
    }
  }).length;
}

/** Who enters a node comes from outside, and has no parent here: 0. */
function isBelowUs(pid: number): boolean {
  if (pid === process.pid || pid <= 1) return pid === process.pid;
  const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return isBelowUs(Number(parent));
}
