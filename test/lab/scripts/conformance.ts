/** Runs the conformance cases inside the lab; prints a line of JSON for each: its name, and what went wrong. */
import { inspect } from 'node:util';
import { silentLogger } from '../../../src/base/logger.ts';
import { lab } from '../../../src/env/lab/index.ts';
import { envCases, runCase } from '../../conformance/env.ts';

const exitCode = await lab.relaunch?.(process.argv.slice(1));
if (exitCode !== undefined) process.exit(exitCode);

for (const envCase of envCases) {
  const error = await runCase(envCase, (nodes) =>
    lab.open({ nodes, settings: {}, run: 'test', seed: 1, log: silentLogger }),
  ).then(() => undefined, inspect);
  console.log(JSON.stringify({ name: envCase.name, error }));
}
