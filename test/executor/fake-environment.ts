import type { Clock } from '../../src/base/clock.ts';
import type {
  Client,
  Cluster,
  Environment,
  Grudge,
  Invocation,
  Network,
  Outcome,
  Presence,
  Seat,
} from '../../src/contract/index.ts';

/** What a test may bend: every part has a default that works. */
export interface Fakes {
  invoke?(op: Invocation, seat: Seat): Outcome | Promise<Outcome>;
  connect?(seat: Seat): Promise<Client>;
  cluster?: Partial<Cluster>;
  network?: Partial<Network>;
  provision?(): Promise<void>;
  close?(): Promise<void>;
}

/** An environment without a world: a set in memory, a network that remembers its cuts, and a log of the calls. */
export function fakeEnvironment(nodes: readonly string[], clock: Clock, fakes: Fakes = {}) {
  const calls: string[] = [];
  const elements = new Set<unknown>();
  const cuts = new Map<string, Grudge>();
  const answer = (op: Invocation): Outcome => {
    if (op.f === 'read') return { type: 'ok', value: [...elements] };
    elements.add(op.value);
    return { type: 'ok' };
  };
  const network: Network = {
    async cut(id, grudge) {
      calls.push(`cut ${id}`);
      cuts.set(id, grudge);
      return Object.fromEntries(Object.keys(grudge).map((node) => [node, 1]));
    },
    async restore(id) {
      calls.push(`restore ${id}`);
      const grudge = cuts.get(id) ?? {};
      cuts.delete(id);
      return Object.fromEntries(Object.keys(grudge).map((node) => [node, 1]));
    },
    async status(id): Promise<Record<string, Presence>> {
      return Object.fromEntries(nodes.map((node) => [node, cuts.has(id) ? 'installed' : 'not']));
    },
    async heal() {
      calls.push('heal');
      cuts.clear();
    },
    ...fakes.network,
  };
  const cluster: Cluster = {
    ready: async () => undefined,
    primaries: async () => nodes.slice(0, 1),
    start: async () => {},
    stop: async () => {},
    kill: async () => {},
    pause: async () => {},
    resume: async () => {},
    processes: async () => 'running',
    logs: () => [],
    async connect(seat) {
      calls.push(`connect ${seat.client}`);
      if (fakes.connect) return fakes.connect(seat);
      return {
        invoke: (op) => (fakes.invoke ? fakes.invoke(op, seat) : answer(op)),
        close: () => void calls.push(`close ${seat.client}`),
      };
    },
    ...fakes.cluster,
  };
  const environment: Environment = {
    name: 'fake',
    clock,
    network,
    async provision() {
      calls.push('provision');
      await fakes.provision?.();
    },
    async deploy() {
      calls.push('deploy');
      return cluster;
    },
    seat: (client) => ({ client, home: nodes[client % nodes.length] as string }),
    fetch: async () => {},
    async close() {
      calls.push('close environment');
      await fakes.close?.();
    },
  };
  return { environment, calls, elements, cuts, answer };
}
