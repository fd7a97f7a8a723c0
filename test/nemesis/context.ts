import type { Clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { makeRng } from '../../src/base/rng.ts';
import type { Cluster, CompileContext, Grudge, InjectContext, Network, Presence } from '../../src/contract/index.ts';

export const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

export const compiling = (seed = 1): CompileContext => ({ nodes: NODES, rng: makeRng(seed) });

type State = Awaited<ReturnType<Cluster['processes']>>;

/** A cluster and a network that do as they are told, keep what they were told, and may be broken on purpose. */
export function fakeWorld({ primaries = ['n1'] as string[], clientsAtHome = false, fails = '' } = {}) {
  let now = 0;
  const clock: Clock = {
    now: () => {
      now += 1_000_000;
      return now;
    },
    sleepUntil: async () => {},
  };
  const states = new Map<string, State>(NODES.map((node) => [node, 'running']));
  const cuts = new Map<string, Grudge>();
  const told: string[] = [];
  const change = (verb: string, state: State) => async (node: string) => {
    told.push(`${verb} ${node}`);
    if (`${verb} ${node}` === fails) throw new Error(`cannot ${fails}`);
    states.set(node, state);
  };
  const cluster: Cluster = {
    ready: async () => undefined,
    primaries: async () => {
      told.push('primaries');
      return primaries;
    },
    start: change('start', 'running'),
    stop: change('stop', 'dead'),
    kill: change('kill', 'dead'),
    pause: change('pause', 'paused'),
    resume: change('resume', 'running'),
    processes: async (node) => {
      const state = states.get(node);
      if (state === undefined) throw new Error(`no node ${node}`);
      return state;
    },
    logs: () => [],
    connect: () => Promise.reject(new Error('no clients here')),
  };
  const each = <T>(id: string, value: T) =>
    Object.fromEntries(Object.keys(cuts.get(id) ?? {}).map((one) => [one, value]));
  const network: Network = {
    async cut(id, grudge) {
      cuts.set(id, grudge);
      if (fails === `cut ${id}`) throw new Error(`cannot ${fails}`);
      return each(id, 3);
    },
    status: async (id) => each<Presence>(id, 'installed'),
    async restore(id) {
      const ended = each(id, 2);
      cuts.delete(id);
      return ended;
    },
    heal: async () => cuts.clear(),
  };
  const context: InjectContext = { id: 'f1', nodes: NODES, clientsAtHome, cluster, network, clock, log: silentLogger };
  return { context, states, cuts, told };
}
