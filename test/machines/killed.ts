/** For machines.test.ts to kill: starts two machines and two commands in the runner's place, says where, and waits. */
import { once } from 'node:events';
import { startMachines } from './machines.ts';

const { folder, spawn } = await startMachines('namespaces', { count: 2 });
// One is the child of the other, who does not care what becomes of it.
const child = spawn(['sh', '-c', 'sleep 86400 & echo $!; exec sleep 86400'], { stdio: ['ignore', 'pipe', 'inherit'] });
const [orphan] = await once(child.stdout!, 'data');
process.stdout.write(JSON.stringify({ folder, pids: [child.pid, Number(orphan)] }));
await once(process, 'SIGTERM');
