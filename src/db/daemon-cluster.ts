import { type Clock, NS_PER_MS, sleep } from '../base/clock.ts';
import { PlanRunError } from '../base/errors.ts';
import type { Client, Cluster, Daemon, DaemonSignal, DaemonState, Node, Seat } from '../contract/index.ts';

const END_MS_MAX = 20_000;
const END_POLL_MS = 20;

/**
 * A database on real nodes whose processes we keep ourselves: starting, ending, killing and pausing them is the same for
 * every database. It says which daemons a node has, who is ready, who is primary, and how a client connects.
 */
export abstract class DaemonCluster implements Cluster {
  protected readonly nodes: readonly Node[];
  protected readonly clock: Clock;
  /** How it is called in an error: `Redis`. */
  protected abstract readonly title: string;
  /** Asks a daemon to end in order. */
  protected readonly endSignal: DaemonSignal = 'TERM';

  constructor({ nodes, clock }: { readonly nodes: readonly Node[]; readonly clock: Clock }) {
    this.nodes = nodes;
    this.clock = clock;
  }

  /** What runs on the node, in the order in which it is started; nothing, on a node that has no part in it. */
  protected abstract daemonsOf(node: Node): readonly Daemon[];
  abstract ready(): Promise<string | undefined>;
  abstract primaries(): Promise<string[]>;
  abstract connect(seat: Seat): Promise<Client>;

  async startAll(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.start(node.name)));
  }

  async start(name: string): Promise<void> {
    const node = this.node(name);
    for (const daemon of this.daemonsOf(node)) if ((await node.state(daemon.name)) === 'dead') await node.spawn(daemon);
  }

  async stop(name: string): Promise<void> {
    await this.#signal(name, this.endSignal);
    // A paused process takes it when it goes on.
    await this.#signal(name, 'CONT');
    await this.awaitDeath(name, `SIG${this.endSignal}`);
  }

  async kill(name: string): Promise<void> {
    await this.#signal(name, 'KILL');
    await this.awaitDeath(name, 'SIGKILL');
  }

  pause(name: string): Promise<void> {
    return this.#signal(name, 'STOP');
  }

  resume(name: string): Promise<void> {
    return this.#signal(name, 'CONT');
  }

  /** Where the node has no processes, nothing keeps it from its part: `running`. */
  async processes(name: string): Promise<DaemonState | 'mixed'> {
    const node = this.node(name);
    const states = new Set(await Promise.all(this.daemonsOf(node).map((daemon) => node.state(daemon.name))));
    const [state = 'running'] = states;
    return states.size > 1 ? 'mixed' : state;
  }

  logs(name: string): string[] {
    const node = this.node(name);
    return this.daemonsOf(node).map((daemon) => node.logPath(daemon.name));
  }

  protected node(name: string): Node {
    const node = this.nodes.find((node) => node.name === name);
    if (node === undefined) throw new PlanRunError('bug', `there is no node ${name}`);
    return node;
  }

  async #signal(name: string, signal: DaemonSignal): Promise<void> {
    const node = this.node(name);
    await Promise.all(this.daemonsOf(node).map((daemon) => node.signal(daemon.name, signal)));
  }

  /** Resolves when the node's processes have ended. @throws PlanRunError `timeout` where they do not: `cause` was not enough. */
  protected async awaitDeath(name: string, cause: string): Promise<void> {
    if (this.daemonsOf(this.node(name)).length === 0) return;
    const deadline = this.clock.now() + END_MS_MAX * NS_PER_MS;
    while ((await this.processes(name)) !== 'dead') {
      if (this.clock.now() > deadline) {
        const message = `Cannot end ${this.title} on ${name}: it still runs ${END_MS_MAX / 1000} s after ${cause}`;
        throw new PlanRunError('timeout', message, { node: name, timedOut: true });
      }
      await sleep(this.clock, END_POLL_MS);
    }
  }
}
