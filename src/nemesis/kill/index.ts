import { NodeSet } from '../../contract/index.ts';
import { processFault } from '../process-fault.ts';

/** SIGKILL: what was not on disk is gone. Ends by starting the processes again, with the data they had. */
export const kill = processFault({
  kind: 'kill',
  summary: 'Kills the database on the nodes with SIGKILL, and starts it again when the fault ends.',
  settings: NodeSet({ description: 'Whose processes are killed.', examples: ['primary', ['n1', 'n2'], 'minority'] }),
  begin: (cluster, node) => cluster.kill(node),
  end: (cluster, node) => cluster.start(node),
  presence: { dead: 'installed', mixed: 'partly', paused: 'not', running: 'not' },
});
