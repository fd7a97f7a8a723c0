import { durationMs } from '../../base/units.ts';
import type { Client, Seat } from '../../contract/index.ts';
import { type Endpoint, RedisClient, type Transport } from './client.ts';
import { PRIMARY_NAME } from './config.ts';
import type { RedisSettings } from './settings.ts';
import type { Memory } from './workloads.ts';

/** What clients need to know of a run and its cluster. */
export interface ClientsContext {
  readonly settings: RedisSettings;
  readonly workload: string;
  readonly workloadSettings: unknown;
  /** Every server by its node's name; the first one begins as primary. */
  readonly servers: ReadonlyMap<string, Endpoint>;
  /** The Sentinel of a node; undefined where none run. */
  readonly sentinelOf: ((node: string) => Endpoint) | undefined;
}

/** Makes the clients of one cluster. One that comes after another on the same seat remembers what that one did. */
export class Clients {
  readonly #context: ClientsContext;
  readonly #memories = new Map<number, Memory>();

  constructor(context: ClientsContext) {
    this.#context = context;
  }

  async open(seat: Seat, transport: Transport): Promise<Client> {
    const { settings, workload, workloadSettings, servers, sentinelOf } = this.#context;
    const { ask_sentinel, wait, wait_timeout, connect_timeout } = settings;
    const { lease } = workloadSettings as { lease?: string };
    const known = this.#memories.get(seat.client);
    const memory = known ?? { position: '0-0' };
    this.#memories.set(seat.client, memory);
    const client = new RedisClient(
      {
        workload,
        servers,
        first: servers.values().next().value as Endpoint,
        sentinel: sentinelOf?.(seat.home),
        primaryName: PRIMARY_NAME,
        askSentinel: ask_sentinel,
        wait,
        waitTimeoutMs: Math.ceil(durationMs(wait_timeout)),
        connectTimeoutMs: durationMs(connect_timeout),
        memory,
        leaseMs: lease === undefined ? 0 : Math.ceil(durationMs(lease)),
      },
      transport,
    );
    // Before the workload begins; later, amid a fault, it would delay an operation that tries the same anyway.
    if (known === undefined) await client.open();
    return client;
  }
}
