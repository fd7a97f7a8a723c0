import { hostname, userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { assert } from '../../base/assert.ts';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import type {
  Deployment,
  Environment,
  EnvironmentContext,
  InventoryHost,
  Network,
  Node,
} from '../../contract/index.ts';
import { makeRealClock } from '../real-clock.ts';
import { type Host, openFirewall } from '../shell/iptables.ts';
import { makeShellNetwork } from '../shell/network.ts';
import { makeShellNode } from '../shell/node.ts';
import { word } from '../shell/quote.ts';
import type { Shell } from '../shell/shell.ts';
import { type Connection, connectAll } from './connection.ts';
import { type Hold, type Holder, takeHold } from './hold.ts';
import { clientAddress, makeTopology } from './places.ts';
import { missingOn, refuseMissing } from './programs.ts';
import { refuseTwins, type Survey, sourcesAmong, survey } from './survey.ts';

/** A machine that was looked at; nothing is done to it yet. */
interface Machine {
  readonly name: string;
  readonly connection: Connection;
  /** For the hold alone, so that no beat waits for anything. */
  readonly shell: Shell;
  readonly survey: Survey;
}

interface Placeable extends Machine {
  readonly sources: readonly string[];
}

interface SshNode extends Placeable {
  readonly node: Node;
  readonly host: Host;
  /** Runs commands, one after another. */
  readonly work: Shell;
}

/** So many beats to a lease: one that is late, or lost with its packet, is made good by the next. */
const BEATS = 5;

/** Opens real machines; nothing is done to them before `provision`. */
export async function openSsh(context: EnvironmentContext): Promise<Environment> {
  const { nodes: names, run, inventory, log } = context;
  assert(inventory !== undefined, 'whoever opens machines has read their inventory');
  const { file, dir, leaseMs } = inventory;
  const hosts = hostsOf(names, inventory.hosts, file);
  const setup = `plan-run nodes setup --inventory ${word(file)}`;
  const clock = makeRealClock();
  const failure = new AbortController();
  const ending = new AbortController();
  let connections: Connection[] = [];
  const holds = new Map<string, Hold>();
  let nodes: SshNode[] = [];
  let network: Network | undefined;
  let provisioning: Promise<void> = Promise.resolve();
  let ended: Promise<void> | undefined;

  function nodeOf(name: string): SshNode {
    const found = nodes.find((node) => node.name === name);
    assert(found !== undefined, `"${name}" is a provisioned node`);
    return found;
  }

  function fail(error: unknown): void {
    if (ending.signal.aborted || failure.signal.aborted) return;
    log.error({ error: messageOf(error) }, 'the environment cannot go on');
    failure.abort(error);
  }

  async function look(connection: Connection): Promise<Machine> {
    connection.lost.addEventListener('abort', () => fail(connection.lost.reason));
    const shell = await connection.shell();
    const name = connection.host.node;
    return { name, connection, shell, survey: await survey(shell, connection.host, `${dir}/${name}`, setup) };
  }

  async function take({ name, shell }: Machine): Promise<void> {
    ending.signal.throwIfAborted();
    const hold = await takeHold(shell, { node: name, holder: holderOf(run), leaseMs, dir: `${dir}/${name}` });
    holds.set(name, hold);
    keep(hold).catch(fail);
  }

  /** Signs of life, until the end. @throws what `beat` throws. */
  async function keep(hold: Hold): Promise<void> {
    while (!ending.signal.aborted) {
      await delay(leaseMs / BEATS, undefined, { signal: ending.signal, ref: false });
      await hold.beat();
    }
  }

  async function makeNode(machine: Placeable): Promise<SshNode> {
    const { name, connection, survey } = machine;
    const hold = holds.get(name)!;
    const [work, control, rules] = await all([connection.shell(), connection.shell(), connection.shell()]);
    for (const shell of [work, control, rules]) await hold.adopt(shell!);
    const [node, host] = await Promise.all([
      makeShellNode({
        name,
        address: survey.address,
        dir: `${dir}/${name}`,
        work: work!,
        control: control!,
        upload: connection.upload,
      }),
      openFirewall(name, rules!, hold.fifo, hold.variants),
    ]);
    return { ...machine, node, host, work: work! };
  }

  async function makeEverything(): Promise<void> {
    // A silence that the nodes bear, the run bears, too.
    connections = await connectAll(hosts, { silenceMs: leaseMs });
    const looked = await all(connections.map(look));
    refuseTwins(looked);
    const machines = await sourcesAmong(looked);
    // One after another, in everybody's order: of two runs that begin together one has all, the other none.
    for (const { node } of inventory!.hosts) {
      const machine = machines.find(({ name }) => name === node);
      if (machine !== undefined) await take(machine);
    }
    ending.signal.throwIfAborted();
    nodes = await all(machines.map(makeNode));
    network = makeShellNetwork(makeTopology(nodes, inventory!, run), clock);
    log.debug({ nodes: names }, 'machines provisioned');
  }

  /** Everything at once, on every node. @throws PlanRunError naming the nodes that must do it by themselves. */
  async function giveBack(): Promise<void> {
    const failed: string[] = [];
    async function release(name: string, hold: Hold): Promise<void> {
      await hold.release().catch((error: unknown) => failed.push(`${name}: ${messageOf(error)}`));
    }
    await Promise.all([...holds].map(([name, hold]) => release(name, hold)));
    await Promise.all(connections.map((connection) => connection.close()));
    if (failed.length === 0) return;
    const message = `Not given back, so that they undo everything by themselves, within ${leaseMs / 1000} s: ${failed.join('; ')}`;
    throw new PlanRunError('unavailable', message, { hint: `plan-run nodes status --inventory ${word(file)}` });
  }

  return {
    name: 'ssh',
    clock,
    failure: failure.signal,
    get network() {
      assert(network !== undefined, 'machines are provisioned before their network is used');
      return network;
    },
    provision() {
      provisioning = makeEverything();
      return provisioning;
    },
    async deploy({ database, ...deployment }: Deployment) {
      if (database.deploy === undefined) {
        throw new PlanRunError('unavailable', `${database.name} does not run on real nodes`, { step: 'deploy' });
      }
      const missing = await all(nodes.map(({ work }) => missingOn(work, database.requires)));
      for (const [k, { name }] of nodes.entries()) refuseMissing(database.name, name, missing[k]!);
      return database.deploy({ ...deployment, nodes: nodes.map(({ node }) => node), clock, log });
    },
    seat(client) {
      const home = names[client % names.length]!;
      const address = clientAddress(inventory, names, home);
      return { client, home, ...(address !== undefined && { address }) };
    },
    fetch: (node, path, target) => nodeOf(node).connection.download(path, target),
    async close() {
      ending.abort(new PlanRunError('interrupted', 'The run was interrupted'));
      // Whoever interrupts it does not wait for it; what it would still make could not be removed before.
      await provisioning.catch(() => {});
      ended ??= giveBack();
      await ended;
    },
  };
}

/** In the order of the plan. @throws PlanRunError `refused` where the inventory does not have one. */
function hostsOf(names: readonly string[], hosts: readonly InventoryHost[], file: string): InventoryHost[] {
  return names.map((name) => {
    const found = hosts.find(({ node }) => node === name);
    if (found !== undefined) return found;
    const hint = `it has ${hosts.map(({ node }) => node).join(', ')}; the plan's \`nodes\` may name those`;
    throw new PlanRunError('refused', `${file} has no host for ${name}`, { node: name, hint });
  });
}

/** Whom a second run will be told of. */
export function holderOf(what: string): Holder {
  return { kind: 'run', who: `${userName()}@${hostname()}`, pid: process.pid, what, since: new Date().toISOString() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in passwd(5), as in containers.
    return String(process.getuid?.());
  }
}

/** What all of them give. @throws the first failure, once all have ended: nothing is made behind the back of who cleans up. */
async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
