/** What an operator does by hand: a standby made primary, and the others turned to it. */
import { type Clock, NS_PER_MS, sleep } from '../../base/clock.ts';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Presence } from '../../contract/index.ts';
import { follows, type NodeStatus } from './ready.ts';
import type { Server } from './server.ts';

/** Longest wait for a standby to become primary: it carries out what it has received first. */
const PROMOTE_S_MAX = 20;
/** How long a standby may take to stream from another primary, before it is treated as one that cannot: no harm if it could. */
const FOLLOW_MS_MAX = 3_000;
/** How long it may take once it has been rewound. */
const JOIN_MS_MAX = 60_000;
const POLL_MS = 50;

export interface Failover {
  readonly servers: readonly Server[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends a server in order, and starts it. */
  stop(node: string): Promise<void>;
  start(node: string): Promise<void>;
}

/**
 * pg_promote() on the node; then every standby that answers is turned to it. One that has received more than the new primary
 * cannot follow, and is rewound; one that does not reach it is let be. The old primary is not asked and not told.
 * @throws PlanRunError where the node is no standby, or does not become primary.
 */
export async function promote(server: Server, failover: Failover): Promise<void> {
  const refuse = (why: string, hint: string) => {
    throw new PlanRunError('command-failed', `Cannot promote ${server.name}: ${why}`, { node: server.name, hint });
  };
  const status = await server.status();
  if (status === undefined) return refuse('postgres does not answer', 'promote a node whose server runs');
  if (!status.standby) return refuse('it is primary already', 'promote a standby');
  if (!(await server.promote(PROMOTE_S_MAX)))
    return refuse(`it is still a standby ${PROMOTE_S_MAX} s later`, 'look at its log in the store');
  await Promise.all(
    failover.servers.map(async (other) => {
      if (other === server || (await other.status())?.standby !== true) return;
      if (!(await isAhead(other, server))) await other.follow(server.node);
      else if (await other.reaches(server.node)) await restart(other, server, failover, () => rewind(other, server));
    }),
  );
}

/** In force as long as the node is primary and somebody does not follow it. */
export async function promoted(server: Server, servers: readonly Server[]): Promise<Presence> {
  const all = await statuses(servers);
  const primary = all.find(({ node }) => node === server.name) as NodeStatus;
  if (primary.status === undefined) return 'unknown';
  if (primary.status.standby) return 'not';
  return all.every((one) => one === primary || follows(one, primary)) ? 'not' : 'installed';
}

/**
 * Has every other server follow this one. A standby that can is only told to. One that has gone its own way, as an old primary
 * has, gives up what it has on its own (pg_rewind); where that cannot be done, it is copied anew.
 * @throws PlanRunError where this one does not answer as primary, or another does not come to follow.
 */
export async function rejoin(server: Server, failover: Failover): Promise<void> {
  await leads(server, failover.clock);
  const others = failover.servers.filter((other) => other !== server);
  await Promise.all(others.map((other) => join(other, server, failover)));
}

/** Waits until it answers as primary: it may have been killed, and started a moment ago. Nobody's data is touched before. */
async function leads(server: Server, clock: Clock): Promise<void> {
  const deadline = clock.now() + JOIN_MS_MAX * NS_PER_MS;
  while ((await server.status())?.standby !== false) {
    if (clock.now() > deadline) {
      const message = `${server.name}, which was promoted, does not answer as primary within ${JOIN_MS_MAX / 1000} s`;
      const hint = 'look at its log in the store';
      throw new PlanRunError('timeout', message, { node: server.name, timedOut: true, hint });
    }
    await sleep(clock, POLL_MS);
  }
}

async function join(other: Server, server: Server, failover: Failover): Promise<void> {
  const standby = (await other.status())?.standby === true;
  if (standby && !(await isAhead(other, server))) {
    await other.follow(server.node);
    if (await comesToFollow(other, server, failover.clock, FOLLOW_MS_MAX)) return;
  }
  await restart(other, server, failover, async () => {
    try {
      await rewind(other, server);
    } catch (error) {
      failover.log.warn({ node: other.name, error: messageOf(error) }, 'pg_rewind failed: the standby is copied anew');
      await other.copyFrom(server.node);
    }
  });
  if (await comesToFollow(other, server, failover.clock, JOIN_MS_MAX)) return;
  const message = `${other.name} does not follow ${server.name}, ${JOIN_MS_MAX / 1000} s after it was rewound and started`;
  throw new PlanRunError('timeout', message, {
    node: other.name,
    timedOut: true,
    hint: 'look at its log in the store',
  });
}

/** Changes a server's data while it does not run; it starts as a standby. */
async function restart(other: Server, server: Server, failover: Failover, change: () => Promise<void>): Promise<void> {
  await failover.stop(other.name);
  await change();
  await other.becomeStandby(server.node);
  await failover.start(other.name);
}

async function rewind(other: Server, server: Server): Promise<void> {
  // The new timeline is in the control file only after a checkpoint; until then pg_rewind finds nothing to do.
  await server.ask('CHECKPOINT');
  await other.rewindFrom(server.node);
}

/** Whether a standby has received more than the other one had when it was promoted: then their ways have parted. */
async function isAhead(other: Server, promoted: Server): Promise<boolean> {
  const [one, two] = await Promise.all([other.status(), promoted.status()]);
  return (one?.received ?? 0) > (two?.received ?? Number.POSITIVE_INFINITY);
}

async function comesToFollow(other: Server, server: Server, clock: Clock, timeoutMs: number): Promise<boolean> {
  const deadline = clock.now() + timeoutMs * NS_PER_MS;
  for (;;) {
    const [standby, primary] = await statuses([other, server]);
    if (follows(standby as NodeStatus, primary as NodeStatus)) return true;
    if (clock.now() > deadline) return false;
    await sleep(clock, POLL_MS);
  }
}

/** Of all servers at once. */
export function statuses(servers: readonly Server[]): Promise<NodeStatus[]> {
  return Promise.all(
    servers.map(async (server) => {
      const { name: node, address } = server.node;
      return { node, address, status: await server.status() };
    }),
  );
}
