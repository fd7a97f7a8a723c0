/** The double of Riak, several nodes in this process, each on a port of its own; and clients of it. */

import { afterEach } from 'vitest';
import type { Client, Outcome } from '../../../src/contract/index.ts';
import { RiakClient, type RiakClientConfig } from '../../../src/db/riak/client.ts';
import { type ApiSettings, RiakApi } from '../../../src/db/riak/client-api.ts';
import { eventually } from '../eventually.ts';
import { type BucketType, type NodeOptions, RiakDouble } from './double/node.ts';

const running: { close(): void | Promise<void> }[] = [];

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close();
});

const HOUR_MS = 3_600_000;

/** So many nodes that know each other. The bucket `test` has the key `jepsen` on the second, third and fourth of five. */
export async function startCluster(
  count: number,
  options: Partial<NodeOptions> = {},
  types: Record<string, BucketType> = {},
) {
  const { freePort } = await import('../redis/server.ts');
  const ports: number[] = [];
  while (ports.length < count) {
    const port = await freePort();
    if (!ports.includes(port)) ports.push(port);
  }
  // The ring's order is that of the names.
  ports.sort();
  const nodes = ports.map((port) => {
    const node = new RiakDouble({
      ...{ name: `riak@127.0.0.1:${port}`, host: '127.0.0.1', port, ringSize: 64 },
      defaults: { n_val: Math.min(3, count), allow_mult: false, last_write_wins: false },
      // Whom they believe to be up, the tests say: on a busy machine, nobody is so by chance.
      ...{ netTickMs: HOUR_MS, gossipMs: HOUR_MS, managementMs: 50, inactivityMs: 100 },
      ...options,
    });
    node.members = ports.map((other) => `riak@127.0.0.1:${other}`);
    for (const [name, type] of Object.entries(types)) node.types.set(name, type);
    running.push(node);
    return node;
  });
  await Promise.all(nodes.map((node) => node.start()));
  return nodes;
}

export const SETTINGS: ApiSettings = {
  ...{ bucket: 'test', key: 'jepsen', r: 'quorum', w: 'quorum', dw: 'quorum', pr: 0, pw: 0 },
  ...{ notfound_ok: true, basic_quorum: false, request_timeout: '2s' },
};

export interface Given extends Partial<ApiSettings>, Partial<Omit<RiakClientConfig, 'api'>> {
  readonly localAddress?: string;
}

/** A client of the server at that port, closed after the test. */
export function connectTo(port: number, given: Given = {}): Client {
  const { localAddress, connectTimeoutMs = 2_000 } = given;
  const endpoint = { host: '127.0.0.1', port, localAddress, connectTimeoutMs };
  const client = new RiakClient({
    ...{
      dataType: 'object',
      primaries: 'all',
      merge: 'latest',
      lock: undefined,
      attempts: 1,
      timeoutMs: undefined,
      goesOn: false,
    },
    ...given,
    connectTimeoutMs,
    api: new RiakApi(endpoint, { ...SETTINGS, ...given }),
  });
  running.push(client);
  return client;
}

export const add = async (client: Client, value: number): Promise<Outcome> => client.invoke({ f: 'add', value });
export const read = async (client: Client): Promise<Outcome> => client.invoke({ f: 'read', value: null });

/** Neither side hears the other, nor is heard; `known`: they have found out. */
export function part(sides: readonly (readonly RiakDouble[])[], { known }: { known: boolean }): void {
  for (const side of sides)
    for (const node of side) {
      const others = sides
        .filter((other) => other !== side)
        .flatMap((other) => other.map(({ options }) => options.name));
      node.faults.deafTo = new Set(others);
      if (known) for (const other of others) node.believe(other, false);
    }
}

/** They hear each other, and know it; what stood in for others has handed off. */
export async function heal(nodes: readonly RiakDouble[]): Promise<void> {
  for (const { faults } of nodes) faults.deafTo = new Set();
  for (const node of nodes)
    for (const { options } of nodes) if (options.name !== node.options.name) node.believe(options.name, true);
  await eventually('fallbacks have handed off', () => nodes.every(({ fallbacks }) => fallbacks === 0));
}
