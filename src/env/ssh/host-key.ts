/** Whether a machine is the one that it should be. */
import { readFile } from 'node:fs/promises';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { messageOf } from '../../base/errors.ts';
import type { Login } from '../../contract/index.ts';
import { word } from '../shell/quote.ts';
import { LoginFailure, sshCommand } from './failure.ts';
import { fingerprint, judge, type KnownKey, knownTypes, parseKnownHosts, typeOf } from './known-hosts.ts';

export interface HostKeys {
  /** To be asked for in this order: types of which a key is known come first, as ssh(1) has it. */
  readonly algorithms: ServerHostKeyAlgorithm[];
  /** What is wrong with a key that the host has shown; undefined where it is known. */
  refusal(key: Buffer): LoginFailure | undefined;
}

/** Reads known_hosts; one that is not there knows nobody. @throws LoginFailure where it cannot be read. */
export async function readHostKeys(login: Login, jump: Login | undefined): Promise<HostKeys> {
  const { host, port, knownHosts } = login;
  if (knownHosts === false) return { algorithms: preferring([]), refusal: () => undefined };
  const known = parseKnownHosts(await readOrEmpty(knownHosts));
  return {
    algorithms: preferring(knownTypes(known, host, port)),
    refusal(key) {
      const judgement = judge(known, host, port, key);
      const shown = `${typeOf(key)} ${fingerprint(key)}`;
      switch (judgement.verdict) {
        case 'known':
          return undefined;
        case 'revoked':
          return new LoginFailure(
            `its host key ${shown} is revoked in ${knownHosts}:${judgement.by.line}`,
            'the key is known to be in wrong hands: give the machine another one',
          );
        case 'changed':
          return new LoginFailure(
            `its host key has changed: it is ${shown}, and ${judgement.known.map((one) => place(knownHosts, one)).join(', ')}`,
            `either the machine was installed anew, or somebody else answers in its place. If it was, forget the old key, then add the new one: ssh-keygen -f ${word(knownHosts)} -R ${word(port === 22 ? host : `[${host}]:${port}`)} && ${addCommand(login, knownHosts, jump)}`,
          );
        case 'unknown': {
          const authority = judgement.authority;
          const why =
            authority &&
            `; the certificate authority in line ${authority.line} does not help: certificates are not supported`;
          return new LoginFailure(
            `its host key ${shown} is not in ${knownHosts}${why ?? ''}`,
            `compare the fingerprint with what the machine says (ssh-keygen -lf /etc/ssh/${fileOf(typeOf(key))}), and add it: ${addCommand(login, knownHosts, jump)}`,
          );
        }
      }
    },
  };
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new LoginFailure(
      `cannot read ${path}: ${messageOf(error)}`,
      'it has the keys of known hosts: `known_hosts` in the inventory',
    );
  }
}

/** RFC 8332: a key of type ssh-rsa signs with SHA-2, too. The order of the rest is ssh2's. */
const ALGORITHMS: Record<string, readonly ServerHostKeyAlgorithm[]> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

function preferring(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (type: string) => types.includes(type);
  const all = Object.keys(ALGORITHMS);
  return [...all.filter(isKnown), ...all.filter((type) => !isKnown(type))].flatMap((type) => ALGORITHMS[type]!);
}

const place = (file: string, { type, key, line }: KnownKey) => `${file}:${line} has ${type} ${fingerprint(key)}`;

const fileOf = (type: string) => `ssh_host_${type.replace(/^ssh-/, '').replace(/-.*/, '')}_key.pub`;

/** ssh-keyscan(1) asks the machine itself; one behind a jump host is asked by ssh(1), which asks the person. */
function addCommand(login: Login, knownHosts: string, jump: Login | undefined): string {
  const { host, port } = login;
  if (jump === undefined) return `ssh-keyscan -p ${port} -- ${word(host)} >>${word(knownHosts)}`;
  const over = word(`${jump.user}@${jump.host}:${jump.port}`);
  return sshCommand(login, 'true', ` -o UserKnownHostsFile=${word(knownHosts)} -J ${over}`);
}
