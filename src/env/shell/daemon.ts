import type { Daemon, DaemonState } from '../../contract/index.ts';
import { quote } from './quote.ts';

/*
 * Shell scripts that keep a process on a node. A daemon leads a session of its own; its pid file holds the pid
 * and the process's start time (field 22 of /proc/<pid>/stat, proc(5)), so that a pid which the kernel has given
 * to somebody else is never taken for ours. Nothing here but `setsid` starts a program: asking costs no fork.
 */

/** Where a daemon's files are, below the node's directory. */
export const pidPath = (dir: string, name: string) => `${dir}/run/${name}.pid`;
export const logPath = (dir: string, name: string) => `${dir}/log/${name}.log`;

/** Starts the daemon; fails where its program is not found. As the subshell ends, init becomes its parent. */
export function spawnScript(dir: string, { name, argv, env = {} }: Daemon): string {
  const [program = ''] = argv;
  const variables = Object.entries(env).map(([key, value]) => `${key}=${quote(value)} `);
  return `\
if ! command -v ${quote(program)} >/dev/null; then echo ${quote(`${program}: not found`)} >&2; false; else (
  mkdir -p ${quote(`${dir}/run`)} ${quote(`${dir}/log`)} && cd ${quote(dir)} || exit
  ${variables.join('')}setsid ${argv.map(quote).join(' ')} >>${quote(logPath(dir, name))} 2>&1 &
  # Until it leads its group, a signal to the group would find nobody.
  while read_stat $! && [ "$pgrp" != $! ]; do :; done
  echo "$! $started" >${quote(pidPath(dir, name))}
) fi`;
}

/** Sends a signal to the daemon and what it started; fails where it is gone. */
export function signalScript(dir: string, name: string, signal: string): string {
  return `${isOurs(dir, name)} && kill -s ${signal} -- -"$pid"`;
}

/** Prints the letter of the daemon's state; fails where it is gone. */
export function stateScript(dir: string, name: string): string {
  return `${isOurs(dir, name)} && echo $state`;
}

/** What the letter means here: a zombie is dead; one that waits for the disk still runs. */
export function daemonState(letter: string): DaemonState {
  if (letter === '' || 'ZXx'.includes(letter)) return 'dead';
  return 'Tt'.includes(letter) ? 'paused' : 'running';
}

function isOurs(dir: string, name: string): string {
  const file = quote(pidPath(dir, name));
  return `{ read -r pid theirs <${file}; } 2>/dev/null && read_stat "$pid" && [ "$started" = "$theirs" ]`;
}

/** A function that the scripts above need: the state, group and start time of a process. */
export const PRELUDE = `\
read_stat() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
  # The name, in parentheses, may hold anything.
  set -- \${stat##*) }
  state=$1 pgrp=$3 started=\${20}
}`;
