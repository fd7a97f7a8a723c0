import { readFile } from 'node:fs/promises';
import type { NodeSSH } from 'node-ssh';
import type { ClientChannel } from 'ssh2';
import { PlanRunError } from '../../base/errors.ts';
import type { InventoryHost } from '../../contract/index.ts';
import { openShell, type Shell } from '../shell/shell.ts';

/** One machine, logged in to: its commands run as root. */
export interface Connection {
  readonly host: InventoryHost;
  /** A shell of root's that stays open, on a channel of its own. */
  shell(): Promise<Shell>;
  /** Copies a file of this machine to a path on the other. */
  upload(source: string, target: string): Promise<void>;
  download(source: string, target: string): Promise<void>;
  close(): void;
}

/** Logs in to a machine. @throws PlanRunError `unavailable` naming the node, with what to do. */
export async function connect(host: InventoryHost): Promise<Connection> {
  const { NodeSSH } = await import('node-ssh');
  const ssh: NodeSSH = await new NodeSSH().connect({
    host: host.host,
    port: host.port,
    username: host.user,
    readyTimeout: 10_000,
    ...(host.key !== undefined && { privateKey: await readFile(host.key, 'utf8') }),
  });
  const client = ssh.connection!;

  function channel(command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      client.exec(command, (error, stream) => (error ? reject(error) : resolve(stream)));
    });
  }

  return {
    host,
    async shell() {
      const stream = await channel('exec sh');
      return openShell(host.node, { stdin: stream, stdout: stream, stderr: stream.stderr });
    },
    upload: () => Promise.reject(new PlanRunError('bug', 'not yet')),
    download: () => Promise.reject(new PlanRunError('bug', 'not yet')),
    close: () => ssh.dispose(),
  };
}
