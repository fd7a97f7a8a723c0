/** Enters the lab and does what its arguments say: to see from outside what gets in, and what comes out. */
import { readlinkSync } from 'node:fs';
import { messageOf, PlanRunError } from '../../../src/base/errors.ts';
import { lab } from '../../../src/env/lab/index.ts';

const [what, ...rest] = process.argv.slice(2);
if (what === 'doctor') {
  console.log(JSON.stringify(await lab.doctor([])));
  process.exit(0);
}

const exitCode = await lab.relaunch?.(process.argv.slice(1)).catch((error: unknown) => {
  const fields = error instanceof PlanRunError ? error.fields : {};
  console.log(JSON.stringify({ message: messageOf(error), ...fields }));
  return 69;
});
if (exitCode !== undefined) process.exit(exitCode);

if (what === 'show') {
  const names = ['net', 'pid', 'mnt', 'user'].map((name) => [name, readlinkSync(`/proc/self/ns/${name}`)]);
  console.log(JSON.stringify({ rest, namespaces: Object.fromEntries(names), terminal: process.stdout.isTTY === true }));
}
if (what === 'exit') process.exit(Number(rest[0]));
if (what === 'die') process.kill(process.pid, 'SIGKILL');
if (what === 'count' || what === 'stubborn') {
  let count = 0;
  process.on('SIGINT', () => {
    console.log(`SIGINT ${++count}`);
    // Long enough for a second one to arrive, if there were one.
    if (what === 'count') setTimeout(() => process.exit(100 + count), 200);
  });
  setInterval(() => {}, 1_000);
  console.log('ready');
}
