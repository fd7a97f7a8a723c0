import { assert } from '../../base/assert.ts';
import { type Clock, NS_PER_MS } from '../../base/clock.ts';
import { PlanRunError } from '../../base/errors.ts';
import type { Grudge, Network, PerNodeMs, Presence } from '../../contract/index.ts';
import { type Drop, installRules, presenceOf, removeRules, sweepRules } from './firewall.ts';
import type { Host } from './iptables.ts';
import type { ShellResult } from './shell.ts';

/** Where endpoints are. */
export interface Topology {
  readonly hosts: readonly Host[];
  /** The host that sees the packets to this endpoint. @throws where there is no such endpoint (a bug). */
  hostOf(endpoint: string): Host;
  /** The endpoint's addresses, as iptables prints them: `10.77.0.1/32`. */
  addressesOf(endpoint: string): readonly string[];
}

/** Drops, by host. */
type Cut = ReadonlyMap<Host, readonly Drop[]>;

/** A network that is cut with firewall rules, by the hosts that receive: iptables(8), target DROP in INPUT. */
export function makeShellNetwork(topology: Topology, clock: Clock): Network {
  const cuts = new Map<string, { grudge: Grudge; byHost: Cut; inForce: boolean }>();

  /** The same on every host at once; how long each took, or the first refusal once all have answered. */
  async function everywhere(words: string, hosts: readonly Host[], change: (host: Host) => Promise<ShellResult>) {
    const begin = clock.now();
    const tookMs = new Map<Host, number>();
    async function changeOne(host: Host): Promise<void> {
      const answer = await change(host);
      if (answer.exitCode !== 0) throw refusal(words, host, answer);
      tookMs.set(host, (clock.now() - begin) / NS_PER_MS);
    }
    const answers = await Promise.allSettled(hosts.map(changeOne));
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
    return tookMs;
  }

  function byEndpoint(grudge: Grudge, tookMs: ReadonlyMap<Host, number>): PerNodeMs {
    return Object.fromEntries(Object.keys(grudge).map((name) => [name, tookMs.get(topology.hostOf(name)) ?? 0]));
  }

  /** Looks at what is there and removes it: slower by a round trip, and right whatever has happened to the rules. */
  async function sweep(host: Host, id?: string): Promise<ShellResult> {
    const listing = await host.list();
    if (listing.exitCode !== 0) return listing;
    const rules = sweepRules(listing.stdout, id);
    return rules === undefined ? listing : host.apply(rules);
  }

  return {
    async cut(id, wanted) {
      const grudge = Object.fromEntries(Object.entries(wanted).filter(([, others]) => others.length > 0));
      assert(/^[a-z0-9-]{1,19}$/i.test(id), `"${id}" names a cut (a chain's name has 28 characters at most)`);
      assert(!cuts.get(id)?.inForce, `cut ${id} is not in force yet`);
      const byHost = dropsByHost(topology, grudge);
      cuts.set(id, { grudge, byHost, inForce: true });
      const tookMs = await everywhere(`cut ${id}`, [...byHost.keys()], (host) =>
        host.apply(installRules(id, byHost.get(host)!)),
      );
      return byEndpoint(grudge, tookMs);
    },

    async status(id) {
      const { grudge, byHost } = cuts.get(id) ?? { grudge: {}, byHost: new Map<Host, Drop[]>() };
      const presence = new Map<Host, Presence>();
      async function look(host: Host, drops: readonly Drop[]): Promise<void> {
        presence.set(host, 'unknown');
        const listing = await host.list();
        if (listing.exitCode === 0) presence.set(host, presenceOf(listing.stdout, id, drops));
      }
      // A shell that does not answer has told us nothing: unknown.
      await Promise.allSettled([...byHost].map(([host, drops]) => look(host, drops)));
      return Object.fromEntries(Object.keys(grudge).map((name) => [name, presence.get(topology.hostOf(name))!]));
    },

    async restore(id) {
      const cut = cuts.get(id);
      if (!cut?.inForce) return {};
      const tookMs = await everywhere(`restore ${id}`, [...cut.byHost.keys()], async (host) => {
        const done = await host.apply(removeRules(id));
        return done.exitCode === 0 ? done : sweep(host, id);
      });
      cut.inForce = false;
      return byEndpoint(cut.grudge, tookMs);
    },

    async heal() {
      await everywhere('heal', topology.hosts, (host) => sweep(host));
      for (const cut of cuts.values()) cut.inForce = false;
    },
  };
}

function dropsByHost(topology: Topology, grudge: Grudge): Cut {
  const byHost = new Map<Host, Drop[]>();
  for (const [endpoint, others] of Object.entries(grudge)) {
    const host = topology.hostOf(endpoint);
    const drops = byHost.get(host) ?? [];
    byHost.set(host, drops);
    for (const to of topology.addressesOf(endpoint)) {
      for (const other of others) for (const from of topology.addressesOf(other)) drops.push({ from, to });
    }
  }
  return byHost;
}

function refusal(words: string, host: Host, answer: ShellResult): PlanRunError {
  const stderr = answer.stderr.trim();
  return new PlanRunError('command-failed', `Cannot ${words} on ${host.name}: ${stderr}`, {
    node: host.name,
    command: 'iptables-restore --noflush',
    exitCode: answer.exitCode,
    stderr,
  });
}
