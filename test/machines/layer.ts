import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Accounts of every machine beside root: `sudoer` may sudo, `asked` may with its password, `plain` may not. */
export const ACCOUNTS = ['sudoer', 'asked', 'plain'] as const;

/** Of those three, who may log in with it as well as with the key: it has in it what a careless shell would take for its own. */
export const PASSWORD = 'open "sesame", $(id)';
/** As crypt(5) has it: `openssl passwd -6 -salt machines`. */
const HASH = '$6$machines$KSpRDBpN1mvCKMRmc0ACXsXSnorYjf/Zgjf5smjEKHDkTwe0FiqVOviXdqdJ9SsbLS7m8VdvkeHZEWjGI8TtO0';

/** sshd's host key on a machine: each has its own. */
export const MACHINE_KEY = '/etc/ssh/machine_key';

const FIRST_UID = 4001;
const NOGROUP = 65534;

/** Root may log in with the key only, as Debian has it; PAM would want services that no machine here runs. */
const SSHD_CONFIG = `HostKey ${MACHINE_KEY}
AuthorizedKeysFile /etc/ssh/authorized_keys
UsePAM no
AddressFamily inet
PermitRootLogin prohibit-password
PidFile /run/sshd.pid
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
`;

const SUDOERS = `Defaults env_reset
Defaults use_pty
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
sudoer ALL=(ALL:ALL) NOPASSWD: ALL
asked ALL=(ALL:ALL) ALL
`;

/**
 * Writes the files in which all machines differ from this one: a layer between its root and a machine's disk. Accounts of
 * this machine are there too (databases run as their own), but nobody's password. @param addresses lines of /etc/hosts.
 */
export function makeLayer(layer: string, addresses: string, authorizedKeys: string): void {
  const passwd = readFileSync('/etc/passwd', 'utf8');
  const names = passwd.split('\n').flatMap((line) => line.split(':', 1).filter((name) => name !== ''));
  const shadow = [...names.map((name) => [name, '*']), ...ACCOUNTS.map((name) => [name, HASH])];
  const accounts = ACCOUNTS.map((name, k) => `${name}:x:${FIRST_UID + k}:${NOGROUP}::/home/${name}:/bin/sh\n`);
  const files = [
    { path: '/etc/passwd', mode: 0o644, text: passwd + accounts.join('') },
    { path: '/etc/shadow', mode: 0o600, text: shadow.map(([name, hash]) => `${name}:${hash}:20000::::::\n`).join('') },
    { path: '/etc/sudoers', mode: 0o440, text: SUDOERS },
    { path: '/etc/hosts', mode: 0o644, text: `127.0.0.1 localhost\n${addresses}` },
    { path: '/etc/ssh/sshd_config', mode: 0o644, text: SSHD_CONFIG },
    { path: '/etc/ssh/authorized_keys', mode: 0o644, text: authorizedKeys },
  ];
  for (const { path, mode, text } of files) {
    mkdirSync(dirname(join(layer, path)), { recursive: true });
    writeFileSync(join(layer, path), text, { mode });
  }
  ACCOUNTS.forEach((name, k) => {
    mkdirSync(join(layer, 'home', name), { recursive: true });
    chownSync(join(layer, 'home', name), FIRST_UID + k, NOGROUP);
  });
  // What a Debian without systemd has there; here it may be systemd's, which would talk to a systemd.
  mkdirSync(join(layer, 'usr/sbin'), { recursive: true });
  for (const program of ['reboot', 'poweroff', 'halt', 'shutdown']) {
    copyFileSync(resolve('test/machines/reboot.sh'), join(layer, 'usr/sbin', program));
  } // Where modprobe(8) looks.
  const modules = '/usr/lib/uml/modules';
  mkdirSync(join(layer, 'usr/lib/modules'), { recursive: true });
  for (const version of existsSync(modules) ? readdirSync(modules) : []) {
    symlinkSync(join(modules, version), join(layer, 'usr/lib/modules', version));
  }
}

/** Makes what is on a machine's disk before it first starts. @returns where files of its root go. */
export function makeDisk(disk: string): string {
  for (const name of ['upper/etc/ssh', 'work', 'root', 'layer', 'home'])
    mkdirSync(join(disk, name), { recursive: true });
  return join(disk, 'upper');
}

/** Makes what is in /dev beside devices. */
export function makeDev(dev: string): void {
  mkdirSync(dev);
  symlinkSync('pts/ptmx', join(dev, 'ptmx'));
  symlinkSync('/proc/self/fd', join(dev, 'fd'));
  ['stdin', 'stdout', 'stderr'].forEach((name, k) => {
    symlinkSync(`/proc/self/fd/${k}`, join(dev, name));
  });
}
