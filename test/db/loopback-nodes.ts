/**
 * Nodes on loopback addresses of their own (127.x.y.1, .2, ...), behind real shells: enough for a cluster with real ports,
 * real servers and real deaths, though not for a network that can be cut.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Node } from '../../src/contract/index.ts';
import { startShell } from '../../src/env/shell/local.ts';
import { makeShellNode } from '../../src/env/shell/node.ts';

export interface LoopbackNode extends Node {
  /** Kills what runs there and removes its directory. */
  remove(): Promise<void>;
}

/** So many nodes, n1 and on, in a network of this process's own; `env` is added to what their commands find in the environment. */
export async function loopbackNodes(count: number, env: NodeJS.ProcessEnv = {}): Promise<LoopbackNode[]> {
  const network = `127.${(process.pid >> 8) % 256}.${process.pid % 256}`;
  return Promise.all(Array.from({ length: count }, (_, i) => makeNode(`n${i + 1}`, `${network}.${i + 1}`, env)));
}

async function makeNode(name: string, address: string, env: NodeJS.ProcessEnv): Promise<LoopbackNode> {
  const dir = mkdtempSync(join(tmpdir(), `plan-run-${name}-`));
  const [work, control] = [startShell(name, ['sh'], env), startShell(name, ['sh'], env)];
  const node = await makeShellNode({ name, address, dir, work, control, upload: copyFile });
  return {
    ...node,
    async remove() {
      const pids = join(dir, 'run');
      const daemons = existsSync(pids) ? readdirSync(pids).map((file) => file.replace(/\.pid$/, '')) : [];
      for (const daemon of daemons) await node.signal(daemon, 'KILL');
      work.close();
      control.close();
      await Promise.all([work.ended, control.ended]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
