/**
 * Test machines for a person: `npx tsx test/machines/up.ts [namespaces|uml] [count]`. Ctrl-C takes them down.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kind, ssh, startMachines } from './machines.ts';

const [kind = 'namespaces', count = '3'] = process.argv.slice(2);
if (!['namespaces', 'uml'].includes(kind) || !/^[1-9]\d?$/.test(count)) {
  process.stderr.write('usage: npx tsx test/machines/up.ts [namespaces|uml] [count]\n');
  process.exit(64);
}

const startedMs = performance.now();
const machines = await startMachines(kind as Kind, { count: Number(count) });
const { folder, inventory, names } = machines;
const pid = readFileSync(join(folder, 'yard.pid'), 'utf8').trim();
process.stdout.write(`${names.length} machines are up after ${Math.round(performance.now() - startedMs)} ms

folder     ${folder}
inventory  ${inventory}
enter      nsenter --target ${pid} --net --mount --wdns="$PWD"
then       npx plan-run PLAN --env ssh --inventory ${inventory}
           ${ssh(folder).join(' ')} root@${machines.address('n1')}

Ctrl-C takes all of it down.
`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'SIGHUP')]);
await machines.stop();
