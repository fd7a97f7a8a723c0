import { assert } from '../../base/assert.ts';
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
  const variables = Object.entries(env).map(([key, value]) => {
    assert(/^[A-Za-z_]\w*$/.test(key), `"${key}" is a variable's name: the shell reads it`);
    return `${key}=${quote(value)} `;
  });
  return `(
  mkdir -p ${quote(`${dir}/run`)} ${quote(`${dir}/log`)} && cd ${quote(dir)} || exit
  if ! command -v ${quote(program)} >/dev/null; then echo ${quote(`${program}: not found`)} >&2; exit 1; fi
  ${variables.join('')}setsid ${argv.map(quote).join(' ')} >>${quote(logPath(dir, name))} 2>&1 &
  # Until it leads its group, a signal to the group would find nobody.
  while read_stat $! && [ "$pgrp" != $! ]; do :; done
  echo "$! $started" >${quote(pidPath(dir, name))}
)`;
}

/**
 * Sends a signal; fails where the daemon is gone. TERM and INT ask its process group to end. KILL, STOP and CONT take the
 * group and every process below it, for a server's children may lead groups of their own (PostgreSQL's do). They are stopped first,
 * so that none is overlooked; a kill is over when all of them are gone.
 */
export function signalScript(dir: string, name: string, signal: string): string {
  if (signal === 'TERM' || signal === 'INT') return `${isOurs(dir, name)} && kill -s ${signal} -- -"$pid"`;
  const gather = signal === 'CONT' ? 'grow "$pid"' : 'freeze "$pid"';
  const send = `kill -s ${signal} -- -"$pid" $tree`;
  return `${isOurs(dir, name)} && { tree=; ${gather}; ${send}${signal === 'KILL' ? '; gone $tree' : ''}; } 2>/dev/null`;
}

/** Prints the letters of the states of the daemon and of every process below it; fails where the daemon is gone. */
export function stateScript(dir: string, name: string): string {
  return `${isOurs(dir, name)} && { tree=; grow "$pid"; states $tree; } 2>/dev/null`;
}

/**
 * What the letters mean here: a zombie is dead, and so is a daemon whose own process, the first, is; it is paused when all of
 * them are; one that waits for the disk still runs.
 */
export function daemonState(letters: string): DaemonState {
  const [own = 'Z', ...others] = letters.split(/\s+/).filter((letter) => letter !== '');
  if ('ZXx'.includes(own)) return 'dead';
  const alive = [own, ...others.filter((letter) => !'ZXx'.includes(letter))];
  return alive.every((letter) => 'Tt'.includes(letter)) ? 'paused' : 'running';
}

function isOurs(dir: string, name: string): string {
  const file = quote(pidPath(dir, name));
  return `{ read -r pid theirs <${file}; } 2>/dev/null && [ -n "$theirs" ] && read_stat "$pid" && [ "$started" = "$theirs" ]`;
}

/** Functions that the scripts above need. */
export const PRELUDE = `\
# The state, group and start time of a process.
read_stat() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
  # The name, in parentheses, may hold anything.
  set -- \${stat##*) }
  state=$1 pgrp=$3 started=\${20}
}
# The children of a process, of all its threads.
children_of() {
  children=
  for file in /proc/$1/task/*/children; do
    some=
    read -r some <"$file"
    children="$children $some"
  done
}
# Adds a process, and all below it, to $tree.
grow() {
  tree="$tree $1"
  children_of "$1"
  for one in $children; do grow "$one"; done
}
# The same, and stops them, from above: who has stopped has no more children to come. A parent that has just forked may stop
# only when its child has begun (vfork(2)), so its children come after it. One that waits for the disk is not waited for long.
freeze() {
  kill -s STOP "$1"
  turn=0
  while read_stat "$1" && [ "\${state#[TtZX]}" = "$state" ] && [ $((turn += 1)) -lt 20000 ]; do :; done
  tree="$tree $1"
  children_of "$1"
  for one in $children; do freeze "$one"; done
}
states() { for one in "$@"; do read_stat "$one" && printf '%s ' "$state"; done; }
# Waits until processes that were killed have ended.
gone() { for one in "$@"; do while read_stat "$one" && [ "$state" != Z ]; do :; done; done; }`;
