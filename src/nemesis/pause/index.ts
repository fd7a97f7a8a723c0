import { NodeSet } from '../../contract/index.ts';
import { processFault } from '../process-fault.ts';

/** SIGSTOP: connections stay open and nobody answers, as in a long garbage collection. Ends with SIGCONT. */
export const pause = processFault({
  kind: 'pause',
  summary: 'Stops the database on the nodes with SIGSTOP, and lets it go on when the fault ends.',
  settings: NodeSet({ description: 'Whose processes are stopped.', examples: ['primary', ['n1', 'n2'], 'minority'] }),
  begin: (cluster, node) => cluster.pause(node),
  end: (cluster, node) => cluster.resume(node),
  presence: { paused: 'installed', mixed: 'partly', dead: 'not', running: 'not' },
});
