import { assert } from '../base/assert.ts';
import { type Clock, NS_PER_MS } from '../base/clock.ts';
import type { InjectContext, Injection, Presence, Registry } from '../contract/index.ts';
import type { InjectStep } from '../timeline/index.ts';
import type { Recorder } from './recorder.ts';
import { bounded } from './waits.ts';

/** Longest wait for the nodes to say whether they have a fault. */
const PROBE_MS = 10_000;

interface Open {
  readonly nemesis: string;
  readonly lasting: boolean;
  readonly injection: Injection;
}

/** What became of an injected or undone fault: for the log and the live line. */
export interface FaultReport {
  readonly fault: string;
  readonly nemesis: string;
  readonly words: string;
  /** Milliseconds until each node had it, or was rid of it. */
  readonly perNodeMs: Readonly<Record<string, number>>;
  /** Until the last node. */
  readonly lastMs: number;
  /** Of an injection: from its due time until it was in force, finding out whom it hits included. */
  readonly onsetMs?: number;
  readonly presence: Presence;
}

/**
 * The faults of a run: injects them, asks the nodes whether they are there, at first and again before their end, undoes
 * them, and writes each of these to the history. `start-NAME` and `stop-NAME` are recorded twice, when they begin and
 * when the last node is done; `probe-NAME` says what was found on the nodes.
 */
export class Faults {
  readonly #open = new Map<string, Open>();
  /** Injections and undos that have not ended: an interruption does not take back what was asked of the nodes. */
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #registry: Registry;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  #closed = false;

  constructor(registry: Registry, recorder: Recorder, clock: Clock) {
    this.#registry = registry;
    this.#recorder = recorder;
    this.#clock = clock;
  }

  /** Names of the faults in force, oldest first. */
  get open(): string[] {
    return [...this.#open].map(([fault, { nemesis }]) => `${fault} ${nemesis}`);
  }

  /** Injects a fault that was due at `dueNs`, and asks the nodes for it. */
  inject(step: InjectStep, dueNs: number, context: Omit<InjectContext, 'id'>): Promise<FaultReport> {
    return this.#watch(this.#inject(step, dueNs, context));
  }

  /** Lets nothing stay in force from now on: an injection that ends after that is undone by itself, however late. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when nothing is under way any more: only what has come into force can be undone. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #inject(step: InjectStep, dueNs: number, context: Omit<InjectContext, 'id'>): Promise<FaultReport> {
    const { fault, nemesis: name, action } = step;
    const nemesis = this.#registry.nemeses.get(name);
    assert(nemesis, `nemesis ${name} is in the registry`);
    this.#recorder.nemesis(`start-${name}`, { fault, action });
    const injection = await nemesis.inject({ ...context, id: fault }, action);
    this.#open.set(fault, { nemesis: name, lasting: step.lasting === true, injection });
    const { value, perNodeMs } = injection;
    const lastMs = slowest(perNodeMs);
    const onsetMs = (context.clock.now() - dueNs) / NS_PER_MS;
    const took = { nodes: perNodeMs, last_ms: lastMs, onset_ms: onsetMs };
    this.#recorder.nemesis(`start-${name}`, { fault, hit: value, ...took });
    if (this.#closed) await this.#undo(fault);
    const presence = await this.#probe(fault, name, injection);
    return { fault, nemesis: name, words: step.effect.words, perNodeMs, lastMs, onsetMs, presence };
  }

  /** Asks the nodes for a fault that is in force, shortly before its end: something may have ended it before. */
  async look(fault: string): Promise<void> {
    const open = this.#open.get(fault);
    if (open !== undefined) await this.#probe(fault, open.nemesis, open.injection);
  }

  /** The same for all that are in force. */
  async lookAtAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((fault) => this.look(fault)));
  }

  /** Undoes a fault; undefined where it is not in force (any more). */
  undo(fault: string): Promise<FaultReport | undefined> {
    return this.#watch(this.#undo(fault));
  }

  #watch<T>(changing: Promise<T>): Promise<T> {
    const ended = changing.catch(() => {}).finally(() => this.#underWay.delete(ended));
    this.#underWay.add(ended);
    return changing;
  }

  async #undo(fault: string): Promise<FaultReport | undefined> {
    const open = this.#open.get(fault);
    if (open === undefined) return undefined;
    const { nemesis, injection } = open;
    this.#recorder.nemesis(`stop-${nemesis}`, { fault });
    const perNodeMs = await injection.undo();
    this.#open.delete(fault);
    const lastMs = slowest(perNodeMs);
    this.#recorder.nemesis(`stop-${nemesis}`, { fault, nodes: perNodeMs, last_ms: lastMs });
    const presence = await this.#probe(fault, nemesis, injection);
    return { fault, nemesis, words: 'undone', perNodeMs, lastMs, presence };
  }

  /** Undoes every open fault that is `lasting`, or that is not, newest first; all are tried. @returns what went wrong. */
  async undoAll(lasting: boolean, report: (report: FaultReport) => void): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const [fault, open] of [...this.#open].reverse()) {
      if (open.lasting !== lasting) continue;
      try {
        const undone = await this.undo(fault);
        if (undone) report(undone);
      } catch (error) {
        errors.push(error);
      }
    }
    return errors;
  }

  async #probe(fault: string, nemesis: string, injection: Injection): Promise<Presence> {
    let nodes: Readonly<Record<string, Presence>>;
    try {
      nodes = await bounded(injection.probe(), this.#clock, PROBE_MS, `asking for ${fault}`);
    } catch {
      // The nodes did not answer: that is what `unknown` says, and the verdict will say it too.
      this.#recorder.nemesis(`probe-${nemesis}`, { fault, presence: 'unknown', nodes: {} });
      return 'unknown';
    }
    const presence = summarize(Object.values(nodes));
    this.#recorder.nemesis(`probe-${nemesis}`, { fault, presence, nodes });
    return presence;
  }
}

/** One word for all nodes. A fault that hit no node is not installed. */
export function summarize(presences: readonly Presence[]): Presence {
  const kinds = new Set(presences);
  if (kinds.size === 0) return 'not';
  if (kinds.has('unknown')) return 'unknown';
  return kinds.size === 1 ? (presences[0] as Presence) : 'partly';
}

function slowest(perNodeMs: Readonly<Record<string, number>>): number {
  return Math.max(0, ...Object.values(perNodeMs));
}
