#!/bin/sh
# The first process of a machine, of either kind. Its root is the host's, below a layer that all machines have (layer.ts),
# and what is written goes to a disk of its own. Its fstab and its variables (kind, name, address, folder, pid_file) come from yard.sh.
# Starting a program takes user-mode-linux 80 ms: hence few of them, and one mount(8) for all.
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
exec 2>&1

if [ "$kind" = uml ]; then
  device=vec0
  mount -t proc proc /proc
  read -r version </proc/sys/kernel/osrelease
  insmod "/usr/lib/uml/modules/$version/kernel/fs/overlayfs/overlay.ko"
else
  device=eth0
  read -r pid _ </proc/self/stat
  echo "$pid" >"$pid_file"
fi

mount --all --fstab "$folder/disks/$name.fstab"
cd /mnt/root
mkdir run/sshd run/lock
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$folder/dev/." dev
if [ "$kind" = namespaces ]; then
  # By this one tells whether a machine has been started anew; the kernel's would be the host's.
  read -r id </proc/sys/kernel/random/uuid
  echo "$id" >run/boot_id
  mount --bind run/boot_id proc/sys/kernel/random/boot_id
fi
pivot_root . mnt
umount -l /mnt

echo "$name" >/etc/hostname
echo "$name" >/proc/sys/kernel/hostname
# Without IPv6 on the wire, a cut in IPv4 rules is a cut.
off=/proc/sys/net/ipv6/conf/$device/disable_ipv6
if [ -e "$off" ]; then echo 1 >"$off"; fi
ip -batch - <<END
link set lo up
address add $address/16 dev $device
link set $device up
END

# Its log is this machine's, also for one that is started by hand later.
/usr/sbin/sshd -E /proc/1/fd/2
until [ -s /run/sshd.pid ]; do sleep 0.01; done
echo "plan-run-test: $name is up"

# A shell waits for every child, also for orphans that are not its own.
while :; do sleep 86400 || :; done
