import { copyFile } from 'node:fs/promises';
import { PlanRunError } from '../../base/errors.ts';
import type { Node } from '../../contract/index.ts';
import { type Host, openFirewall } from '../shell/iptables.ts';
import { type LocalShell, startShell } from '../shell/local.ts';
import { makeShellNode } from '../shell/node.ts';
import { quote } from '../shell/quote.ts';
import type { Shell } from '../shell/shell.ts';
import { type Addresses, BRIDGE_ADDRESS, PREFIX_LENGTH } from './addresses.ts';
import { killAllOnNodes } from './processes.ts';

/** Everything of the lab on disk: in memory, and in the run's own mount namespace. */
export const COVERED = '/dev/shm';
const ROOT = `${COVERED}/plan-run`;

export interface LabNode {
  readonly node: Node;
  /** Its firewall. */
  readonly host: Host;
  /** A process in the node's namespaces. */
  readonly pid: number;
}

/** The run's own place: its shell, in which the bridge is and the clients are. */
export async function makeGround(nodes: readonly string[], addresses: Addresses): Promise<LocalShell> {
  const shell = startShell('the run', ['sh'], lock('run'));
  try {
    await step(shell, 'the run', 'make the bridge', bridgeScript(nodes, addresses));
    return shell;
  } catch (error) {
    // Nobody else knows of it, and it would keep the process alive.
    shell.close();
    throw error;
  }
}

function bridgeScript(nodes: readonly string[], addresses: Addresses): string {
  return `mount -t tmpfs -o mode=0755 plan-run /dev/shm && mkdir ${ROOT} &&
    ${ownHosts(`${ROOT}/.hosts`, addresses)} &&
    ip -batch - <<EOF
link set lo up
link add plan-run type bridge forward_delay 0 mcast_snooping 0
address add ${BRIDGE_ADDRESS}/${PREFIX_LENGTH} dev plan-run
${nodes.map((name) => `address add ${addresses.ofClients(name)}/32 dev plan-run`).join('\n')}
link set plan-run up
EOF`;
}

/** All nodes at once. @throws PlanRunError naming the node and the command that failed. */
export async function makeNodes(ground: Shell, names: readonly string[], addresses: Addresses): Promise<LabNode[]> {
  const controls = names.map((name) => startShell(name, ['unshare', '--net', '--mount', '--uts', 'sh'], lock(name)));
  // An answer means that unshare has become the shell: its namespaces are there.
  await all(controls.map((shell, k) => step(shell, names[k]!, 'make namespaces', 'true')));
  const links = controls.map(
    ({ pid }, k) =>
      `link add ${addresses.linkOf(names[k]!)} type veth peer name eth0 netns ${pid}
link set ${addresses.linkOf(names[k]!)} master plan-run up\n`,
  );
  await step(ground, 'the run', 'make the links', `ip -batch - <<EOF\n${links.join('')}EOF`);
  return all(names.map((name, k) => makeNode(name, controls[k]!, addresses)));
}

/**
 * Kills all that runs on the nodes and takes away what `makeGround` made. Each step is tried, whatever became of
 * the others. @throws the first failure, once all are done.
 */
export async function removeAll(ground: LocalShell, names: readonly string[], addresses: Addresses): Promise<void> {
  const steps = [
    () => killAllOnNodes(),
    () => removeLinks(ground, names, addresses),
    () => step(ground, 'the run', 'remove the bridge', 'ip link delete plan-run'),
    () => step(ground, 'the run', 'restore /etc/hosts', 'umount -l /etc/hosts'),
    () => step(ground, 'the run', 'restore /dev/shm', 'umount -l /dev/shm'),
  ];
  const failures: unknown[] = [];
  for (const remove of steps) await remove().catch((error: unknown) => failures.push(error));
  ground.close();
  await ground.ended;
  if (failures.length > 0) throw failures[0];
}

/** Kills all that runs on a node and takes its network away, as if its plug were pulled; its files stay. */
export async function removeNode(ground: Shell, { node: { name }, pid }: LabNode, addresses: Addresses): Promise<void> {
  await killAllOnNodes(pid);
  await removeLinks(ground, [name], addresses);
}

/** The kernel takes a namespace down when it has time; its link, and with it its name, goes now. */
function removeLinks(ground: Shell, names: readonly string[], addresses: Addresses): Promise<void> {
  const links = names.map((name) => `ip link delete ${addresses.linkOf(name)}`).join('\n');
  return step(ground, 'the run', 'remove the links', `{ ${links}\n} 2>/dev/null; true`);
}

async function makeNode(name: string, control: LocalShell, addresses: Addresses): Promise<LabNode> {
  const dir = `${ROOT}/${name}`;
  const address = addresses.ofNode(name);
  // Without IPv6 on the wire, a cut in IPv4 rules is a cut.
  await step(
    control,
    name,
    'set up the node',
    `mkdir -p ${quote(dir)} && hostname ${quote(name)} && ${ownHosts(`${ROOT}/.hosts-${name}`, addresses)} &&
    if [ -e ${IPV6_OFF} ]; then echo 1 >${IPV6_OFF}; fi && ip -batch - <<EOF
link set lo up
address add ${address}/${PREFIX_LENGTH} dev eth0
link set eth0 up
EOF`,
  );
  const enter = ['nsenter', '--target', String(control.pid), '--net', '--mount', '--uts', 'sh'];
  const [node, host] = await Promise.all([
    makeShellNode({
      name,
      address,
      dir,
      work: startShell(name, enter, lock(name)),
      control,
      // The node's own mounts are seen through its shell's root.
      upload: (source, target) => copyFile(source, `/proc/${control.pid}/root${target}`),
    }),
    openFirewall(name, startShell(name, enter, lock(name)), fifo(name)),
  ]);
  return { node, host, pid: control.pid };
}

/** Where a host's iptables-restore waits for rules. */
export const fifo = (name: string) => `${ROOT}/.rules-${name}`;

/** iptables-legacy takes a lock, by default in /run, where an ordinary user may not write; a host waits for no other. */
const lock = (name: string) => ({ XTABLES_LOCKFILE: `${ROOT}/.lock-${name}` });

const IPV6_OFF = '/proc/sys/net/ipv6/conf/eth0/disable_ipv6';

function ownHosts(path: string, addresses: Addresses): string {
  return `printf %s ${quote(addresses.hosts)} >${quote(path)} && mount --bind ${quote(path)} /etc/hosts`;
}

/** What all of them give. @throws the first failure, once all have ended: nothing is made behind the back of who cleans up. */
async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** A script of ours on a shell. @throws PlanRunError with its stderr where it fails. */
async function step(shell: Shell, node: string, words: string, script: string): Promise<void> {
  const { exitCode, stderr } = await shell.run(script);
  if (exitCode === 0) return;
  throw new PlanRunError('command-failed', `Cannot ${words} on ${node}: ${stderr.trim()}`, {
    node,
    command: script,
    exitCode,
    stderr: stderr.trim(),
  });
}
