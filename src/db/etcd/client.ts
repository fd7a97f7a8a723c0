import type { Client, Invocation, Outcome } from '../../contract/index.ts';
import { Mailbox, type Received } from '../client-mailbox.ts';
import { append } from './client-append.ts';
import { counter } from './client-counter.ts';
import { Ended, Gateway } from './client-gateway.ts';
import { lock } from './client-lock.ts';
import { messages } from './client-messages.ts';
import { monotonic, uniqueIds } from './client-numbers.ts';
import { queue } from './client-queue.ts';
import { register } from './client-register.ts';
import { set } from './client-set.ts';

export interface EtcdClientConfig {
  readonly members: readonly { readonly node: string; readonly host: string; readonly port: number }[];
  /** Index of the member that it talks to, and the revision up to which it has received messages; those who come after this client begin where it left off. */
  readonly place: { member: number } & Received<number>;
  readonly workload: string;
  /** Whether an error moves it on to the next member. */
  readonly moves: boolean;
  /** Reads take what the member has, rather than what the leader has committed. */
  readonly serializable: boolean;
  /** How long a lock is held where it is not released, in whole seconds; there where the workload has one. */
  readonly leaseS?: number;
  readonly requireLeader: boolean;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly localAddress?: string;
}

/** What a workload's operations have at hand. */
export interface Access {
  /** The member that the client talks to now. */
  readonly gateway: Gateway;
  readonly serializable: boolean;
  readonly leaseS: number;
  readonly mailbox: Mailbox<number>;
  /** A certain node's member. @throws Ended where there is none. */
  at(node: string): Gateway;
}

/** An operation of a workload: its outcome. @throws Ended, from the gateway. */
export type Operation = (access: Access, value: never) => Promise<Outcome>;

const WORKLOADS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  ...{ append, counter, lock, messages, monotonic, queue, register, set },
  'set-full': set,
  'unique-ids': uniqueIds,
};

/**
 * A client of one workload, whose operations are in a file of its own. It sends
 * nothing twice: where it moves to another member, it is for the next operation.
 */
export class EtcdClient implements Client {
  readonly #config: EtcdClientConfig;
  readonly #operations: Readonly<Record<string, Operation>>;
  readonly #mailbox: Mailbox<number>;
  readonly #gateways = new Map<number, Gateway>();
  #working = false;
  #closed = false;

  constructor(config: EtcdClientConfig) {
    this.#config = config;
    this.#mailbox = new Mailbox(config.place);
    this.#operations = WORKLOADS[config.workload] ?? {};
  }

  async invoke({ f, value }: Invocation): Promise<Outcome> {
    const operation = this.#operations[f];
    if (operation === undefined) throw new TypeError(`the etcd client knows no operation "${f}"`);
    const { place, serializable, leaseS = 0 } = this.#config;
    const gateway = this.#gateway(place.member);
    const mailbox = this.#mailbox;
    const access: Access = { gateway, serializable, leaseS, mailbox, at: (node) => this.#at(node) };
    this.#working = true;
    try {
      return await operation(access, value as never);
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      // When it was closed, it has moved on then.
      if (!this.#closed) this.#move();
      return error.outcome;
    } finally {
      this.#working = false;
    }
  }

  /** Connects beforehand, as far as that succeeds: the first operation need not wait for it. Never throws. */
  async open(): Promise<void> {
    const gateway = this.#gateway(this.#config.place.member);
    await gateway.txn([], [{ range: 'nothing', serializable: true }]).catch(() => {});
  }

  /** An operation under way has had no answer for too long: the next client tries elsewhere. */
  close(): void {
    if (this.#working && !this.#closed) this.#move();
    this.#closed = true;
    for (const gateway of this.#gateways.values()) gateway.close();
  }

  #move(): void {
    const { moves, place, members } = this.#config;
    if (moves) place.member = (place.member + 1) % members.length;
  }

  #at(node: string): Gateway {
    const member = this.#config.members.findIndex((member) => member.node === node);
    if (member === -1) throw new Ended({ type: 'fail', error: `there is no node "${node}"` });
    return this.#gateway(member);
  }

  #gateway(member: number): Gateway {
    const open = this.#gateways.get(member);
    if (open !== undefined) return open;
    const { members, connectTimeoutMs, localAddress, requestTimeoutMs, requireLeader } = this.#config;
    const { host, port } = members[member]!;
    const gateway = new Gateway({ host, port, connectTimeoutMs, localAddress }, { requestTimeoutMs, requireLeader });
    if (this.#closed) gateway.close();
    this.#gateways.set(member, gateway);
    return gateway;
  }
}
