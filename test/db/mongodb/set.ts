/** A replica set of the double within this process, for tests of the client: its members can be looked into, and told to fail. */

import type { Document } from 'bson';
import { onTestFinished } from 'vitest';
import { MongoSetClient } from '../../../src/db/mongodb/client.ts';
import { admin } from '../../../src/db/mongodb/client-admin.ts';
import type { MongoClientConfig } from '../../../src/db/mongodb/client-connection.ts';
import { MongoNumbersClient } from '../../../src/db/mongodb/client-numbers.ts';
import { WORKLOADS } from '../../../src/db/mongodb/numbers.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../redis/server.ts';
import { type Fault, Member } from './double/member.ts';

export interface ReplicaSet {
  readonly members: readonly Member[];
  /** The first. */
  readonly primary: Member;
  /** A client with these settings; closed when the test is over. */
  client(config?: Partial<MongoClientConfig>): MongoSetClient;
  /** A client of this workload's numbers. */
  numbers(workload: string, config?: Partial<MongoClientConfig>): MongoNumbersClient;
  /** Commands of this name that any member has been sent. */
  sent(name: string): Document[];
}

/** Members n1, n2, ... of which the first is primary. `electionMs`: how long they do without one. */
export async function startSet(count: number, { electionMs = 10_000 } = {}): Promise<ReplicaSet> {
  const hosts: string[] = [];
  while (hosts.length < count) hosts.push(`127.0.0.1:${await freePort()}`);
  const members = hosts.map((host) => new Member({ host }));
  onTestFinished(() => {
    for (const member of members) member.close();
  });
  await Promise.all(members.map((member) => member.listen()));
  const [primary] = members as [Member];
  await command(primary, {
    replSetInitiate: {
      ...{ _id: 'plan-run', version: 1 },
      members: hosts.map((host, i) => ({ _id: i, host, priority: 1 })),
      settings: { heartbeatIntervalMillis: 200, electionTimeoutMillis: electionMs },
    },
  });
  await command(primary, { replSetStepUp: 1 });
  await eventually('everybody knows the primary', async () =>
    (await Promise.all(members.map((one) => command(one, { hello: 1 })))).every((one) => one.primary === primary.host),
  );
  for (const { seen, origins } of members) {
    seen.length = 0;
    origins.length = 0;
  }
  return {
    members,
    primary,
    client: (config) => clientOf(hosts, config),
    numbers(workload, config) {
      const client = new MongoNumbersClient(configOf(hosts, config), WORKLOADS[workload]!);
      onTestFinished(() => client.close());
      return client;
    },
    sent: (name) => members.flatMap(({ seen }) => seen.map((one) => one.command)).filter((one) => name in one),
  };
}

export function command(member: Member, asked: Document): Promise<Document> {
  const [address = '', port = ''] = member.host.split(':');
  return admin({ address }, asked, 10_000, Number(port));
}

/** A client of servers at these hosts; closed when the test is over. */
export function clientOf(hosts: readonly string[], config: Partial<MongoClientConfig> = {}): MongoSetClient {
  const client = new MongoSetClient(configOf(hosts, config));
  onTestFinished(() => client.close());
  return client;
}

function configOf(hosts: readonly string[], config: Partial<MongoClientConfig> = {}): MongoClientConfig {
  return {
    servers: new Map(hosts.map((host, i) => [`n${i + 1}`, host])),
    setName: 'plan-run',
    writeConcern: { w: 'majority', j: false },
    retryableWrites: false,
    readConcern: 'local',
    readPreference: 'primary',
    connectTimeoutMs: 2_000,
    serverSelectionTimeoutMs: 5_000,
    ...config,
  };
}

/** Has the member do so with the first commands of this name, one fault each; what comes after them is carried out. */
export function faults(member: Member, name: string, ...wanted: (Fault | undefined)[]): void {
  member.fault = (command) => (name in command ? wanted.shift() : undefined);
}

/** Has it do so with each of them. */
export function always(member: Member, name: string, fault: Fault): void {
  member.fault = (command) => (name in command ? fault : undefined);
}
