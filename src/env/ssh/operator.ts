import { assert } from '../../base/assert.ts';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import { CLIENTS, type HandFault, type NodeStatus, type Operator, type OperatorContext } from '../../contract/index.ts';
import { makeRealClock } from '../real-clock.ts';
import { lookAround, putInForce, type WatchedPlace } from '../shell/by-hand.ts';
import { type Host, openFirewall } from '../shell/iptables.ts';
import { startShell } from '../shell/local.ts';
import { SHOW_QUEUES } from '../shell/netem.ts';
import { makeShellNetwork } from '../shell/network.ts';
import { word } from '../shell/quote.ts';
import type { Shell } from '../shell/shell.ts';
import { type Connection, connect } from './connection.ts';
import { breakHold, type Hold, holderWords, readHold, takeHold } from './hold.ts';
import { Jumps } from './jumps.ts';
import { heldWords, lookAt } from './look.ts';
import { makeTopology } from './places.ts';
import { reboot, shutdown } from './power.ts';
import { setUp } from './setup.ts';
import { holderOf } from './ssh.ts';
import { refuseTwins, type Survey, sourcesAmong, survey } from './survey.ts';
import { HOLD } from './watchdog.ts';

/** A machine that somebody is logged in to. */
interface Machine {
  readonly name: string;
  readonly connection: Connection;
  /** For the hold and for looking; nothing slow stands before it. */
  readonly shell: Shell;
}

interface Surveyed extends Machine {
  readonly survey: Survey;
}

/** Of a hold that is only taken to be given back, or until its faults are in force. */
const BRIEF_MS = 30_000;

/** The machines of an inventory in a person's own hands. A fault by hand is a hold that the node itself ends (`hold.ts`). */
export function operateSsh({ nodes: names, inventory, say, signal }: OperatorContext): Operator {
  assert(inventory !== undefined, 'whoever operates machines has read their inventory');
  const { file, dir, hosts } = inventory;
  const setupHint = `plan-run nodes setup --inventory ${word(file)}`;
  const jumps = new Jumps();
  const isBehindJump = (name: string) => hosts.find(({ node }) => node === name)?.jump !== undefined;
  const open: Connection[] = [];

  async function logIn(name: string): Promise<Machine> {
    signal.throwIfAborted();
    const host = hosts.find(({ node }) => node === name);
    assert(host !== undefined, `"${name}" is a host of ${file}`);
    const connection = await connect(host, { jumps });
    open.push(connection);
    return { name, connection, shell: await connection.shell() };
  }

  async function look(name: string): Promise<Surveyed> {
    const machine = await logIn(name);
    return { ...machine, survey: await survey(machine.shell, machine.connection.host, `${dir}/${name}`, setupHint) };
  }

  /** @throws PlanRunError where somebody holds it: what is done next would undo, or outlive, what they do. */
  async function refuseHeld({ name, shell }: Machine): Promise<void> {
    const held = await readHold(shell, name);
    if (held === undefined || held.leftMs === 0) return;
    throw new PlanRunError('unavailable', `${name} is held by ${holderWords(held.holder)}`, {
      node: name,
      hint: held.holder.kind === 'hand' ? `plan-run net heal --inventory ${word(file)}` : 'wait until that run is over',
    });
  }

  async function disturb(fault: HandFault): Promise<number> {
    const wanted = [...new Set(Object.entries(fault.grudge).flat(2))].filter((name) => name !== CLIENTS);
    const looked = await each(wanted, look);
    refuseTwins(looked);
    const machines = await sourcesAmong(looked);
    const taken: Hold[] = [];
    let undo: (() => Promise<unknown>) | undefined;
    try {
      const holds = new Map<string, Hold>();
      let endMs = fault.forMs;
      // One after another, in everybody's order, as a run takes them.
      for (const { node } of hosts) {
        const machine = machines.find(({ name }) => name === node);
        if (machine === undefined) continue;
        const { hold, leftMs } = await take(machine, fault);
        if (!hold.joined) taken.push(hold);
        holds.set(node, hold);
        endMs = Math.max(endMs, leftMs);
      }
      const placed = await each(machines, async (machine) => ({
        ...machine,
        host: await hostOf(machine, holds.get(machine.name)!, fault),
      }));
      const topology = makeTopology(placed, inventory!, `${holderOf('').who}:by-hand`.replaceAll(/[^\w@.:-]/g, '_'));
      undo = await putInForce(makeShellNetwork(topology, makeRealClock()), fault);
      // A cut that ended on one side first would be another fault: of this one, and of those that it joins.
      await each([...holds.values()], (hold) => hold.beat(endMs));
      if (taken.length < holds.size) await lengthenOthers([...holds.keys()], endMs);
      signal.throwIfAborted();
      return endMs;
    } catch (error) {
      // Where it has joined others, these stay.
      await undo?.().catch(() => {});
      await Promise.allSettled(taken.map((hold) => hold.release()));
      throw error;
    }
  }

  /** Faults by hand on the other nodes end no earlier, for they may be the other sides of those that were joined. */
  async function lengthenOthers(joined: readonly string[], endMs: number): Promise<void> {
    const lengthen = async (name: string) => {
      const { shell } = await logIn(name);
      const held = await readHold(shell, name);
      if (held?.holder.kind !== 'hand' || held.leftMs === 0 || held.leftMs >= endMs) return;
      const hold = await takeHold(shell, { node: name, holder: held.holder, leaseMs: BRIEF_MS });
      await hold.beat(endMs);
    };
    const others = names.filter((name) => !joined.includes(name));
    await Promise.all(
      others.map((name) =>
        lengthen(name).catch((error) => say(`${name}: its faults by hand may end earlier: ${messageOf(error)}`)),
      ),
    );
  }

  /** For a moment: should this command die before all is in force, no part of it stays. @returns how long the one lasts that it joins. */
  async function take({ name, shell }: Machine, { kind }: HandFault) {
    const before = await readHold(shell, name);
    const holder = { ...holderOf(`net ${kind}`), kind: 'hand' as const };
    const hold = await takeHold(shell, { node: name, holder, leaseMs: BRIEF_MS });
    if (!hold.joined) return { hold, leftMs: 0 };
    // One that has come meanwhile is not in force for as long as it is meant to be, perhaps.
    return { hold, leftMs: (before ?? (await readHold(shell, name)))?.leftMs ?? 0 };
  }

  async function hostOf({ name, connection }: Machine, hold: Hold, { kind }: HandFault): Promise<Host> {
    const shell = await connection.shell();
    await hold.adopt(shell);
    if (kind !== 'slow') return openFirewall(name, shell, hold.fifo, hold.variants);
    // Queues need no firewall: none is looked for.
    const none = () => Promise.reject(new PlanRunError('bug', `the firewall of ${name} is not open`, { node: name }));
    return { name, run: shell.run, apply: none, list: none };
  }

  async function healOne(name: string, force: boolean): Promise<string> {
    const { shell } = await logIn(name);
    const held = await readHold(shell, name);
    if (held === undefined) return `${name}: there was nothing of plan-run's`;
    const { holder } = held;
    if (force) {
      await breakHold(shell, name);
      const whose = `${holder.who} (plan-run ${holder.what})`;
      return `${name}: ${holder.kind === 'run' ? 'broke the run of' : 'ended the faults by hand of'} ${whose}`;
    }
    if (holder.kind === 'run' && held.leftMs > 0) {
      throw new PlanRunError('unavailable', `${name} is held by ${holderWords(holder)}`, {
        node: name,
        hint: `a run heals by itself; this ends it, with all it has started: plan-run net heal --force --inventory ${word(file)}`,
      });
    }
    // To join it before it ends refuses to end a run that has come meanwhile.
    const brief = { ...holderOf('net heal'), kind: 'hand' as const };
    const hold = await takeHold(shell, { node: name, holder: brief, leaseMs: BRIEF_MS });
    await hold.release();
    return `${name}: ended the faults by hand of ${holder.who}`;
  }

  async function statusOf(name: string): Promise<NodeStatus> {
    try {
      const { shell } = await logIn(name);
      const found = await lookAt(shell, name, dir, setupHint);
      const address = await survey(shell, hosts.find(({ node }) => node === name)!, `${dir}/${name}`, setupHint).then(
        (seen) => seen.address,
        (error: unknown) => (found.ready ? linesOf(error) : undefined),
      );
      if (!Array.isArray(address)) return { ...found, address };
      return { ...found, ready: false, lines: [...found.lines, ...address] };
    } catch (error) {
      return { node: name, ready: false, lines: linesOf(error) };
    }
  }

  /** Their places, and why others have none. */
  async function placesOf() {
    const absent: Record<string, string> = {};
    const machines: Surveyed[] = [];
    await Promise.all(
      names.map(async (name) => {
        try {
          machines.push(await look(name));
        } catch (error) {
          absent[name] = messageOf(error);
        }
      }),
    );
    machines.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
    const places = await each(machines, async ({ name, shell, survey: { address } }): Promise<WatchedPlace> => {
      const held = await readHold(shell, name);
      return {
        name,
        run: shell.run,
        bind: address,
        addressFor: () => address,
        rules: async () => (await shell.run(SHOW_ALL)).stdout,
        held: held && heldWords(held),
      };
    });
    return { machines, places, absent };
  }

  return {
    nodes: names,
    async setup(wanted, forMs) {
      if (forMs !== undefined) {
        throw new PlanRunError('usage', 'Machines stay: --for is for a lab', { hint: 'leave it out' });
      }
      await each(wanted, async (name) => {
        const machine = await logIn(name);
        await refuseHeld(machine);
        for (const line of await setUp(machine.shell, name)) say(`${name}: ${line}`);
      });
    },
    status: (wanted) => Promise.all(wanted.map(statusOf)),
    async reboot(wanted) {
      const machines = await each(wanted, logIn);
      await each(machines, refuseHeld);
      await each(machines, async ({ name, connection, shell }) => {
        const took = await reboot(connection, shell, signal, async (again) => {
          const { ready, lines } = await lookAt(again, name, dir, setupHint);
          return ready ? undefined : lines.join('; ');
        });
        say(`${name}: back after ${took}, and ready`);
      });
    },
    async shutdown(wanted) {
      const machines = await each(wanted, logIn);
      await each(machines, refuseHeld);
      await each(machines, async ({ name, connection, shell }) => {
        say(`${name}: off after ${await shutdown(connection, shell, signal)}`);
      });
    },
    disturb,
    async heal(force) {
      await each(names, async (name) => say(await healOne(name, force)));
    },
    async netStatus() {
      const { machines, places, absent } = await placesOf();
      const here = startShell('this machine', ['sh']);
      const own = inventory.clients[0];
      const clients: WatchedPlace = {
        name: CLIENTS,
        run: here.run,
        bind: own ?? '0.0.0.0',
        // Behind a jump host a node sees nothing but that: where it would reach this machine nobody knows.
        addressFor: (from) => own ?? machines.find(({ name }) => name === from && !isBehindJump(name))?.survey.source,
        rules: async () => '',
      };
      try {
        return await lookAround([...places, clients], absent);
      } finally {
        here.close();
      }
    },
    async close() {
      await Promise.all(open.splice(0).map((connection) => connection.close()));
    },
  };
}

/** Rules by the variants of iptables that the hold has used, each as it prints them; and queues. */
const SHOW_ALL = `for variant in $(sed -n 's/^use //p' ${HOLD}/firewall 2>/dev/null | sort -u); do
  "$variant" -w 5 -S
done
${SHOW_QUEUES}`;

function linesOf(error: unknown): string[] {
  const hint = error instanceof PlanRunError ? error.fields.hint : undefined;
  return [messageOf(error), ...(hint === undefined ? [] : [`help: ${hint}`])];
}

/** The same with each of them, at once. @throws when all have ended: the failure, or a list of them. */
async function each<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const ended = await Promise.allSettled(all.map(work));
  const failures = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (failures.length <= 1) {
    if (failures.length === 1) throw failures[0];
    return ended.map((one) => (one as PromiseFulfilledResult<R>).value);
  }
  const lines = failures.map((error) => linesOf(error).join('\n    '));
  throw new PlanRunError('unavailable', `${failures.length} of ${all.length} nodes:\n  ${lines.join('\n  ')}`, {
    cause: new AggregateError(failures),
  });
}
