/**
 * Connections to real sshds, from the runner's place among the test machines; prints a line of JSON for each case: its name,
 * what went wrong, and what was measured. It ends by itself: a timer or a socket that is left over is a defect.
 */
import { inspect } from 'node:util';
import pLimit from 'p-limit';
import { type Bed, connectionCases } from '../connection-cases.ts';

const bed = JSON.parse(process.argv[2] ?? '') as Bed;

let failed = false;

async function run(name: string): Promise<void> {
  const begin = performance.now();
  const outcome = await connectionCases[name]!(bed).then(
    (measured) => ({ measured }),
    (error) => ({ error: inspect(error) }),
  );
  failed ||= 'error' in outcome;
  console.log(JSON.stringify({ name, tookMs: performance.now() - begin, ...outcome }));
}

// Most of them wait for the other side; the last ones change what the whole process has, or measure.
const names = Object.keys(connectionCases);
const isAlone = (name: string) => name.startsWith('alone: ');
const limit = pLimit(5);
await limit.map(
  names.filter((name) => !isAlone(name)),
  run,
);
for (const name of names.filter(isAlone)) await run(name);

// What a failed case has left open says nothing.
if (failed) process.exit(1);
const end = performance.now();
process.once('exit', () => console.log(JSON.stringify({ name: 'exit', tookMs: performance.now() - end })));
