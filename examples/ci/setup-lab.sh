#!/bin/sh
# Installs the servers and tools that the lab needs, on Debian 12, as root. `plan-run doctor` tells what is still lacking.
set -eu

# On a machine that is thrown away the servers need no start of their own: the lab runs its own.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  redis-server redis-sentinel redis-tools curl postgresql etcd-server etcd-client iptables iproute2 util-linux procps
