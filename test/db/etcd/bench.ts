/** What the tests of etcd's client share: a server that answers what the test wants, clients, and real members. */

import { createServer, type IncomingMessage } from 'node:http';
import { silentLogger } from '../../../src/base/logger.ts';
import type { Cluster, Outcome } from '../../../src/contract/index.ts';
import { EtcdClient, type EtcdClientConfig } from '../../../src/db/etcd/client.ts';
import { etcd } from '../../../src/db/etcd/index.ts';
import type { EtcdSettings } from '../../../src/db/etcd/settings.ts';
import { makeRealClock } from '../../../src/env/real-clock.ts';
import { becomesReady, eventually } from '../eventually.ts';
import { type LoopbackNode, loopbackNodes } from '../loopback-nodes.ts';

export const HEADER = { cluster_id: '1', member_id: '2', revision: '7', raft_term: '2' };

export interface Asked {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the client sends
  readonly body: any;
  readonly headers: IncomingMessage['headers'];
  readonly from: string | undefined;
}

/** What a server answers: with status 200, with another one, as it stands; or it hangs up. */
export type Answer = object | { status: number; body: object | string } | 'hang up' | 'nothing';

const undos: (() => unknown)[] = [];

/** Undoes all that was made here, newest first. */
export async function cleanUp(): Promise<void> {
  for (const undo of undos.splice(0).reverse()) await undo();
}

/** An HTTP server on 127.0.0.1 that answers what `answer` says; `asked` is what it was asked. */
export async function serve(answer: (asked: Asked) => Answer): Promise<{ port: number; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const question = { path: request.url ?? '', body, headers: request.headers, from: request.socket.remoteAddress };
    asked.push(question);
    const said = answer(question);
    if (said === 'nothing') return;
    if (said === 'hang up') return request.socket.destroy();
    const whole = 'status' in said && 'body' in said ? said : { status: 200, body: said };
    const text = typeof whole.body === 'string' ? whole.body : JSON.stringify(whole.body);
    response.writeHead(whole.status as number, { 'content-type': 'application/json' }).end(text);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  undos.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, asked };
}

export const local = (port: number) => ({ node: `p${port}`, host: '127.0.0.1', port });

/** A client of these members, at the first one. */
export function clientOf(
  members: EtcdClientConfig['members'],
  config: Partial<EtcdClientConfig> = {},
): EtcdClient & { do(f: string, value: unknown): Promise<Outcome> } {
  const client = new EtcdClient({
    members,
    place: { member: 0 },
    workload: 'set',
    moves: false,
    serializable: false,
    leaseS: 5,
    requireLeader: false,
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 20_000,
    ...config,
  });
  undos.push(() => client.close());
  return Object.assign(client, { do: (f: string, value: unknown) => client.invoke({ f, value }) });
}

export const DEFAULTS: EtcdSettings = {
  heartbeat_interval: '100ms',
  election_timeout: '500ms',
  snapshot_count: 100_000,
  pre_vote: true,
  reads: 'linearizable',
  endpoints: 'home',
  require_leader: false,
  connect_timeout: '500ms',
  request_timeout: '2s',
};

const clock = makeRealClock();

export interface Deployed {
  readonly cluster: Cluster;
  readonly nodes: readonly LoopbackNode[];
  readonly members: EtcdClientConfig['members'];
}

/** A cluster on loopback nodes, ready. */
export async function deploy(count: number, settings: Partial<EtcdSettings> = {}): Promise<Deployed> {
  const nodes = await loopbackNodes(count);
  undos.push(() => Promise.all(nodes.map((node) => node.remove())));
  const cluster = await etcd.deploy!({
    nodes,
    settings: { ...DEFAULTS, ...settings },
    workload: 'set',
    workloadSettings: {},
    clock,
    log: silentLogger,
  });
  await becomesReady(cluster);
  return { cluster, nodes, members: nodes.map(({ name, address }) => ({ node: name, host: address, port: 2379 })) };
}

/** The leader's place in the list of members, when there is one. */
export async function leaderOf({ cluster, members }: Deployed): Promise<number> {
  let leader: string | undefined;
  await eventually('there is a leader', async () => {
    [leader] = await cluster.primaries();
    return leader !== undefined;
  });
  return members.findIndex(({ node }) => node === leader);
}
