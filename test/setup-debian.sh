#!/bin/sh
# Installs the Debian packages that the lab, the test machines (test/machines) and their tests need. Run it as root, or as a user who may sudo.
set -eu

packages='redis-server redis-sentinel redis-tools curl postgresql etcd-server etcd-client iptables iproute2 util-linux procps
  openssh-server openssh-client sudo user-mode-linux kmod e2fsprogs systemd iputils-ping'

missing=
for package in $packages; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "setup-debian: everything is installed"
  exit 0
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then as_root=sudo; fi

# The packages start their services on installation; the lab runs servers of its own. A policy that is there stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
  trap '$as_root rm -f "$policy"' EXIT
fi

$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
echo "setup-debian: installed$missing"
