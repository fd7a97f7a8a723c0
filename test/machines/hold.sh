#!/bin/sh
# Holds the machines for as long as its stdin is open: that ends with the process that has the other end, kill -9 or not.
# Then nothing of them is left, the folder included.  hold.sh FOLDER KIND COUNT
set -u
folder=$1

setpriv --pdeathsig KILL unshare --net --mount --ipc --pid --fork --kill-child=KILL sh "$folder/yard.sh" "$@" &
unshare=$!
cat >/dev/null

# What was run in the runner's place is in its network, but in no PID namespace of ours that would take it along.
net=$(readlink "/proc/$unshare/ns/net")
if [ -n "$net" ] && [ "$net" != "$(readlink /proc/self/ns/net)" ]; then
  number=${net#*[} number=${number%]}
  find /proc/[0-9]*/ns/net -lname "net:\[$number\]" 2>/dev/null | cut -d / -f 3 | xargs -r kill -9 2>/dev/null
fi
kill -9 "$unshare" 2>/dev/null
wait
rm -rf --one-file-system "$folder"
