#!/bin/sh
# The runner's place, PID 1 of all: the bridge, and for each machine a loop that has it under power.
# In namespaces of its own (hold.sh); /proc is the host's, so that pids found there are good for the test.
#   yard.sh FOLDER KIND COUNT
set -eu
folder=$1 kind=$2 count=$3
read -r pid _ </proc/self/stat

# The locks of iptables and what else goes to /run; the machines' disks are in memory. There the layer can be one of an
# overlay's that has all of / as another: inside of that it may not be.
mount -t tmpfs -o mode=0755 tmpfs /run
mount -t tmpfs -o mode=0755 tmpfs "$folder/disks"
cp -a "$folder/new/." "$folder/disks"

numbers=$(seq "$count")
ip -batch - <<END
link set lo up
link add yard address 02:00:0a:4e:00:fe type bridge forward_delay 0 mcast_snooping 0
address add 10.78.0.254/16 dev yard
$(for k in $numbers; do echo "address add 10.78.1.$k/32 dev yard"; done)
link set yard up
END

printf '#!/bin/sh\nexit 129\n' >"$folder/again.sh"
chmod 755 "$folder/again.sh"

# Runs until the machine is off. Its init is a process of its own PID namespace: all of it ends with that one.
under_power='read -r pid _ </proc/self/stat; echo "$pid" >"$pid_file"; "$@"; exit $?'

namespaces() {
  net=$disk.net
  # unshare's own --net=FILE would look for itself in /proc by a pid that is not its pid there.
  touch "$net" && unshare --net mount --bind /proc/self/ns/net "$net" && ip -batch - <<END || return 1
link add port$k type veth peer name eth0 address $mac netns $net
link set port$k master yard up
END
  code=0
  # Init itself is PID 1 here, for what reboot(2) does to a PID namespace is to end that one with SIGHUP or SIGINT.
  nsenter --net="$net" unshare --mount --uts --ipc --pid --fork --kill-child=KILL sh "$folder/boot.sh" || code=$?
  ip link delete "port$k"
  umount "$net"
  return $code
}

uml() {
  [ -e "$disk.image" ] || mkfs.ext4 -q -m 0 -O ^has_journal -E lazy_itable_init=0 -d "$disk" "$disk.image" 512M >/dev/null || return 1
  ip -batch - <<END || return 1
tuntap add dev port$k mode tap
link set port$k master yard up
END
  code=0
  # Restarted, this kernel would run itself, by its own argv[0], and find the tap device that it holds already in use:
  # what it runs instead tells us. Where addresses are random, its memory grows by the gap before its heap: up to 8 s of
  # work. And it would find out for 1 s how fast it is, for a RAID that it has not got.
  TMPDIR=/dev/shm unshare --pid --fork --kill-child=KILL sh -c "$under_power" machine \
    setarch --addr-no-randomize bash -c 'exec -a "$0" linux "$@"' "$folder/again.sh" \
    mem=256M root=/dev/root rootfstype=hostfs rootflags=/ ro "init=$folder/boot.sh" \
    "ubd0=$disk.image" "vec0:transport=tap,ifname=port$k,mac=$mac,depth=64" con=null con0=null,fd:1 \
    "uml_dir=$disk" quiet initcall_blacklist=raid6_select_algo,calibrate_xor_blocks \
    modprobe.blacklist=ipv6 "kind=$kind" "name=$name" "address=$address" "folder=$folder" || code=$?
  ip link delete "port$k"
  return $code
}

machine() {
  # A machine that has been off keeps its hardware address, which others remember.
  k=$1 name=n$1 address=10.78.0.$1 mac=$(printf '02:00:0a:4e:00:%02x' "$1")
  disk=$folder/disks/n$1 pid_file=$folder/n$1.pid
  export kind name address folder pid_file
  if [ "$kind" = uml ]; then
    own='/dev/ubda /mnt ext4' layer="layer /mnt/layer hostfs $folder/disks/layer"
  else
    own="$disk /mnt none bind" layer="$folder/disks/layer /mnt/layer none bind"
  fi
  # /root is empty: the host's own would tell root's shell what to read when it starts.
  cat >"$disk.fstab" <<END
$own
$layer
root /mnt/root overlay lowerdir=/mnt/layer:/,upperdir=/mnt/upper,workdir=/mnt/work
/mnt/home /mnt/root/root none bind
proc /mnt/root/proc proc
sys /mnt/root/sys sysfs
run /mnt/root/run tmpfs mode=0755,size=64M
tmp /mnt/root/tmp tmpfs mode=1777,size=64M
dev /mnt/root/dev tmpfs mode=0755
devpts /mnt/root/dev/pts devpts X-mount.mkdir,newinstance,ptmxmode=0666,gid=5
shm /mnt/root/dev/shm tmpfs X-mount.mkdir,mode=1777,size=64M
END
  mkfifo "$folder/$name.power"
  while :; do
    code=0
    "$kind" </dev/null >>"$folder/$name.log" 2>&1 || code=$?
    rm -f "$pid_file"
    # 128 + SIGHUP: it wants to be started again.
    [ "$code" -eq 129 ] || read -r _ <"$folder/$name.power"
  done
}

for k in $numbers; do machine "$k" & done
echo "$pid" >"$folder/yard.pid"
wait
