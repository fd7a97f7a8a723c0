/**
 * Git as a review uses it: the program itself, without a shell, so hardened that nothing in the working tree or in a
 * commit can make it run anything, reach for the net, or wait for somebody.
 */
import { spawn } from 'node:child_process';
import { messageOf, PlanRunError } from '../../base/errors.ts';

/** Before every command. A bare repository is taken only where GIT_DIR names it: one may lie within a branch. */
const SAFE = [
  ...['core.fsmonitor=false', 'core.untrackedCache=false', 'core.hooksPath=/dev/null', 'core.attributesFile=/dev/null'],
  ...['safe.bareRepository=explicit', 'protocol.allow=never', 'submodule.recurse=false', 'diff.relative=false'],
  // What is larger is streamed, not held in memory.
  'core.bigFileThreshold=1m',
].flatMap((setting) => ['-c', setting]);

/** No locks, no questions, nothing from the net, and English. */
const QUIET = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_ATTR_NOSYSTEM: '1',
  // The patterns of a review are its own: `:/*.yaml` is no name.
  GIT_LITERAL_PATHSPECS: '0',
  GIT_GLOB_PATHSPECS: '0',
  GIT_NOGLOB_PATHSPECS: '0',
  GIT_ICASE_PATHSPECS: '0',
  LC_ALL: 'C',
};

/** Of lists of files. Contents come by `stream`. */
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;
const STDERR_MAX_LENGTH = 4_000;

export interface Answer {
  readonly stdout: Buffer;
  readonly exitCode: number;
  readonly stderr: string;
}

export interface Asked {
  readonly input?: string | Buffer;
  /** What is no failure. Default: 0 only. */
  readonly codes?: readonly number[];
}

export class Git {
  readonly #cwd: string;
  readonly #extra: Readonly<Record<string, string>>;

  /** @param extra configuration that is added for every command. */
  constructor(cwd: string, extra: readonly (readonly [name: string, value: string])[] = []) {
    this.#cwd = cwd;
    this.#extra = environmentOf(extra);
  }

  /** All that a command says. @throws PlanRunError where git is missing, or fails. */
  async ask(args: readonly string[], { input = '', codes = [0] }: Asked = {}): Promise<Answer> {
    const chunks: Buffer[] = [];
    let length = 0;
    const { exitCode, stderr } = await this.stream(args, input, (chunk) => {
      length += chunk.length;
      if (length > OUTPUT_MAX_BYTES) {
        const hint = 'name the paths of the plans: plan-run review plans/';
        throw new PlanRunError('refused', `git ${args[0]} lists more than 64 MB: too much for a review`, { hint });
      }
      chunks.push(chunk);
      return 'more';
    });
    if (!codes.includes(exitCode)) throw failed(args, exitCode, stderr);
    return { stdout: Buffer.concat(chunks), exitCode, stderr };
  }

  /** Hands what a command says to `take` as it comes; the command is ended when that has enough. */
  stream(
    args: readonly string[],
    input: string | Buffer,
    take: (chunk: Buffer) => 'more' | 'enough',
  ): Promise<Omit<Answer, 'stdout'>> {
    return new Promise((resolve, reject) => {
      const child = spawn('git', [...SAFE, ...args], {
        cwd: this.#cwd,
        env: { ...process.env, ...this.#extra, ...QUIET },
        windowsHide: true,
      });
      let stderr = '';
      let ended = false;
      let thrown: unknown;
      child.once('error', (error) => reject(unstarted(error)));
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (stderr.length < STDERR_MAX_LENGTH) stderr += text;
      });
      child.stdout.on('data', (chunk: Buffer) => {
        if (ended) return;
        try {
          if (take(chunk) === 'more') return;
        } catch (error) {
          thrown = error;
        }
        ended = true;
        child.kill();
      });
      child.once('close', (code) => {
        if (thrown !== undefined) reject(thrown);
        else resolve({ exitCode: ended ? 0 : (code ?? 1), stderr });
      });
      // It may end before it has read all: its exit code tells why.
      child.stdin.on('error', () => {});
      child.stdin.end(input);
    });
  }
}

/** Configuration by the environment, behind what is there already: here a name may hold an equals sign, for `-c` it may not. */
function environmentOf(settings: readonly (readonly [name: string, value: string])[]): Record<string, string> {
  const there = Number(process.env.GIT_CONFIG_COUNT ?? 0);
  if (settings.length === 0 || !Number.isInteger(there)) return {};
  const pairs = settings.flatMap(([name, value], at) => [
    [`GIT_CONFIG_KEY_${there + at}`, name],
    [`GIT_CONFIG_VALUE_${there + at}`, value],
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(there + settings.length) };
}

function unstarted(error: Error): PlanRunError {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const message = missing ? 'Cannot find the program git' : `Cannot start git: ${messageOf(error)}`;
  return new PlanRunError('unavailable', message, {
    cause: error,
    ...(missing ? { hint: 'a review compares with a git ref: install git, and have it in PATH' } : {}),
  });
}

/** What a failure of git means to a person. */
export function failed(args: readonly string[], exitCode: number, stderr: string): PlanRunError {
  const said = stderr.trim();
  if (/not a git repository/i.test(said)) {
    const hint = 'a review compares with a git ref: run it within a repository';
    return new PlanRunError('usage', 'This is not a git repository', { hint });
  }
  if (/safe\.bareRepository/i.test(said)) {
    const hint = 'a bare repository is taken only where it is named: GIT_DIR=/path/to/repository.git plan-run review';
    return new PlanRunError('usage', 'This is a bare repository', { hint });
  }
  if (/dubious ownership/i.test(said)) {
    const hint = 'in a container: git config --global --add safe.directory PATH, if you trust it';
    return new PlanRunError('unavailable', 'git does not read this repository: it belongs to somebody else', { hint });
  }
  if (/promisor remote|lazy fetching/i.test(said)) return incomplete();
  const isPathspec = /pathspec|outside repository/i.test(said);
  return new PlanRunError(isPathspec ? 'usage' : 'unavailable', `git ${args[0]} failed`, {
    command: `git ${args[0]}`,
    exitCode,
    stderr: said,
  });
}

/** A review fetches nothing. */
export function incomplete(): PlanRunError {
  const hint = 'a partial clone has not fetched all that a review reads: clone without --filter';
  return new PlanRunError('unavailable', 'The repository lacks files of the commits that are compared', { hint });
}
