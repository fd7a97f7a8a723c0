/** Waiting in tests: ask until it is so, with an end, and a message that says what was waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../src/contract/index.ts';

/** Asks until `holds`. @throws when it did not in time, with what was waited for. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 40_000,
): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await holds()); await sleep(10))
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
}

/** @throws when the cluster is not ready within a minute, with what it said that it lacked, one thing after another. */
export async function becomesReady(cluster: Cluster): Promise<void> {
  const said: string[] = [];
  const isReady = async () => {
    const missing = await cluster.ready();
    if (missing !== undefined && said.at(-1) !== missing) said.push(missing);
    return missing === undefined;
  };
  await eventually('the cluster is ready', isReady, 60_000).catch((error: Error) => {
    throw new Error(`${error.message}; it said: ${said.join(' | ')}`);
  });
}
