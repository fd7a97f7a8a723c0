/**
 * Runs the conformance cases over SSH, in the place of a runner, and measures partitions; prints a line of JSON for each case: its
 * name, and what went wrong; and one with the times. `conformance.ts INVENTORY`
 */
import { inspect } from 'node:util';
import { silentLogger } from '../../../src/base/logger.ts';
import { loadInventory } from '../../../src/cli/inventory.ts';
import { ssh } from '../../../src/env/ssh/index.ts';
import { measurePartition } from '../../bench/partition.ts';
import { envCases, runCase } from '../../conformance/env.ts';

const inventory = loadInventory(process.argv[2]!);
const open = (nodes: readonly string[]) =>
  ssh.open({ nodes, settings: {}, run: 'test:1', inventory, seed: 1, log: silentLogger });

for (const envCase of envCases) {
  const error = await runCase(envCase, open).then(() => undefined, inspect);
  console.log(JSON.stringify({ name: envCase.name, error }));
}

const env = await open(['n1', 'n2', 'n3', 'n4', 'n5']);
await env.provision();
const times = await measurePartition(env, 40);
await env.close();
console.log(JSON.stringify(times));
