import { assert } from '../../base/assert.ts';
import { NS_PER_MS } from '../../base/clock.ts';
import type { Rng } from '../../base/rng.ts';
import { parsePercentage } from '../../base/units.ts';
import { CLIENTS, drawNodes, type Grudge, type Network, type PerNodeMs, type Presence } from '../../contract/index.ts';
import type { Kernel } from './kernel.ts';
import type { SimSettings } from './settings.ts';
import { draw, type Spread, spreadOf } from './spread.ts';

/** How many of a million packets. */
interface Conditions {
  readonly latency: Spread;
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
}

/** A cut: at which endpoints it is in force by now, and whether it is being ended. */
interface Rules {
  readonly id: string;
  readonly grudge: Grudge;
  readonly at: Set<string>;
  ending: boolean;
}

const MILLION = 1_000_000;
/** How long it takes until a node has a rule of a cut, or is rid of it: what the lab needs. */
const RULE: Spread = { minNs: 0.5 * NS_PER_MS, p50Ns: 1.5 * NS_PER_MS, p99Ns: 4 * NS_PER_MS, maxNs: 6 * NS_PER_MS };

/** What becomes of a packet: so many nanoseconds until each of its copies arrives; none where it is lost. */
export type Fate = readonly number[];

/**
 * The wires, and the rules at their ends. Places are the nodes, and for each node the clients that are at home there
 * (`clients@n1`). A rule drops packets where they arrive, as iptables' INPUT does: a packet that is under way when the
 * rule comes is dropped, one that has arrived is not.
 */
export class Links implements Network {
  readonly #kernel: Kernel;
  readonly #nodes: readonly string[];
  readonly #places = new Map<string, number>();
  /** How many rules at `to` drop what comes from `from`: `to * places + from`. */
  readonly #drops: Uint16Array;
  /** What each direction between two places is like, as far as it was asked. */
  readonly #directions: (Conditions | undefined)[] = [];
  readonly #conditions: (from: string, to: string) => Conditions;
  readonly #cuts = new Map<string, Rules>();
  /** The grudges of cuts that have ended: who was in them must still be able to say that it has nothing of it. */
  readonly #past = new Map<string, Grudge>();
  readonly #ruleRng: Rng;

  constructor(kernel: Kernel, nodes: readonly string[], settings: SimSettings, rng: Rng) {
    this.#kernel = kernel;
    this.#nodes = nodes;
    for (const name of [...nodes, ...nodes.map((node) => `${CLIENTS}@${node}`)]) {
      this.#places.set(name, this.#places.size);
    }
    this.#drops = new Uint16Array(this.#places.size ** 2);
    this.#ruleRng = rng.fork('rules');
    this.#conditions = conditionsOf(settings, nodes, rng.fork('link sides'));
  }

  /** The number of a node, or of the clients at home on it (`clients@n1`). */
  place(name: string): number {
    const place = this.#places.get(name);
    assert(place !== undefined, `"${name}" is a place of the network`);
    return place;
  }

  /** Whether a packet from one place may enter another now. */
  passes(from: number, to: number): boolean {
    return this.#drops[to * this.#places.size + from] === 0;
  }

  /**
   * Draws from `rng` what becomes of a packet that leaves now; the rules are asked when it arrives. Each connection has
   * streams of its own, so that nobody's traffic changes what becomes of another's.
   */
  fate(from: number, to: number, rng: Rng): Fate {
    const { latency, loss, duplicate, reorder } = this.#direction(from, to);
    const lost = loss > 0 && rng.int(1, MILLION) <= loss;
    const twice = duplicate > 0 && rng.int(1, MILLION) <= duplicate;
    const late = reorder > 0 && rng.int(1, MILLION) <= reorder;
    const arrives = draw(latency, rng) + (late ? draw(latency, rng) + latency.p99Ns : 0);
    if (lost) return twice ? [draw(latency, rng)] : [];
    return twice ? [arrives, arrives + draw(latency, rng)] : [arrives];
  }

  async cut(id: string, grudge: Grudge): Promise<PerNodeMs> {
    assert(!this.#cuts.has(id), `there is no cut "${id}" yet`);
    const rules: Rules = { id, grudge, at: new Set(), ending: false };
    this.#cuts.set(id, rules);
    return this.#onEach(Object.keys(grudge), `cut ${id}`, (endpoint) => {
      // Ended before it came so far.
      if (rules.ending) return;
      rules.at.add(endpoint);
      this.#count(endpoint, grudge[endpoint] ?? [], 1);
    });
  }

  async status(id: string): Promise<Record<string, Presence>> {
    const rules = this.#cuts.get(id);
    const endpoints = Object.keys(rules?.grudge ?? this.#past.get(id) ?? {});
    return Object.fromEntries(endpoints.map((one) => [one, rules?.at.has(one) ? 'installed' : 'not'] as const));
  }

  async restore(id: string): Promise<PerNodeMs> {
    const rules = this.#cuts.get(id);
    if (rules === undefined) return {};
    rules.ending = true;
    if (rules.at.size === 0) this.#forget(rules);
    return this.#onEach([...rules.at], `restore ${id}`, (endpoint) => this.#release(rules, endpoint));
  }

  async heal(): Promise<void> {
    await Promise.all([...this.#cuts.keys()].map((id) => this.restore(id)));
  }

  #release(rules: Rules, endpoint: string): void {
    if (!rules.at.delete(endpoint)) return;
    this.#count(endpoint, rules.grudge[endpoint] ?? [], -1);
    if (rules.at.size === 0) this.#forget(rules);
  }

  #forget({ id, grudge }: Rules): void {
    this.#cuts.delete(id);
    this.#past.set(id, grudge);
  }

  #count(endpoint: string, from: readonly string[], change: 1 | -1): void {
    const places = this.#places.size;
    for (const to of this.#placesOf(endpoint))
      for (const other of from) for (const place of this.#placesOf(other)) this.#drops[to * places + place]! += change;
  }

  #placesOf(endpoint: string): number[] {
    if (endpoint !== CLIENTS) return [this.place(endpoint)];
    return this.#nodes.map((node) => this.place(`${CLIENTS}@${node}`));
  }

  /** On all endpoints at once, each after its own moment: milliseconds until each was done. */
  async #onEach(endpoints: readonly string[], what: string, change: (endpoint: string) => void): Promise<PerNodeMs> {
    const perNodeMs: Record<string, number> = {};
    await Promise.all(
      endpoints.map((endpoint) => {
        const tookNs = draw(RULE, this.#ruleRng.fork(`${what} at ${endpoint}`));
        perNodeMs[endpoint] = tookNs / NS_PER_MS;
        // Who heals is served when the simulated world has already ended.
        return this.#kernel.clock.sleepUntil(this.#kernel.now() + tookNs).then(() => change(endpoint));
      }),
    );
    return perNodeMs;
  }

  #direction(from: number, to: number): Conditions {
    const at = to * this.#places.size + from;
    const known = this.#directions[at];
    if (known !== undefined) return known;
    const names = [...this.#places.keys()];
    const made = this.#conditions(names[from] as string, names[to] as string);
    this.#directions[at] = made;
    return made;
  }
}

/** What a direction is like, by the names of its two ends. */
function conditionsOf(settings: SimSettings, nodes: readonly string[], rng: Rng) {
  const sides = settings.links.map((link, index) => {
    const drawn = (refs: string | readonly string[], side: string) =>
      drawNodes([refs].flat(), nodes, rng.fork(`${index} ${side}`));
    return { link, between: drawn(link.between, 'between'), and: drawn(link.and, 'and') };
  });
  return (from: string, to: string): Conditions => {
    const [a, b] = [nameOf(from), nameOf(to)];
    let { latency, loss, duplicate, reorder } = settings;
    for (const { link, between, and } of sides) {
      const meant = (between.includes(a) && and.includes(b)) || (between.includes(b) && and.includes(a));
      if (!meant) continue;
      latency = link.latency ?? latency;
      loss = link.loss ?? loss;
      duplicate = link.duplicate ?? duplicate;
      reorder = link.reorder ?? reorder;
    }
    return {
      latency: spreadOf(latency),
      loss: ofAMillion(loss),
      duplicate: ofAMillion(duplicate),
      reorder: ofAMillion(reorder),
    };
  };
}

const nameOf = (place: string) => (place.startsWith(`${CLIENTS}@`) ? CLIENTS : place);
const ofAMillion = (percentage: string) => Math.round((parsePercentage(percentage) ?? 0) * MILLION);
