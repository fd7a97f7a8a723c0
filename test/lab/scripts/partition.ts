/** Measures partitions in a lab of five nodes; prints the times as JSON. */
import { silentLogger } from '../../../src/base/logger.ts';
import { lab } from '../../../src/env/lab/index.ts';
import { measurePartition } from '../../bench/partition.ts';

const exitCode = await lab.relaunch?.(process.argv.slice(1));
if (exitCode !== undefined) process.exit(exitCode);

const env = await lab.open({
  nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
  settings: {},
  run: 'test',
  seed: 1,
  log: silentLogger,
});
await env.provision();
const times = await measurePartition(env, Number(process.argv[2] ?? 50));
await env.close();
console.log(JSON.stringify(times));
