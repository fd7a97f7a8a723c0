#!/bin/sh
# reboot, poweroff, halt and shutdown of a test machine: as of sysvinit, they return, and the machine then goes down.
program=$(basename "$0")
verb=$program force= dry=
[ "$program" != shutdown ] || verb=poweroff
for word; do
  case "$word" in
    -f | -ff | --force) force=yes ;;
    -r | --reboot) verb=reboot ;;
    -h | -P | -p | --poweroff) verb=poweroff ;;
    -H | --halt) verb=halt ;;
    -c | -k) dry=yes ;;
  esac
done
[ "$(id -u)" -eq 0 ] || { echo "$program: must be superuser." >&2; exit 1; }
[ -z "$dry" ] || exit 0

# Twice forced, systemctl(1) asks the kernel itself.
now="sync; systemctl --force --force $verb"
[ -z "$force" ] || exec sh -c "$now"
# Sessions get a proper end: their daemons close the connections.
setsid sh -c "sleep 0.1; kill -TERM -1; sleep 0.3; kill -KILL -1; $now" </dev/null >/dev/null 2>&1 &
