/**
 * How long a partition takes: from the moment it is due until the last endpoint has its rules, and the same for
 * its end. Sleeping until the due time is part of it, as it is in a run.
 */
import { NS_PER_MS, sleep } from '../../src/base/clock.ts';
import { type Environment, type Grudge, grudgeOf, withClients } from '../../src/contract/index.ts';

export interface PartitionTimes {
  /** Milliseconds, one a round. */
  readonly cutMs: readonly number[];
  readonly restoreMs: readonly number[];
}

/** Cuts {n1, n2} with their clients from {n3, n4, n5} with theirs, `rounds` times, in a provisioned environment. */
export async function measurePartition(env: Environment, rounds: number): Promise<PartitionTimes> {
  const grudge: Grudge = grudgeOf(
    withClients({
      groups: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    }),
  );
  const cutMs: number[] = [];
  const restoreMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    cutMs.push(await timed(() => env.network.cut(`bench-${round}`, grudge)));
    restoreMs.push(await timed(() => env.network.restore(`bench-${round}`)));
  }
  return { cutMs, restoreMs };

  async function timed(change: () => Promise<unknown>): Promise<number> {
    const dueNs = env.clock.now() + 50 * NS_PER_MS;
    await sleep(env.clock, 50);
    await change();
    return (env.clock.now() - dueNs) / NS_PER_MS;
  }
}
