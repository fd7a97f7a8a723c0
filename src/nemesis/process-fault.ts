import { type Clock, NS_PER_MS } from '../base/clock.ts';
import {
  type Cluster,
  drawNodes,
  type Injection,
  isRunSelector,
  type NemesisModule,
  type NodeRef,
  type NodeSet,
  type PerNodeMs,
  type Presence,
  resolveNodes,
} from '../contract/index.ts';

interface ProcessFault {
  /** Its name in a plan, what it needs of the database, and the verb for the reviewer. */
  readonly kind: 'kill' | 'pause';
  readonly summary: string;
  readonly settings: ReturnType<typeof NodeSet>;
  begin(cluster: Cluster, node: string): Promise<void>;
  end(cluster: Cluster, node: string): Promise<void>;
  /** What the processes' state says about the fault. */
  readonly presence: Readonly<Record<'running' | 'paused' | 'dead' | 'mixed', Presence>>;
}

/**
 * A fault of processes, on nodes: kill and pause. The action is the list of nodes, as far as they are known before
 * the run.
 */
export function processFault(fault: ProcessFault): NemesisModule<ProcessFault['settings'], NodeRef[]> {
  return {
    kind: 'nemesis',
    name: fault.kind,
    summary: fault.summary,
    settings: fault.settings,
    needs: fault.kind,
    compile: (settings, { nodes, rng }) => drawNodes([settings].flat(), nodes, rng),
    effect: (refs) => ({ hits: refs, down: refs, words: `${fault.kind} {${refs.join(', ')}}` }),
    async inject({ nodes, cluster, clock }, refs): Promise<Injection> {
      const primaries = refs.some(isRunSelector) ? await cluster.primaries() : [];
      const unresolved = refs.filter((ref) => resolveNodes([ref], nodes, primaries).length === 0);
      // A fault on fewer nodes than were reviewed is another fault: then none of it happens, and the probe says so.
      const hit = unresolved.length > 0 ? [] : resolveNodes(refs, nodes, primaries);
      const undo = () => onEach(clock, hit, (node) => fault.end(cluster, node));
      try {
        const perNodeMs = await onEach(clock, hit, (node) => fault.begin(cluster, node));
        return { value: value(hit, unresolved), perNodeMs, probe, undo };
      } catch (error) {
        // Some may have it; nobody else would end it there. The first failure is the one to tell.
        await undo().catch(() => {});
        throw error;
      }

      async function probe(): Promise<Record<string, Presence>> {
        const found = await Promise.all(hit.map(async (node) => [node, await look(node)] as const));
        return Object.fromEntries([...found, ...unresolved.map((ref) => [ref, 'not'] as const)]);
      }

      async function look(node: string): Promise<Presence> {
        try {
          return fault.presence[await cluster.processes(node)];
        } catch {
          return 'unknown';
        }
      }
    },
  };
}

function value(nodes: readonly string[], unresolved: readonly NodeRef[]): object {
  return unresolved.length > 0 ? { nodes, unresolved } : { nodes };
}

/** On all nodes at once: milliseconds until each was done. @throws the first failure, once all have ended. */
async function onEach(
  clock: Clock,
  nodes: readonly string[],
  change: (node: string) => Promise<void>,
): Promise<PerNodeMs> {
  const begin = clock.now();
  const perNodeMs: Record<string, number> = {};
  async function one(node: string): Promise<void> {
    await change(node);
    perNodeMs[node] = (clock.now() - begin) / NS_PER_MS;
  }
  const ends = await Promise.allSettled(nodes.map(one));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return perNodeMs;
}
