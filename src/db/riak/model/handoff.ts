import type { Connection, Timer } from '../../../contract/index.ts';
import type { RiakNode } from './node.ts';
import type { Vnode } from './vnode.ts';
import { HANDOFF_PORT, type Handoff } from './wire.ts';

/** How long a handoff may take before it is given up and begun anew (handoff_receive_timeout and its like). */
const HANDOFF_MS = 60_000;

/**
 * Hinted handoff (riak_core_vnode_manager.erl, riak_core_handoff_sender.erl): a vnode that stands in for another node gives
 * what it has to that node, when it is believed to be up again and nobody has asked the fallback for anything for a while;
 * then it is deleted.
 */
export class Handoffs {
  readonly #node: RiakNode;
  readonly #inactive = new Map<Vnode, Timer>();
  /** The owners that were up when it was last looked, every vnode_management_timer. */
  #targets = new Set<string>();
  readonly #sending = new Set<Vnode>();

  constructor(node: RiakNode) {
    this.#node = node;
  }

  start(): void {
    const { process, cluster } = this.#node;
    process.listen(HANDOFF_PORT, () => ({
      asked: (request, reply) => {
        const { partition, object, from } = request as Handoff;
        this.#node.handedOff(partition, object, from);
        reply('ok');
      },
    }));
    process.every(cluster.managementMs, () => {
      this.#targets = new Set(cluster.nodes.filter((node) => this.#node.believesUp(node)));
    });
  }

  /** Somebody has asked a vnode for something. */
  used(vnode: Vnode): void {
    if (this.#ownerOf(vnode) === this.#node.name || this.#inactive.has(vnode)) return;
    this.#wait(vnode, this.#node.cluster.inactivityMs);
  }

  #wait(vnode: Vnode, ms: number): void {
    const { process, cluster } = this.#node;
    const timer = process.after(ms, () => {
      const idleMs = process.nowMs() - vnode.usedMs;
      if (idleMs < cluster.inactivityMs) this.#wait(vnode, cluster.inactivityMs - idleMs);
      else {
        // It is inactive again after as long.
        this.#wait(vnode, cluster.inactivityMs);
        this.#consider(vnode);
      }
    });
    this.#inactive.set(vnode, timer);
  }

  #consider(vnode: Vnode): void {
    const owner = this.#ownerOf(vnode);
    if (!this.#targets.has(owner) || this.#sending.has(vnode)) return;
    this.#sending.add(vnode);
    this.#send(vnode, owner);
  }

  #send(vnode: Vnode, owner: string): void {
    const { process, name } = this.#node;
    const { object, partition } = vnode;
    if (object === undefined) {
      this.#done(vnode, owner);
      return;
    }
    process.say('handoff', `${name} hands partition ${partition} off to ${owner}`);
    const connection: Connection = process.connect(owner, HANDOFF_PORT, {});
    const request: Handoff = { partition, object, from: name };
    connection.call(
      request,
      (answer, lost) => {
        connection.close();
        if (lost !== undefined || answer !== 'ok') {
          this.#sending.delete(vnode);
          process.say('handoff-failed', `${name} could not hand partition ${partition} off to ${owner}: ${lost}`);
        }
        // What has come meanwhile goes there, too (handle_handoff_command forwards it).
        else if (vnode.object !== object) this.#send(vnode, owner);
        else this.#done(vnode, owner);
      },
      HANDOFF_MS,
    );
  }

  #done(vnode: Vnode, owner: string): void {
    this.#sending.delete(vnode);
    this.#inactive.get(vnode)?.cancel();
    this.#inactive.delete(vnode);
    this.#node.drop(vnode, owner);
  }

  #ownerOf({ partition }: Vnode): string {
    return this.#node.cluster.ring.owners[partition] as string;
  }
}
