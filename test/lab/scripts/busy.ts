/** A lab that is busy until somebody ends it: servers on three nodes, and cuts that come and go. */
import { silentLogger } from '../../../src/base/logger.ts';
import { lab } from '../../../src/env/lab/index.ts';
import { NODES, runCase } from '../../conformance/env.ts';

const exitCode = await lab.relaunch?.(process.argv.slice(1));
if (exitCode !== undefined) process.exit(exitCode);

let ended = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    console.log(`got ${signal}`);
    ended = true;
  });
}

const busy = {
  name: 'busy',
  async run({ env: { network } }: Parameters<Parameters<typeof runCase>[0]['run']>[0]) {
    console.log('ready');
    for (let round = 1; !ended; round++) {
      await network.cut(
        `f${round}`,
        Object.fromEntries(NODES.map((node) => [node, NODES.filter((one) => one !== node)])),
      );
      await network.restore(`f${round}`);
    }
  },
};
await runCase(busy, (nodes) => lab.open({ nodes, settings: {}, run: 'test', seed: 1, log: silentLogger }));
console.log('closed');
process.exit(130);
