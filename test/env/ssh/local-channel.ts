/** Channels of a client that is logged in to this very machine: a process each, by the words of whoever opens it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex, type Readable } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';

export interface LocalClient extends Client {
  /** What was written to the channels, in the order of their opening. */
  readonly written: string[];
}

/** `login`: the user's shell, which reads the command; `path`: where it looks for programs first. */
export function localClient(login: readonly string[], path = ''): LocalClient {
  const written: string[] = [];
  const [shell = 'sh', ...words] = login;
  const exec = (command: string, done: (error: undefined, channel: ClientChannel) => void) => {
    const env = { ...process.env, PATH: `${path}:${process.env.PATH}` };
    const channel = channelOf(spawn(shell, [...words, '-c', command], { env }));
    const index = written.push('') - 1;
    const write = channel.write.bind(channel) as (chunk: unknown) => boolean;
    channel.write = (chunk: unknown) => {
      written[index] += String(chunk);
      return write(chunk);
    };
    done(undefined, channel);
  };
  return { exec, written } as unknown as LocalClient;
}

/** As ssh2's channels are: a duplex stream with a second one to read from, that closes with an exit code once all is read. */
function channelOf(child: ChildProcess): ClientChannel {
  const { stdin, stdout, stderr } = child as {
    stdin: NonNullable<ChildProcess['stdin']>;
    stdout: Readable;
    stderr: Readable;
  };
  stdin.on('error', () => {});
  const channel = new Duplex({
    emitClose: false,
    autoDestroy: false,
    read: () => stdout.resume(),
    write: (chunk, _, done) => (stdin.destroyed ? done() : void stdin.write(chunk, () => done())),
    final: (done) => stdin.end(() => done()),
  });
  stdout.on('data', (chunk) => channel.push(chunk) || stdout.pause());
  stdout.on('end', () => channel.push(null));
  const ended = new Promise((resolve) => channel.once('end', resolve));
  child.once('close', (code) => void ended.then(() => channel.emit('close', code)));
  const close = () => stdin.end();
  const destroy = () => {
    close();
    return channel;
  };
  return Object.assign(channel, { stderr, close, destroy }) as unknown as ClientChannel;
}
