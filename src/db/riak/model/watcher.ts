import type { SimProcess, Timer } from '../../../contract/index.ts';
import type { Distribution } from './distribution.ts';

/**
 * Which nodes this one believes to be up (riak_core_node_watcher.erl): those that have said so since the connection with them
 * was made. Each says it to all others when it starts, every gossip_interval, and to whoever says it for the first time. So
 * after a partition two nodes know of each other when one of them next says it.
 */
export class Watcher {
  readonly #process: SimProcess;
  readonly #distribution: Distribution;
  readonly #others: readonly string[];
  readonly #intervalMs: number;
  readonly #up = new Set<string>();
  /** How often it has changed its mind about a node. */
  changes = 0;
  #timer: Timer | undefined;

  constructor(process: SimProcess, distribution: Distribution, others: readonly string[], intervalMs: number) {
    this.#process = process;
    this.#distribution = distribution;
    this.#others = others;
    this.#intervalMs = intervalMs;
  }

  start(): void {
    this.#broadcast(this.#others);
  }

  /** A node always is up to itself. */
  isUp(node: string): boolean {
    return node === this.#process.node || this.#up.has(node);
  }

  heard(from: string): void {
    if (this.#up.has(from)) return;
    this.#broadcast([from]);
    this.#up.add(from);
    this.changes++;
    this.#process.say('node-up', `${this.#process.node} believes ${from} to be up`);
  }

  down(node: string, why: string): void {
    if (!this.#up.delete(node)) return;
    this.changes++;
    this.#process.say('node-down', `${this.#process.node} believes ${node} to be down: ${why}`);
  }

  /** Whoever has just been told is told again an interval later, with all the others. */
  #broadcast(nodes: readonly string[]): void {
    for (const node of nodes) this.#distribution.send(node, { to: 'watcher' });
    this.#timer?.cancel();
    this.#timer = this.#process.after(this.#intervalMs, () => this.#broadcast(this.#others));
  }
}
