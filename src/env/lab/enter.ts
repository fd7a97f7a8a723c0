import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { EXIT, PlanRunError } from '../../base/errors.ts';
import { PATH } from '../shell/local.ts';
import { findProgram, installCommand, missingPrograms, PROGRAMS } from './programs.ts';

/*
 * A run lives in namespaces of its own, and the kernel ends it: when PID 1 of a PID namespace goes, everything in
 * the namespace is killed, and with the last process go its network, mounts and rules (pid_namespaces(7)).
 *
 *     plan-run ── unshare ═╦═ sh (PID 1) ── plan-run again ── shells of the nodes, servers
 *      outer    dies with  ║  dies with       inner
 *               outer      ║  unshare
 *
 * The inner one gone, by kill -9 or of its own accord, PID 1 has nothing more to wait for. PID 1 is a shell because
 * a shell waits for any child, so that orphans do not stay as zombies.
 */
const NAME = 'plan-run-lab';
const INIT = ['sh', '-c', '"$@"; exit $?', NAME];

/** The parent may have died before the kernel was told to watch it; then we are somebody else's child. */
const IF_PARENT_LIVES = ['sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"'];

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm (npx) hands its own Ctrl-C to us, who have had it from the terminal already: that is not a second one. */
const SAME_SIGNAL_MS = 300;

/**
 * Runs this program again in namespaces of its own. @param argv the program's file and its arguments, as in
 * `process.argv.slice(1)`. @returns its exit code, 130 where a signal of ours has ended it, or undefined when this
 * process is the one inside. @throws PlanRunError `unavailable` where the kernel or a missing program does not let us,
 * or somebody else has killed it.
 */
export async function relaunch(argv: readonly string[]): Promise<number | undefined> {
  if (isInside()) {
    listenToOuter();
    return undefined;
  }
  refuseIfIncomplete();
  const inner = spawn('setpriv', innerCommand([process.execPath, ...process.execArgv, ...argv]), {
    // A session of its own, so that Ctrl-C reaches it through us and not twice.
    detached: true,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH },
  });
  let askedMs: number | undefined;
  const forward = (signal: NodeJS.Signals) => {
    // First the polite way: the inner one heals and tears down. A second signal ends it at once.
    if (askedMs === undefined && inner.connected) inner.send(signal, () => {});
    else if (askedMs === undefined || performance.now() - askedMs > SAME_SIGNAL_MS) inner.kill('SIGKILL');
    askedMs ??= performance.now();
  };
  // A terminal tells its own session of its new size; the live line is written in another one.
  const resized = () => void (inner.connected && inner.send('SIGWINCH', () => {}));
  for (const signal of FORWARDED) process.on(signal, forward);
  process.on('SIGWINCH', resized);
  try {
    const { entered, lastWord, code } = await endOf(inner);
    if (lastWord !== undefined) return lastWord;
    if (code > SIGNALED && askedMs !== undefined) return EXIT.interrupted;
    throw entered ? killed(code) : notEntered(code);
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
    process.off('SIGWINCH', resized);
  }
}

/** Whether this process is what PID 1 was started to run: asked of the kernel, for a variable can be anybody's. */
export function isInside(): boolean {
  if (process.platform !== 'linux' || process.ppid !== 1) return false;
  const init = readFileSync('/proc/1/cmdline', 'utf8').split('\0');
  return INIT.every((word, index) => init[index] === word);
}

/** Arguments for setpriv(1): `command` in fresh namespaces that end with this process. */
export function innerCommand(command: readonly string[]): string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const namespaces = [...user, '--net', '--pid', '--mount', '--ipc', '--fork', '--kill-child=KILL', '--mount-proc'];
  const parent = [...IF_PARENT_LIVES, String(process.pid)];
  return ['--pdeathsig', 'KILL', ...parent, 'unshare', ...namespaces, ...INIT, ...command];
}

/** @throws PlanRunError `unavailable`: what is missing, and the command that supplies it. */
export function refuseIfIncomplete(): void {
  if (process.platform !== 'linux') {
    throw new PlanRunError('unavailable', `The lab needs Linux namespaces; this is ${process.platform}`);
  }
  const missing = missingPrograms(PROGRAMS);
  if (missing.length === 0) return;
  const names = missing.map(({ program }) => program).join(', ');
  throw new PlanRunError('unavailable', `The lab cannot run here: not found: ${names}`, {
    hint: installCommand(missing),
  });
}

/** Exit codes above it tell of a signal: 128 + n after signal n, as shells have it. */
const SIGNALED = 128;

interface End {
  readonly entered: boolean;
  /** The exit code as the inner one has announced it; one that is killed announces nothing. */
  readonly lastWord: number | undefined;
  /** Of the process that we started: unshare ends with 1 where its PID 1 was killed, and 1 would be a verdict. */
  readonly code: number;
}

function endOf(inner: ChildProcess): Promise<End> {
  let entered = false;
  let lastWord: number | undefined;
  inner.on('message', (said) => {
    if (typeof said === 'number') lastWord = said;
    else entered = true;
  });
  return new Promise((resolve, reject) => {
    inner.once('error', reject);
    inner.once('exit', (code, signal) => {
      const settle = () => resolve({ entered, lastWord, code: code ?? SIGNALED + constants.signals[signal!] });
      // What it sent may still be on its way.
      if (inner.connected) inner.once('disconnect', settle);
      else settle();
    });
  });
}

function killed(code: number): PlanRunError {
  return new PlanRunError('unavailable', 'The run was killed from outside', {
    exitCode: code,
    hint: 'nothing is left of the lab; its history, as far as it came, is in the store',
  });
}

function notEntered(exitCode: number): PlanRunError {
  return new PlanRunError('unavailable', 'This machine did not let the lab make its namespaces', {
    command: `${findProgram('unshare')} --net --pid --mount`,
    exitCode,
    hint: 'plan-run doctor',
  });
}

/** Inside: a signal comes as a message, because PID 1 and unshare would not pass it on. */
function listenToOuter(): void {
  process.on('message', (signal: NodeJS.Signals) => process.kill(process.pid, signal));
  // The kernel ends us with the outer one; this covers the instant before it was told to.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.send?.('entered');
  // What an earlier listener has made of it counts: `main.ts` does not end with 0 while somebody still waits.
  process.on('exit', (code) => process.send?.(process.exitCode ?? code));
  process.channel?.unref();
}
