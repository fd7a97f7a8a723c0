import { PRELUDE } from '../shell/daemon.ts';

/*
 * What runs on a node to hold it, and to give it back: functions for a POSIX sh (dash, busybox, bash), which need no more than
 * coreutils, util-linux (setsid, flock) and what made the faults (iptables, tc). The same text is the runner's library, in the shell
 * that it keeps for the hold, and the watchdog's program, in a file: what undoes a fault is in one place.
 *
 *     /run/plan-run/           there is a hold, as long as this directory is there; mode 0700
 *         id                   whose: a random word, which is in the environment of all that the run starts, too
 *         ended                the same, once the node is being given back
 *         holder, kind         for a person: one line of JSON; `run` or `hand`
 *         beat                 two integers, hundredths of a second: the machine's uptime at the last sign of life, and the lease
 *         dir, parent          the run's directory; there where its parent was made for it
 *         firewall             the variants of iptables that were used: see `openFirewall`
 *         shells               pid and start time of each shell of the run
 *         watchdog, pid, said  the program, its pid and start time, and what went wrong when it last gave the node back
 *
 * Only /proc/uptime counts: it stands still and jumps for nobody who sets a clock (proc(5); since boot, suspension included).
 */

/** The variable by which everything that a run has started is known, wherever it has gone. */
export const MARK = 'PLAN_RUN_HOLD';

/** The hold's directory. Of a machine that starts again /run is empty: tmpfs (file-hierarchy(7)). */
export const HOLD = '/run/plan-run';

/** A file in the run's directory by which it is known to be one: nothing else is ever removed. */
export const OURS = '.plan-run';

/** The root handle of queues of ours: tc(8). */
export const QUEUE = '5ca1:';

/** How `take`, `beat` and `release` say that somebody else holds the node, and `beat` that no watchdog is there. */
export const EXIT_HELD = 3;
export const EXIT_UNWATCHED = 4;

/** How long, in tries, and how often a second the watchdog looks, in seconds of its `sleep`. */
const LOOK_S = 0.5;

export const LIBRARY = `${PRELUDE}
hold=${HOLD}
# A moment; where sleep knows only whole seconds, one.
rest() { sleep "$1" 2>/dev/null || sleep 1; }

# Hundredths of a second since the machine started, in $now.
read_uptime() {
  read -r up _ </proc/uptime
  now=\${up%.*}\${up#*.}
  while [ "$now" != "\${now#0?}" ]; do now=\${now#0}; done
}

# Written over what is there: that needs no space. Its width is always the same.
write_beat() { read_uptime; printf '%14d %10d\\n' "$now" "$1" 1<>"$hold/beat"; }

# Whether the lease is over, or never began, or is from before the machine started again. A beat may be written while it is read:
# what looks so is looked at twice.
is_over() { is_expired && is_expired; }
is_expired() {
  at= lease= left=0
  { read -r at lease <"$hold/beat"; } 2>/dev/null
  case \${at:-x}\${lease:-x} in *[!0-9]*) return 0 ;; esac
  read_uptime
  left=$((at + lease - now))
  [ "$at" -gt "$now" ] || [ "$left" -le 0 ]
}

is_mine() { { read -r id <"$hold/id"; } 2>/dev/null && [ "$id" = "$1" ]; }

# Whether the watchdog lives.
is_watched() {
  { read -r pid theirs <"$hold/pid"; } 2>/dev/null && read_stat "$pid" && [ "$started" = "$theirs" ] || return
  case $state in [TtZXx]) return 1 ;; esac
}

# Kills processes and all below them, and waits until they are gone: 2 s at most, for one that waits for a disk may stay.
end_all() {
  tree=
  for top in "$@"; do freeze "$top"; done
  kill_all $tree
}
# The same of shells, which are not stopped before: their sudo(8) would stop, too, and stay.
end_shells() {
  tree=
  for top in "$@"; do grow "$top"; done
  kill_all $tree
}
kill_all() {
  [ $# = 0 ] || kill -s KILL "$@"
  tries=0
  while still_there "$@" && [ $((tries += 1)) -le 40 ]; do rest 0.05; done
} 2>/dev/null
still_there() {
  for left_one in "$@"; do read_stat "$left_one" && [ "$state" != Z ] && return; done
  return 1
}

# Pids in files that hold a pid and a start time in a line, of those that are still the process that was meant.
known() {
  for list in "$@"; do
    [ -e "$list" ] || continue
    while read -r pid theirs; do read_stat "$pid" && [ "$started" = "$theirs" ] && echo "$pid"; done <"$list"
  done
}

# Pids of all whose environment has the mark. (Some write over their environment, as PostgreSQL does: those are daemons of ours, or below one.)
marked() {
  [ -n "$id" ] || return
  head -c 1000000 /proc/[0-9]*/environ 2>/dev/null | tr '\\000' '\\n' |
    sed -n -e '/^==> \\/proc\\/[0-9]*\\/environ <==$/h' -e "/^${MARK}=$id\\$/{g;s/[^0-9]//g;p;}"
}

end_processes() {
  [ -z "$dir" ] || end_all $(known "$dir"/run/*.pid)
  rounds=0
  while pids=$(marked) && [ -n "$pids" ] && [ $((rounds += 1)) -le 5 ]; do end_all $pids; done
}

# Takes away our chains, and every jump to one of them, in one transaction; again, where somebody has changed rules meanwhile.
sweep() {
  tries=0
  until sweep_once "$1"; do
    [ $((tries += 1)) -lt 5 ] || return 1
    rest 0.2
  done
}
sweep_once() {
  rules=$("$1" -w 2 -S) || return
  chains=$(echo "$rules" | sed -n 's/^-N \\(plan-run-[A-Za-z0-9-]*\\)$/\\1/p')
  [ -n "$chains" ] || return 0
  {
    echo '*filter'
    echo "$rules" | sed -n 's/^-A \\(.* -[jg] plan-run-[A-Za-z0-9-]*\\)$/-D \\1/p'
    printf -- '-F %s\\n' $chains
    printf -- '-X %s\\n' $chains
    echo COMMIT
  } | "$1-restore" -w 2 --noflush
}

# Of a variant that has only been tried nothing is expected. Where there was no table of filters, chains are taken away that are there
# since, if they are empty (iptables(8), -X); the table stays, for there is no safe way to end it.
sweep_noted() {
  swept=0 fresh=
  while read -r what variant; do
    case $what in
      try) sweep_once "$variant" 2>/dev/null ;;
      use) sweep "$variant" || { echo "cannot take away the rules of $variant" >&2; swept=1; } ;;
      new) fresh="$fresh $variant" ;;
    esac
  done
  for variant in $fresh; do
    "$variant" -X INPUT
    "$variant" -X OUTPUT
  done 2>/dev/null
  return $swept
}

undo_network() {
  [ ! -e "$hold/firewall" ] || sweep_noted <"$hold/firewall" || return
  unqueue
}
# Takes away our queues.
unqueue() {
  command -v tc >/dev/null || return 0
  tc qdisc show | sed -n 's/^qdisc [a-z]* ${QUEUE} dev \\([^ ]*\\) root .*/\\1/p' |
    while read -r device; do tc qdisc del dev "$device" root handle ${QUEUE} || exit; done
}

# Undoes all that the hold stands for, the hold last; whoever calls it has the lock. Fails, and leaves the hold, where
# something of ours is still in force.
give_back() {
  mv "$hold/id" "$hold/ended" 2>/dev/null
  id= dir= failed=
  { read -r id <"$hold/ended"; IFS= read -r dir <"$hold/dir"; } 2>/dev/null
  # The shells first: what the network still brings them must find nobody.
  end_shells $(known "$hold/shells")
  undo_network || failed=1
  end_processes
  # Again, for what a shell may have begun at the very moment when it was killed.
  [ $rounds = 0 ] || undo_network || failed=1
  if [ -n "$dir" ]; then
    rm -rf -- "$dir" || failed=1
    [ ! -e "$hold/parent" ] || rmdir -- "\${dir%/*}" 2>/dev/null
  fi
  [ -z "$failed" ] || return 1
  watchdog=$(known "$hold/pid")
  rm -rf "$hold"
  [ "\${watchdog:-$$}" = $$ ] || end_all "$watchdog"
  return 0
}

# Runs a command while nobody else takes or gives back: /run itself is locked, for a file would stay.
locked() (
  exec 8</run
  flock -w 10 8 || { echo 'another program holds a lock on /run' >&2; exit 1; }
  "$@"
)

# The watchdog: gives the node back when the lease is over, and tries again until that is done. It answers no terminal and no
# hangup, belongs to no login (whose end might end it), and is not chosen when memory runs out.
watch() {
  trap '' HUP INT
  cd /
  read_stat $$
  { echo $$ >/sys/fs/cgroup/cgroup.procs; echo -1000 >/proc/self/oom_score_adj; } 2>/dev/null
  echo "$$ $started" >"$hold/pid"
  while { read -r pid theirs <"$hold/pid"; } 2>/dev/null && [ "$pid" = $$ ]; do
    rest ${LOOK_S}
    is_over && { locked give_back_late 2>"$hold/said" || rest 1; }
  done
}
give_back_late() { [ -d "$hold" ] && is_over && give_back; }

# take ID KIND LEASE HOLDER [DIR]: prints the id of the hold, which is another one's where faults by hand join.
take() {
  if [ -d "$hold" ] && is_over; then give_back || return; fi
  if [ -d "$hold" ]; then
    if [ "$2" = hand ] && [ "$(cat "$hold/kind")" = hand ] && is_watched; then
      [ "$left" -ge "$3" ] || write_beat "$3"
      cat "$hold/id"
      return
    fi
    cat "$hold/holder"
    return ${EXIT_HELD}
  fi
  take_free "$@" && return
  tell_full /run
  tell_full "\${5%/*}"
  give_back
  return 1
}
# What a shell calls an I/O error is a full disk, most often.
tell_full() {
  df -Pk "\${1:-/}" 2>/dev/null | { read -r _; read -r _ _ _ free _; [ "\${free:-1}" -gt 0 ] || echo "no space is left in $1" >&2; }
}
take_free() {
  mkdir -m 700 "$hold" && write_beat "$3" && echo "$1" >"$hold/id" && echo "$2" >"$hold/kind" &&
    printf '%s\\n' "$4" >"$hold/holder" && printf '%s\\nwatch\\n' "$library" >"$hold/watchdog" || return
  [ -z "$5" ] || make_dir "$5" || return
  ${MARK}= setsid sh "$hold/watchdog" </dev/null >/dev/null 2>&1 8<&- &
  tries=0
  until is_watched; do
    [ $((tries += 1)) -le 100 ] || { echo 'its watchdog does not start' >&2; return 1; }
    rest 0.02
  done
  echo "$1"
}

# The run's directory, new and empty: what a run that died with its machine has left there goes.
make_dir() {
  if [ -e "$1" ] || [ -L "$1" ]; then
    [ -f "$1/${OURS}" ] || { echo "$1 is there already, and not plan-run's: remove it, or choose another place (dir in the inventory)" >&2; return 1; }
    [ ! -s "$1/${OURS}" ] || : >"$hold/parent"
    rm -rf -- "$1" || return
  fi
  if [ ! -d "\${1%/*}" ]; then mkdir -p -m 755 -- "\${1%/*}" && : >"$hold/parent" || return; fi
  printf '%s\\n' "$1" >"$hold/dir" && mkdir -m 755 -- "$1" || return
  if [ -e "$hold/parent" ]; then echo parent; fi >"$1/${OURS}"
}

# adopt ID PID: notes a shell, which ends when the node is given back.
adopt() {
  is_mine "$1" || return ${EXIT_HELD}
  read_stat "$2" && echo "$2 $started" >>"$hold/shells"
}

# beat ID LEASE
beat() {
  is_mine "$1" || return ${EXIT_HELD}
  is_watched || return ${EXIT_UNWATCHED}
  write_beat "$2" || return
  # Looked at again: what was written may have come too late.
  is_mine "$1" || return ${EXIT_HELD}
}

# release ID
release() {
  is_mine "$1" || return ${EXIT_HELD}
  give_back
}
# break_hold: whatever holds the node; prints its holder.
break_hold() {
  [ -d "$hold" ] || return 0
  holder=$(cat "$hold/holder" 2>/dev/null)
  give_back && printf '%s\\n' "$holder"
}`;
