import { assert } from '../../base/assert.ts';
import { type Clock, NS_PER_MS } from '../../base/clock.ts';
import { PlanRunError } from '../../base/errors.ts';
import type { Grudge, Network, PerNodeMs, Presence } from '../../contract/index.ts';
import { type Drop, type Hook, installRules, presenceOf, type Rules, removeRules, sweepRules } from './firewall.ts';
import type { Host } from './iptables.ts';
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

/** A cut that was asked for: the rules of each host, and which hosts stand for an endpoint. */
interface Cut {
  readonly byHost: ReadonlyMap<Host, Rules>;
  readonly byEndpoint: ReadonlyMap<string, ReadonlySet<Host>>;
  inForce: boolean;
}

/** What hosts behind shells can do beyond cutting. */
export interface ShellNetwork extends Network {
  /** @param lossPercent how many of a hundred packets are dropped, each by a throw of its own; default all. */
  cut(id: string, grudge: Grudge, lossPercent?: number): Promise<PerNodeMs>;
}

/** A network that is cut with firewall rules: iptables(8), target DROP. */
export function makeShellNetwork(topology: Topology, clock: Clock): ShellNetwork {
  const cuts = new Map<string, Cut>();

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

  /** An endpoint has a cut when the last host that stands for it has. */
  function perEndpoint({ byEndpoint }: Cut, tookMs: ReadonlyMap<Host, number>): PerNodeMs {
    const slowest = (hosts: ReadonlySet<Host>) => Math.max(0, ...[...hosts].map((host) => tookMs.get(host) ?? 0));
    return Object.fromEntries([...byEndpoint].map(([name, hosts]) => [name, slowest(hosts)]));
  }

  /** Looks at what is there and removes it: slower by a round trip, and right whatever has happened to the rules. */
  async function sweep(host: Host, id?: string): Promise<ShellResult> {
    const listing = await host.list();
    if (listing.exitCode !== 0) return listing;
    const rules = sweepRules(listing.stdout, id);
    return rules === undefined ? listing : host.apply(rules);
  }

  return {
    async cut(id, grudge, lossPercent) {
      assert(/^[a-z0-9-]{1,19}$/i.test(id), `"${id}" names a cut (a chain's name has 28 characters at most)`);
      assert(!cuts.get(id)?.inForce, `cut ${id} is not in force yet`);
      const cut = makeCut(topology, id, grudge, lossPercent);
      cuts.set(id, cut);
      const tookMs = await everywhere(`cut ${id}`, [...cut.byHost.keys()], (host) =>
        host.apply(installRules(cut.byHost.get(host)!)),
      );
      return perEndpoint(cut, tookMs);
    },

    async status(id) {
      const cut = cuts.get(id);
      if (cut === undefined) return {};
      const presence = new Map<Host, Presence>();
      async function look(host: Host, rules: Rules): Promise<void> {
        presence.set(host, 'unknown');
        const listing = await host.list();
        if (listing.exitCode === 0) presence.set(host, presenceOf(listing.stdout, rules));
      }
      // A shell that does not answer has told us nothing: unknown.
      await Promise.allSettled([...cut.byHost].map(([host, rules]) => look(host, rules)));
      const joined = (hosts: ReadonlySet<Host>) => joint([...hosts].map((host) => presence.get(host)!));
      return Object.fromEntries([...cut.byEndpoint].map(([name, hosts]) => [name, joined(hosts)]));
    },

    async restore(id) {
      const cut = cuts.get(id);
      if (!cut?.inForce) return {};
      const tookMs = await everywhere(`restore ${id}`, [...cut.byHost.keys()], async (host) => {
        const done = await host.apply(removeRules(cut.byHost.get(host)!));
        return done.exitCode === 0 ? done : sweep(host, id);
      });
      cut.inForce = false;
      return perEndpoint(cut, tookMs);
    },

    async heal() {
      await everywhere('heal', topology.hosts, (host) => sweep(host));
      for (const cut of cuts.values()) cut.inForce = false;
    },
  };
}

function makeCut(topology: Topology, id: string, grudge: Grudge, lossPercent: number | undefined): Cut {
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
  const rulesOf = (host: Host, all: Drop[]): Rules => ({ id, run, drops: all, lossPercent, exempt: exempt?.(host) });
  return { byHost: new Map([...drops].map(([host, all]) => [host, rulesOf(host, all)])), byEndpoint, inForce: true };
}

/** One word for an endpoint that several hosts stand for. */
function joint(presences: readonly Presence[]): Presence {
  const [first = 'not', ...others] = presences;
  if (presences.includes('unknown')) return 'unknown';
  return others.every((one) => one === first) ? first : 'partly';
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
