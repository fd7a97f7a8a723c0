import { randomUUID } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { PlanRunError } from '../../base/errors.ts';

/** A POSIX `sh` that reads its commands from `stdin`: a local process, or a channel to another machine. */
export interface ShellStreams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

export interface ShellResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface Shell {
  /**
   * Runs a script, after those that were asked for before it: one write, one answer. The script must leave
   * the shell as it finds it: no `exit`, no `cd`. Its standard input is empty.
   * @throws PlanRunError `timeout` when there is no answer after `timeoutMs` (default 35 s), `command-failed`
   * when the shell is gone. Either way the shell is unusable from then on.
   */
  run(script: string, timeoutMs?: number): Promise<ShellResult>;
  /** Lets the shell end once it has done what it was asked; later scripts are refused. */
  close(): void;
}

interface Job {
  readonly script: string;
  readonly timeoutMs: number;
  resolve(result: ShellResult): void;
  reject(error: PlanRunError): void;
}

interface Current {
  readonly job: Job;
  readonly marker: string;
  readonly timer: NodeJS.Timeout;
}

/**
 * Speaks with a shell that stays open, so that a command costs a round trip and no login. Every script is
 * followed by a marker on both outputs, with the exit code on the first. The marker is random: no output can
 * imitate it, and none needs a newline at its end.
 */
export function openShell(name: string, streams: ShellStreams): Shell {
  const session = randomUUID();
  const stdout = new Output();
  const stderr = new Output();
  const queue: Job[] = [];
  let sequence = 0;
  let current: Current | undefined;
  let broken: PlanRunError | undefined;

  function next(): void {
    const job = current === undefined ? queue.shift() : undefined;
    if (job === undefined) return;
    const marker = `${session}-${++sequence}`;
    const timer = setTimeout(() => fail(noAnswer(name, job)), job.timeoutMs);
    current = { job, marker, timer };
    streams.stdin.write(`{\n${job.script}\n} </dev/null\nprintf '${marker} %d\\n' $?; printf '${marker} \\n' >&2\n`);
  }

  function receive(output: Output, chunk: Buffer): void {
    output.add(chunk, current?.marker);
    if (current === undefined || stdout.end === undefined || stderr.end === undefined) return;
    const { job, marker, timer } = current;
    const result = { stdout: stdout.text(marker), stderr: stderr.text(marker), exitCode: Number(stdout.end.code) };
    clearTimeout(timer);
    stdout.clear();
    stderr.clear();
    current = undefined;
    job.resolve(result);
    next();
  }

  function fail(error: PlanRunError): void {
    if (broken !== undefined) return;
    broken = error;
    clearTimeout(current?.timer);
    current?.job.reject(error);
    for (const job of queue.splice(0)) job.reject(error);
    streams.stdin.end();
  }

  function gone(): void {
    const stderrText = stderr.text().trim();
    fail(new PlanRunError('command-failed', `the shell of ${name} is gone`, { node: name, stderr: stderrText }));
  }

  streams.stdout.on('data', (chunk: Buffer) => receive(stdout, chunk));
  streams.stderr.on('data', (chunk: Buffer) => receive(stderr, chunk));
  streams.stdout.on('close', gone);
  streams.stdin.on('error', gone);

  return {
    run: (script, timeoutMs = 35_000) =>
      new Promise((resolve, reject) => {
        if (broken !== undefined) return reject(broken);
        queue.push({ script, timeoutMs, resolve, reject });
        next();
      }),
    close: () => streams.stdin.end(),
  };
}

/** Bytes of one output, looked through once for the line with the marker. */
class Output {
  #chunks: Buffer[] = [];
  /** The last bytes that were searched: a marker may come in two chunks. */
  #tail = '';
  #end: { code: string } | undefined;

  add(chunk: Buffer, marker: string | undefined): void {
    this.#chunks.push(chunk);
    if (marker === undefined || this.#end !== undefined) return;
    // latin1 keeps every byte as it is; the marker is ASCII.
    const searched = this.#tail + chunk.toString('latin1');
    const at = searched.indexOf(marker);
    const lineEnd = at === -1 ? -1 : searched.indexOf('\n', at);
    if (lineEnd !== -1) this.#end = { code: searched.slice(at + marker.length, lineEnd).trim() };
    this.#tail = searched.slice(-TAIL_BYTES);
  }

  /** What the marker's line says: the exit code on stdout, nothing on stderr; undefined until it has come. */
  get end(): { code: string } | undefined {
    return this.#end;
  }

  /** What stands before the marker; all there is without one. */
  text(marker?: string): string {
    const bytes = Buffer.concat(this.#chunks);
    return bytes.toString('utf8', 0, marker === undefined ? bytes.length : bytes.indexOf(marker));
  }

  clear(): void {
    this.#chunks = [];
    this.#tail = '';
    this.#end = undefined;
  }
}

/** More than the marker's line. */
const TAIL_BYTES = 128;

function noAnswer(name: string, job: Job): PlanRunError {
  return new PlanRunError('timeout', `the shell of ${name} gave no answer within ${job.timeoutMs} ms`, {
    node: name,
    command: job.script,
    timedOut: true,
  });
}
