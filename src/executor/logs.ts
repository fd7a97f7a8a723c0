import { basename } from 'node:path';
import { messageOf } from '../base/errors.ts';
import type { Cluster, NodeLog } from '../contract/index.ts';
import type { RunContext } from './run.ts';

/** Brings the nodes' logs into the run's folder, without the secrets. A missing log is worth a line, not a run. @returns those that came. */
export async function collectLogs(
  cluster: Cluster,
  { environment, timeline, log, logFolder, redactFile }: RunContext,
): Promise<NodeLog[]> {
  const collected = await Promise.all(
    timeline.nodes.map(async (node) => {
      const logs: NodeLog[] = [];
      try {
        for (const path of cluster.logs(node)) {
          const target = `${logFolder(node)}/${basename(path)}`;
          await environment.fetch(node, path, target);
          redactFile(target);
          logs.push({ node, file: basename(target), path: target });
        }
      } catch (error) {
        log.warn({ node, error: messageOf(error) }, 'log not collected');
      }
      return logs;
    }),
  );
  return collected.flat();
}
