/** Files to and from a machine, as root's: through cat(1) on a shell of their own, never whole in memory. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ClientChannel } from 'ssh2';
import { assert } from '../../base/assert.ts';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import { quote } from '../shell/quote.ts';

/** A shell of root's that waits for its commands. */
type OpenShell = () => Promise<ClientChannel>;

/**
 * Copies the file `source` of this machine to the absolute path `target` on the node, with its mode. It is written beside the
 * target, and takes its place when as many bytes have come as it had: a copy that is cut short, by whatever, replaces nothing
 * and does not stay. @throws PlanRunError `command-failed` naming both, with the words of the side that failed.
 */
export async function upload(node: string, open: OpenShell, source: string, target: string): Promise<void> {
  const words = `copy ${source} to ${target} on ${node}`;
  const { size, mode } = await regularFile(source).catch((error) => {
    throw failure(node, words, messageOf(error));
  });
  const go = `go-${randomUUID()}`;
  const script = receiveScript(target, size, mode & 0o7777, go);
  const channel = await open();
  const end = endOf(channel);
  const over = new AbortController();
  void end.then(() => over.abort());
  let local: unknown;
  // A shell may read ahead: nothing may follow its script before it has begun.
  if (await says(channel, script, go, end)) {
    await pipeline(createReadStream(source), channel, { signal: over.signal }).catch((error) => {
      if (!over.signal.aborted) local = error;
    });
  }
  if (local !== undefined) channel.close();
  const { code, stderr } = await end;
  if (local !== undefined) throw failure(node, words, messageOf(local));
  if (code !== 0) throw failure(node, words, stderr, code);
}

/**
 * Copies the file `source` of the node to the path `target` on this machine, in the same way; the mode is this machine's usual
 * one. @throws as `upload`.
 */
export async function download(node: string, open: OpenShell, source: string, target: string): Promise<void> {
  const words = `copy ${source} on ${node} to ${target}`;
  const part = `${target}.part-${randomUUID()}`;
  const script = sendScript(source);
  const there = await stat(target).catch(() => undefined);
  if (there?.isDirectory()) throw failure(node, words, 'it is a directory');
  const channel = await open();
  const end = endOf(channel);
  try {
    channel.end(script);
    await pipeline(channel, createWriteStream(part)).catch((error) => {
      channel.close();
      // What is still on its way has to be read before the channel's end is seen.
      channel.resume();
      throw failure(node, words, messageOf(error));
    });
    const { code, stderr } = await end;
    if (code !== 0) throw failure(node, words, stderr, code);
    await rename(part, target).catch((error) => {
      throw failure(node, words, messageOf(error));
    });
  } finally {
    await rm(part, { force: true });
  }
}

/** All of it is read before any of it is done: what follows on stdin is the file. */
function receiveScript(target: string, size: number, mode: number, go: string): string {
  assert(target.startsWith('/'), 'a path on a machine is absolute');
  return `{
    target=${quote(target)}; part=$target.part-${randomUUID()}
    trap 'rm -f "$part"; exit 1' HUP INT TERM
    if [ -d "$target" ]; then echo 'it is a directory' >&2; exit 1; fi
    umask 077; : >"$part" || exit 1
    echo ${go}
    cat >"$part" && count=$(wc -c <"$part") &&
    { [ "$count" -eq ${size} ] || { echo "$count bytes have come, not ${size}" >&2; false; }; } &&
    chmod ${mode.toString(8)} "$part" && mv -f "$part" "$target" || { rm -f "$part"; exit 1; }
    exit 0
  }\n`;
}

function sendScript(source: string): string {
  assert(source.startsWith('/'), 'a path on a machine is absolute');
  const path = quote(source);
  return `if [ -e ${path} ] && [ ! -f ${path} ]; then echo 'it is no regular file' >&2; exit 1; fi; exec cat <${path}\n`;
}

interface End {
  /** Undefined where the connection, or the shell, has gone without one. */
  readonly code: number | null | undefined;
  readonly stderr: string;
}

function endOf(channel: ClientChannel): Promise<End> {
  let stderr = '';
  channel.stderr.on('data', (chunk: Buffer) => (stderr = `${stderr}${chunk}`.slice(-2_000)));
  return new Promise((resolve) => channel.once('close', (code?: number | null) => resolve({ code, stderr })));
}

/** Sends a script and waits until it has said `word`. @returns false where it has ended instead. */
async function says(channel: ClientChannel, script: string, word: string, end: Promise<End>): Promise<boolean> {
  let stdout = '';
  const said = new Promise<boolean>((resolve) => {
    channel.on('data', (chunk: Buffer) => {
      stdout += chunk;
      if (stdout.includes(word)) resolve(true);
    });
  });
  channel.write(script);
  return Promise.race([said, end.then(() => false)]);
}

async function regularFile(path: string): Promise<{ size: number; mode: number }> {
  const found = await stat(path);
  if (!found.isFile()) throw new Error('it is no regular file');
  return found;
}

function failure(node: string, words: string, said: string, exitCode?: number | null): PlanRunError {
  // `/bin/sh: 3: cannot open ...`: where it stands in our script is nobody's business.
  const why =
    said.trim().replace(/^\/?\S*sh: (line )?\d+: /gm, '') || `it was cut short (exit code ${exitCode ?? 'none'})`;
  return new PlanRunError('command-failed', `Cannot ${words}: ${why}`, { node });
}
