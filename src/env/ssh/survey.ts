import { createSocket } from 'node:dgram';
import { PlanRunError } from '../../base/errors.ts';
import type { InventoryHost } from '../../contract/index.ts';
import { quote } from '../shell/quote.ts';
import type { Shell } from '../shell/shell.ts';
import { missingOn, PROGRAMS, refuseMissing } from './programs.ts';

/** What a machine is, before anything is done to it. */
export interface Survey {
  /** The same for two nodes that are one machine: the boot's random id, and the network that the rules would be in. */
  readonly machine: string;
  /** Where the others and the clients reach it: IPv4. */
  readonly address: string;
  /** Where it sees the runner: the address that SSH's connection comes from, a jump host's where there is one. */
  readonly runner: string;
  /**
   * Where it sees clients on this machine that come to `address`, where nothing is between: another address than `runner` where SSH
   * takes another network. Undefined where this machine knows no way.
   */
  readonly source: string | undefined;
  /** The port of its sshd. */
  readonly sshPort: number;
}

/** What a database writes in a few minutes; etcd reserves 64 MB for its log alone (etcd.io, "Hardware"). */
const SPACE_MB = 100;
/** The hold takes some kilobytes. */
const RUN_SPACE_MB = 1;

/**
 * Looks at a machine, and changes nothing. @param shell root's. @param dir where the node's directory is to be made.
 * @throws PlanRunError `unavailable`: what it lacks, naming the node.
 */
export async function survey(shell: Shell, host: InventoryHost, dir: string, setup: string): Promise<Survey> {
  const { node } = host;
  const { exitCode, stdout, stderr } = await shell.run(script(dir));
  if (exitCode !== 0) throw failure(node, `Cannot look at ${node}: ${stderr.trim()}`, 'is it a Linux machine?');
  const facts = stdout.split('\n').map((line) => line.split(' '));
  const fact = (name: string) => facts.find(([key]) => key === name)?.slice(1) ?? [];
  const [system = 'an unknown system'] = fact('system');
  if (system !== 'Linux') {
    throw failure(node, `${node} is ${system}: faults need Linux`, 'a virtual machine with Linux will do');
  }
  refuseMissing('plan-run', node, await missingOn(shell, PROGRAMS), setup);
  refuseFull(node, '/run', fact('run'), RUN_SPACE_MB);
  refuseFull(node, dir, fact('space'), SPACE_MB);
  const [runner = '', , server = '', sshPort = '22'] = fact('connection');
  const own = facts
    .filter(([key]) => key === 'address')
    .map(([, device = '', address = '']) => ({ device, address: address.replace(/\/\d+$/, '') }));
  const address = addressOf(host, own, server);
  return {
    machine: fact('machine').join(' '),
    address,
    runner,
    source: server === address ? runner : await sourceTo(address),
    sshPort: Number(sshPort),
  };
}

/**
 * From which other addresses of its own each of them speaks to the rest: where `address` is an additional one the kernel takes
 * another, and a rule that names `address` alone would let those packets through.
 */
export function sourcesAmong<T extends { readonly shell: Shell; readonly survey: Survey }>(
  machines: readonly T[],
): Promise<(T & { readonly sources: readonly string[] })[]> {
  return Promise.all(
    machines.map(async (machine) => {
      const { shell, survey } = machine;
      const peers = machines.filter((one) => one !== machine).map((one) => quote(one.survey.address));
      const asked = `for peer in ${peers.join(' ')}; do ip -o -4 route get "$peer"; done 2>/dev/null; true`;
      const { stdout } = await shell.run(asked);
      const found = [...stdout.matchAll(/ src (\d+\.\d+\.\d+\.\d+)\b/g)].map(([, source]) => source!);
      return { ...machine, sources: [...new Set(found)].filter((source) => source !== survey.address) };
    }),
  );
}

/** Two nodes on one machine would be cut off from each other by one and the same rule. @throws PlanRunError. */
export function refuseTwins(machines: readonly { readonly name: string; readonly survey: Survey }[]): void {
  for (const [k, one] of machines.entries()) {
    const same = machines.slice(0, k).find(({ survey }) => survey.machine === one.survey.machine);
    if (same !== undefined) {
      const message = `${same.name} and ${one.name} are one machine: it has one firewall, and would be cut off from itself`;
      throw failure(one.name, message, 'give each node a host of its own');
    }
    const twin = machines.slice(0, k).find(({ survey }) => survey.address === one.survey.address);
    if (twin !== undefined) {
      const message = `${twin.name} and ${one.name} have the same address, ${one.survey.address}`;
      throw failure(
        one.name,
        message,
        'say in the inventory at which `address` or `interface` the nodes reach each other',
      );
    }
  }
}

/** sudo(8) takes the variable away; a parent has it. */
const script = (dir: string) => `\
echo "system $(uname -s)"
echo "machine $(cat /proc/sys/kernel/random/boot_id) $(readlink /proc/self/ns/net)"
connection=$SSH_CONNECTION parent=$PPID
while [ -z "$connection" ] && [ "\${parent:-1}" -gt 1 ]; do
  connection=$(tr '\\000' '\\n' <"/proc/$parent/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p')
  parent=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$parent/status" 2>/dev/null)
done
echo "connection $connection"
place=${quote(dir)}
until [ -d "$place" ] || [ -z "$place" ]; do place=\${place%/*}; done
space() { df -Pk "$1" | { read -r _; read -r _ _ _ free _; echo "$2 $free"; }; }
space /run run
space "\${place:-/}" space
if command -v ip >/dev/null; then
  ip -o -4 addr show | while read -r _ device _ address _; do echo "address $device $address"; done
fi`;

function refuseFull(node: string, place: string, [freeKb = '0']: readonly string[], neededMb: number): void {
  const freeMb = Number(freeKb) / 1024;
  if (freeMb >= neededMb) return;
  const message = `${node} has only ${Math.floor(freeMb)} MB left for ${place}: a run needs ${neededMb} MB`;
  throw failure(
    node,
    message,
    `make room there${place === '/run' ? '' : ', or say in the inventory which other `dir` to use'}`,
  );
}

/** As the inventory has it, or else where SSH has reached it: one that the machine has itself, for its rules name it. */
function addressOf(
  { node, host, address, interface: device }: InventoryHost,
  own: readonly { readonly device: string; readonly address: string }[],
  server: string,
): string {
  const listed = own.map((one) => `${one.address} (${one.device})`).join(', ');
  const choice = `it has ${listed === '' ? 'none' : listed}`;
  if (address !== undefined) {
    if (own.some((one) => one.address === address)) return address;
    throw failure(node, `${node} does not have the address ${address} that the inventory gives it`, choice);
  }
  if (device !== undefined) {
    const found = own.find((one) => one.device === device);
    if (found !== undefined) return found.address;
    throw failure(node, `${node} has no IPv4 address on the interface ${device} that the inventory gives it`, choice);
  }
  if (own.some((one) => one.address === server)) return server;
  const message = `${node} was reached as ${host}, at ${server === '' ? 'an unknown address' : server}: not an IPv4 address of its own`;
  throw failure(node, message, `say in the inventory which \`address\` or \`interface\` the nodes use; ${choice}`);
}

/** The address that this machine would send from: the kernel's choice for a socket that sends nothing (connect(2) of UDP). */
export function sourceTo(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (found: string | undefined) => {
      socket.close();
      resolve(found);
    };
    socket.once('error', () => end(undefined));
    socket.once('connect', () => end(socket.address().address));
    socket.connect(9, address);
  });
}

function failure(node: string, message: string, hint: string): PlanRunError {
  return new PlanRunError('unavailable', message, { node, hint });
}
