/**
 * Holds a model's trace against its `contents`: at many moments of a run, what the trace says that each process has must be
 * exactly what the model says that it has. For every model; nothing here knows a database.
 *
 *     const { differences, samples } = await simulateLookedInto(PLAN, 7, ['faults[0].for=5s']);
 *     expect(differences).toEqual([]);
 *     expect(samples).toBeGreaterThan(1_000);
 *
 * `differences` also has every entry that lies by itself: `gained` of what was there already, `dropped` or `moved` of what was not there.
 * `contents` must have each element once. Looking changes nothing: the history is the one that the plan and the seed give anyway. A look costs as much as all nodes
 * together have elements, so let plans be small (some hundred writes).
 */
import { sleep } from '../../src/base/clock.ts';
import { makeRng } from '../../src/base/rng.ts';
import { makeRegistry } from '../../src/cli/registry.ts';
import type { AnyModule, Model, TraceEntry } from '../../src/contract/index.ts';
import { type Simulated, simulateText } from './simulate.ts';
import { type Onlooker, watched } from './watched.ts';

export interface LookedInto extends Simulated {
  /** What does not fit, in the order in which it was found; of many the first ones. */
  readonly differences: readonly string[];
  /** How often all nodes were looked into. */
  readonly samples: number;
  /** How many elements were found there on the way, each time anew. */
  readonly seen: number;
  /** Entries of the trace with a `change`. */
  readonly changes: number;
}

/** A look every so often on average; when exactly is up to chance, so that it keeps step with nothing. */
const EVERY_MS = 10;
const DIFFERENCES_MAX = 20;

/** Runs a plan (its text, or the same as data) and looks into it all the while; with `modules` from outside the package, too. */
export async function simulateLookedInto(
  plan: string | object,
  seed: number,
  set: readonly string[] = [],
  { everyMs = EVERY_MS, modules = [] }: { everyMs?: number; modules?: readonly AnyModule[] } = {},
): Promise<LookedInto> {
  const replay = new Replay();
  const counts = { samples: 0, seen: 0 };
  const look = (model: Model, nodes: readonly string[]) => {
    counts.samples++;
    for (const node of nodes) counts.seen += replay.compare(node, model);
  };
  const text = typeof plan === 'string' ? plan : JSON.stringify(plan);
  const registry = watched(makeRegistry(modules), onlookerOf(replay, look, everyMs));
  const run = await simulateText(text, seed, set, 'test.yaml', registry);
  return { ...run, ...counts, differences: replay.differences, changes: replay.changes };
}

/** What the trace says that each process has. */
export class Replay {
  readonly differences: string[] = [];
  changes = 0;
  /** When the last change was. */
  #time = 0;
  /** By node, then by process. */
  readonly #has = new Map<string, Map<string, Set<number>>>();

  take({ time, node, process, what, elements, change }: TraceEntry): void {
    if (change === undefined) return;
    this.changes++;
    this.#time = time;
    const has = this.#of(node, process);
    if (elements === undefined) has.clear();
    for (const element of elements ?? []) {
      if (has.has(element) === (change === 'gained'))
        this.#differs(`${seconds(time)} ${node} ${process}: ${what} of ${element} is no news (${change})`);
      if (change === 'gained') has.add(element);
      else has.delete(element);
    }
  }

  /** Holds a node's contents against the trace. @returns how many elements it has. */
  compare(node: string, model: Model): number {
    const contents = model.contents?.(node) ?? {};
    let count = 0;
    for (const process of new Set([...Object.keys(contents), ...(this.#has.get(node)?.keys() ?? [])])) {
      const [found, told] = [contents[process] ?? [], this.#of(node, process)];
      const untold: number[] = [];
      let size = 0;
      for (const element of found) {
        size++;
        if (!told.has(element)) untold.push(element);
      }
      count += size;
      if (untold.length === 0 && size === told.size) continue;
      const has = new Set(found);
      const gone = [...told].filter((element) => !has.has(element));
      this.#differs(
        `after ${seconds(this.#time)} ${node} ${process}: it has ${listed(untold)}, which was never told; it lacks ${listed(gone)}`,
      );
      // Told once is enough.
      this.#has.get(node)?.set(process, has);
    }
    return count;
  }

  #of(node: string, process: string): Set<number> {
    const processes = this.#has.get(node) ?? new Map<string, Set<number>>();
    this.#has.set(node, processes);
    const has = processes.get(process) ?? new Set<number>();
    processes.set(process, has);
    return has;
  }

  #differs(words: string): void {
    if (this.differences.length < DIFFERENCES_MAX) this.differences.push(words);
  }
}

/** Reads the trace, and looks into the model every so often. */
function onlookerOf(replay: Replay, look: (model: Model, nodes: readonly string[]) => void, everyMs: number): Onlooker {
  let open = true;
  let looks: Promise<void> | undefined;
  return {
    trace: (entry) => replay.take(entry),
    deployed(model, { clock, failure }, { nodes, seed }) {
      const rng = makeRng(seed).fork('onlooker');
      async function looking() {
        while (open && !failure?.aborted) {
          look(model, nodes);
          await sleep(clock, rng.int(1, 2_000 * everyMs) / 1_000);
        }
      }
      looks = looking();
    },
    async closed() {
      open = false;
      await looks;
    },
  };
}

const seconds = (ns: number) => `${(ns / 1e9).toFixed(6)} s`;

function listed(elements: readonly number[]): string {
  if (elements.length === 0) return 'nothing';
  return elements.length > 8 ? `${elements.slice(0, 8).join(' ')} ... (${elements.length})` : elements.join(' ');
}
