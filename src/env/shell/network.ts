import { assert } from '../../base/assert.ts';
import { type Clock, NS_PER_MS } from '../../base/clock.ts';
import { PlanRunError } from '../../base/errors.ts';
import type { Grudge, Network, PerNodeMs, Presence } from '../../contract/index.ts';
import { type Drop, type Hook, installRules, presenceOf, type Rules, removeRules, sweepRules } from './firewall.ts';
import type { Host } from './iptables.ts';
import { addDelay, type Band, type Delay, presenceOfDelay, removeScript, SWEEP_QUEUES } from './netem.ts';
import type { ShellResult } from './shell.ts';

/** Where endpoints are. */
export interface Topology {
  readonly hosts: readonly Host[];
  /**
   * The host that can drop what `from` sends to `to`, and where it sees it: who receives it, as it comes in; or, where that is
   * no host of ours, who sends it, as it goes out. @throws where there is no such endpoint (a bug).
   */
  placeOf(from: string, to: string): { readonly host: Host; readonly hook: Hook };
  /** The endpoint's addresses, as iptables prints them: `10.77.0.1/32`. */
  addressesOf(endpoint: string): readonly string[];
  /** Whose network it is, for the comments of the rules. */
  readonly run: string;
  /** TCP ports that are never cut, by host: SSH's. */
  exempt?(host: Host): readonly number[];
}

/** What one host does for a fault. Each throws where the host refuses, or does not answer. */
interface Part {
  apply(): Promise<void>;
  presence(): Promise<Presence>;
  remove(): Promise<void>;
}

/** A fault that was asked for: the part of each host, and which hosts stand for an endpoint. */
interface Fault {
  readonly parts: ReadonlyMap<Host, Part>;
  readonly byEndpoint: ReadonlyMap<string, ReadonlySet<Host>>;
  inForce: boolean;
}

/** What hosts behind shells can do beyond cutting. */
export interface ShellNetwork extends Network {
  /** @param lossPercent how many of a hundred packets are dropped, each by a throw of its own; default all. */
  cut(id: string, grudge: Grudge, lossPercent?: number): Promise<PerNodeMs>;
  /**
   * Makes what each endpoint hears from the others that it names late, by tc-netem(8) on the senders. @param jitterMs how much
   * that varies, evenly. @throws PlanRunError where a sender is no node, its kernel has no netem, or its device a chosen queue.
   */
  slow(id: string, grudge: Grudge, delayMs: number, jitterMs: number): Promise<PerNodeMs>;
}

/** A network that is cut with firewall rules: iptables(8), target DROP; and slowed by queues: tc-netem(8). */
export function makeShellNetwork(topology: Topology, clock: Clock): ShellNetwork {
  const faults = new Map<string, Fault>();
  /** Whether there may be queues of ours: to look for them takes a program. */
  let queues = false;

  /** The same on every host at once; how long each took, or the first refusal once all have answered. */
  async function everywhere(hosts: Iterable<Host>, change: (host: Host) => Promise<void>) {
    const begin = clock.now();
    const tookMs = new Map<Host, number>();
    async function changeOne(host: Host): Promise<void> {
      await change(host);
      tookMs.set(host, (clock.now() - begin) / NS_PER_MS);
    }
    const answers = await Promise.allSettled([...hosts].map(changeOne));
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
    return tookMs;
  }

  /** An endpoint has a fault when the last host that stands for it has. */
  function perEndpoint({ byEndpoint }: Fault, tookMs: ReadonlyMap<Host, number>): PerNodeMs {
    const slowest = (hosts: ReadonlySet<Host>) => Math.max(0, ...[...hosts].map((host) => tookMs.get(host) ?? 0));
    return Object.fromEntries([...byEndpoint].map(([name, hosts]) => [name, slowest(hosts)]));
  }

  async function begin(id: string, fault: Fault): Promise<PerNodeMs> {
    assert(/^[a-z0-9-]{1,19}$/i.test(id), `"${id}" names a cut (a chain's name has 28 characters at most)`);
    assert(!faults.get(id)?.inForce, `cut ${id} is not in force yet`);
    faults.set(id, fault);
    return perEndpoint(fault, await everywhere(fault.parts.keys(), (host) => fault.parts.get(host)!.apply()));
  }

  return {
    cut: (id, grudge, lossPercent) => begin(id, makeCut(topology, id, grudge, lossPercent)),

    async slow(id, grudge, delayMs, jitterMs) {
      queues = true;
      return begin(id, makeSlow(topology, grudge, delayMs, jitterMs));
    },

    async status(id) {
      const fault = faults.get(id);
      if (fault === undefined) return {};
      const presence = new Map<Host, Presence>();
      // A shell that does not answer has told us nothing: unknown.
      await Promise.all(
        [...fault.parts].map(async ([host, part]) => {
          presence.set(host, await part.presence().catch((): Presence => 'unknown'));
        }),
      );
      const joined = (hosts: ReadonlySet<Host>) => joint([...hosts].map((host) => presence.get(host)!));
      return Object.fromEntries([...fault.byEndpoint].map(([name, hosts]) => [name, joined(hosts)]));
    },

    async restore(id) {
      const fault = faults.get(id);
      if (!fault?.inForce) return {};
      const tookMs = await everywhere(fault.parts.keys(), (host) => fault.parts.get(host)!.remove());
      fault.inForce = false;
      return perEndpoint(fault, tookMs);
    },

    async heal() {
      await everywhere(topology.hosts, async (host) => {
        accept('heal', host, await sweep(host));
        if (queues) accept('heal', host, await host.run(SWEEP_QUEUES), 'tc qdisc del');
      });
      for (const fault of faults.values()) fault.inForce = false;
    },
  };
}

/** Looks at what is there and removes it: slower by a round trip, and right whatever has happened to the rules. */
async function sweep(host: Host, id?: string): Promise<ShellResult> {
  const listing = await host.list();
  if (listing.exitCode !== 0) return listing;
  const rules = sweepRules(listing.stdout, id);
  return rules === undefined ? listing : host.apply(rules);
}

function makeCut(topology: Topology, id: string, grudge: Grudge, lossPercent: number | undefined): Fault {
  const { run, addressesOf, placeOf, exempt } = topology;
  const drops = new Map<Host, Drop[]>();
  const byEndpoint = new Map<string, Set<Host>>();
  for (const [endpoint, others] of Object.entries(grudge)) {
    for (const other of others) {
      const { host, hook } = placeOf(other, endpoint);
      const ofHost = drops.get(host) ?? [];
      drops.set(host, ofHost);
      byEndpoint.set(endpoint, (byEndpoint.get(endpoint) ?? new Set()).add(host));
      for (const to of addressesOf(endpoint)) for (const from of addressesOf(other)) ofHost.push({ hook, from, to });
    }
  }
  const partOf = (host: Host, all: Drop[]) =>
    firewallPart(host, { id, run, drops: all, lossPercent, exempt: exempt?.(host) });
  return { parts: new Map([...drops].map(([host, all]) => [host, partOf(host, all)])), byEndpoint, inForce: true };
}

function firewallPart(host: Host, rules: Rules): Part {
  const { id } = rules;
  return {
    async apply() {
      accept(`cut ${id}`, host, await host.apply(installRules(rules)));
    },
    async presence() {
      const listing = await host.list();
      return listing.exitCode === 0 ? presenceOf(listing.stdout, rules) : 'unknown';
    },
    async remove() {
      const done = await host.apply(removeRules(rules));
      if (done.exitCode !== 0) accept(`restore ${id}`, host, await sweep(host, id));
    },
  };
}

function makeSlow(topology: Topology, grudge: Grudge, delayMs: number, jitterMs: number): Fault {
  const { hosts, addressesOf, exempt } = topology;
  const receivers = new Map<Host, string[]>();
  const byEndpoint = new Map<string, Set<Host>>();
  for (const [endpoint, others] of Object.entries(grudge)) {
    for (const other of others) {
      const host = hosts.find(({ name }) => name === other);
      if (host === undefined) {
        throw new PlanRunError('unavailable', `Only what nodes send can be slowed, and "${other}" is none`);
      }
      receivers.set(host, [...(receivers.get(host) ?? []), ...addressesOf(endpoint)]);
      byEndpoint.set(endpoint, (byEndpoint.get(endpoint) ?? new Set()).add(host));
    }
  }
  const partOf = (host: Host, to: string[]) =>
    queuePart(host, { to: [...new Set(to)], delayMs, jitterMs, exempt: exempt?.(host) ?? [] });
  return { parts: new Map([...receivers].map(([host, to]) => [host, partOf(host, to)])), byEndpoint, inForce: true };
}

function queuePart(host: Host, delay: Delay): Part {
  let bands: Band[] = [];
  async function remove(): Promise<void> {
    accept('restore', host, await host.run(removeScript(bands)), 'tc qdisc del');
    bands = [];
  }
  return {
    async apply() {
      try {
        await addDelay(host, delay, bands);
      } catch (error) {
        // Half a delay is none: what is there of it goes, and why it failed is what counts.
        await remove().catch(() => {});
        throw error;
      }
    },
    presence: () => presenceOfDelay(host, bands),
    remove,
  };
}

/** One word for an endpoint that several hosts stand for. */
function joint(presences: readonly Presence[]): Presence {
  const [first = 'not', ...others] = presences;
  if (presences.includes('unknown')) return 'unknown';
  return others.every((one) => one === first) ? first : 'partly';
}

/** @throws PlanRunError with what a host has said, where it has refused. */
function accept(words: string, host: Host, answer: ShellResult, command = 'iptables-restore --noflush'): void {
  if (answer.exitCode === 0) return;
  const stderr = answer.stderr.trim();
  throw new PlanRunError('command-failed', `Cannot ${words} on ${host.name}: ${stderr}`, {
    node: host.name,
    command,
    exitCode: answer.exitCode,
    stderr,
  });
}
