/** Machines with sshd to run the SSH environment against: README.md tells how they work and what they cannot do. */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { MACHINE_KEY, makeDev, makeDisk, makeLayer } from './layer.ts';

export { ACCOUNTS, PASSWORD } from './layer.ts';

/** `namespaces` of this kernel, or kernels of their own (user-mode-linux), with clocks and queues of their own. */
export type Kind = 'namespaces' | 'uml';

export interface Ended {
  /** Null where a signal has ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads from its stdin. */
  readonly input?: string;
  /** It is killed then; the default is two minutes. */
  readonly timeoutMs?: number;
}

/** Keys of an inventory; see `inventoryWith`. */
export type InventoryChanges = Readonly<Record<string, unknown>> & {
  readonly hosts?: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
};

export interface Machines {
  readonly kind: Kind;
  /** n1, n2, ... */
  readonly names: readonly string[];
  /** What goes with them: inventory.yaml, known_hosts, id_ed25519, n1.log (console and sshd), home. Gone after `stop`. */
  readonly folder: string;
  /** Path of an inventory in which everything is right. */
  readonly inventory: string;
  /** Writes another one beside it, and returns its path: keys that are undefined go, hosts are changed one by one. */
  inventoryWith(changes: InventoryChanges): string;
  address(name: string): string;
  /** Runs a command in the runner's place: 10.78.0.254 and 10.78.1.k on the machines' bridge, the files of this machine. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ended>;
  /** The same, under way: `pid` is the command's own, to be killed as one likes. It does not outlive this process. */
  spawn(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** A script for sh as root on a machine: through nsenter(1), or ssh(1) where it has a kernel of its own. */
  on(name: string, script: string, options?: RunOptions): Promise<Ended>;
  /** The same. @returns its stdout. @throws where it fails. */
  expectOn(name: string, script: string, options?: RunOptions): Promise<string>;

  /** Ends sshd, and with `sessions` all that is logged in. On UML only `powerOff` and `powerOn` bring it back. */
  stopSshd(name: string, options?: { readonly sessions?: boolean }): Promise<void>;
  startSshd(name: string): Promise<void>;
  /** From now on sshd has another host key than known_hosts says. */
  changeHostKey(name: string): Promise<void>;
  /** /var/lib/plan-run, /run and /tmp are full, each a file system of its own; `freeDisk` undoes it. */
  fillDisk(name: string): Promise<void>;
  freeDisk(name: string): Promise<void>;
  /** Takes the machine's cable out: what is sent to it is lost without a word. */
  unplug(name: string): Promise<void>;
  plugIn(name: string): Promise<void>;
  /** Pulls the plug of the machine itself. */
  powerOff(name: string): Promise<void>;
  /** Starts one that is off, and waits until it is up. */
  powerOn(name: string): Promise<void>;
  isOn(name: string): boolean;
  /** How many times the machine has come up. */
  boots(name: string): number;
  /** Waits for the `count`th time. @throws after `timeoutMs`, with the end of its log. */
  untilUp(name: string, count: number, timeoutMs?: number): Promise<void>;
  untilOff(name: string, timeoutMs?: number): Promise<void>;

  /** Ends everything and removes the folder. */
  stop(): Promise<void>;
}

export interface MachineOptions {
  /** Default: 3. */
  readonly count?: number;
}

/** From the project's folder, as tests and benchmarks are run: a bundle of them has no such place. */
const HERE = resolve('test/machines');
const SCRIPTS = ['yard.sh', 'boot.sh'];
/** Machines with kernels of their own take their time, on a busy machine ten times what they take on an idle one. */
const UP_MS = 120_000;

/** Starts them and waits until all are up. Needs root. @throws with the logs where one does not come up within two minutes. */
export async function startMachines(kind: Kind, { count = 3 }: MachineOptions = {}): Promise<Machines> {
  if (process.getuid?.() !== 0) throw new Error('test machines need root: mounts, network namespaces, tap devices');
  const names = Array.from({ length: count }, (_, k) => `n${k + 1}`);
  const address = (name: string) => `10.78.0.${names.indexOf(name) + 1}`;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'plan-run-machines-')));
  const file = (name: string) => join(folder, name);
  makeFolder(folder, names, address);

  // A session of its own: a terminal's Ctrl-C reaches it through us.
  const holder = spawn('sh', [join(HERE, 'hold.sh'), folder, kind, String(count)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let held = true;
  let said = '';
  holder.stderr.on('data', (chunk) => (said += chunk));
  const released = new Promise<void>((resolve) => holder.once('close', () => resolve()));
  void released.then(() => (held = false));

  const yard = () => readFileSync(file('yard.pid'), 'utf8').trim();
  const log = (name: string) => (existsSync(file(`${name}.log`)) ? readFileSync(file(`${name}.log`), 'utf8') : '');
  const detail = (name: string) => `${said}\n${log(name).slice(-2_000)}`;
  const pidOf = (name: string) => {
    const path = file(`${name}.pid`);
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  };
  const inYard = async (script: string) => orThrow(script, await machines.run(['sh', '-c', script]));

  const machines: Machines = {
    kind,
    names,
    folder,
    inventory: file('inventory.yaml'),
    address,
    inventoryWith: (changes) => writeInventory(folder, names, address, changes),

    spawn(argv, { cwd = process.cwd(), env, ...options } = {}) {
      const enter = ['nsenter', '--target', yard(), '--net', '--mount', `--wdns=${cwd}`, '--', ...argv];
      return spawn('setpriv', ['--pdeathsig', 'KILL', ...enter], { ...options, env: runnersEnvironment(folder, env) });
    },
    run: (argv, { cwd, env, ...options } = {}) =>
      endOf(machines.spawn(argv, { ...(cwd && { cwd }), ...(env && { env }), stdio: 'pipe' }), options),
    on(name, script, options = {}) {
      if (kind === 'uml') return machines.run([...ssh(folder), `root@${address(name)}`, script], options);
      const all = ['--net', '--mount', '--uts', '--ipc', '--pid'];
      const pid = String(pidOf(name));
      // In another PID namespace it is nsenter's child, and would not end with it.
      const command = ['setpriv', '--pdeathsig', 'KILL', 'sh', '-c', script];
      return endOf(spawn('nsenter', ['--target', pid, ...all, ...command], { env: { PATH } }), options);
    },
    async expectOn(name, script, options) {
      return orThrow(script, await machines.on(name, script, options)).stdout;
    },

    async stopSshd(name, { sessions = false } = {}) {
      // The session that this is said through, on UML, ends with the rest.
      const which = sessions ? '$(ps -o pid= -C sshd)' : '$(cat /run/sshd.pid)';
      await machines.on(name, `pids=${which}; rm /run/sshd.pid; kill -9 $pids`);
    },
    async startSshd(name) {
      await machines.expectOn(name, START_SSHD);
    },
    async changeHostKey(name) {
      await machines.expectOn(
        name,
        `rm ${MACHINE_KEY} && ssh-keygen -q -t ed25519 -N '' -f ${MACHINE_KEY} &&
        kill -9 $(cat /run/sshd.pid) && rm /run/sshd.pid && ${START_SSHD}`,
      );
    },
    async fillDisk(name) {
      // What is there stays to be seen, sshd's directory among it.
      await machines.expectOn(
        name,
        `mkdir -p /var/lib/plan-run && for d in ${FILLED}; do
          mkdir /dev/shm/old && cp -a $d/. /dev/shm/old && mount -t tmpfs -o size=256k full $d &&
          cp -a /dev/shm/old/. $d && rm -r /dev/shm/old || exit 1
          chmod --reference=/proc/1/root/dev/shm $d; [ $d = /tmp ] || chmod 755 $d
          head -c 1M /dev/zero >$d/full 2>/dev/null; [ -s $d/full ] || exit 1
        done`,
      );
    },
    async freeDisk(name) {
      await machines.expectOn(name, `for d in ${FILLED}; do umount -l $d || exit 1; done`);
    },
    async unplug(name) {
      // Asked for its hardware address, nobody would answer, and the sender would be told.
      const neighbour = `${address(name)} dev yard lladdr ${mac(name)} nud permanent`;
      await inYard(`ip link set ${port(name)} nomaster && ip neighbour replace ${neighbour}`);
    },
    async plugIn(name) {
      const neighbour = `${address(name)} dev yard`;
      await inYard(`ip link set ${port(name)} master yard && ip neighbour delete ${neighbour}`);
    },
    async powerOff(name) {
      process.kill(pidOf(name), 'SIGKILL');
      await machines.untilOff(name);
    },
    async powerOn(name) {
      const before = machines.boots(name);
      writeFileSync(file(`${name}.power`), '\n');
      await machines.untilUp(name, before + 1);
    },
    isOn: (name) => pidOf(name) !== 0,
    boots: (name) => log(name).split(`plan-run-test: ${name} is up`).length - 1,
    untilUp: (name, times, timeoutMs = UP_MS) =>
      until(
        `${name} is up, ${times}`,
        () => machines.boots(name) >= times,
        timeoutMs,
        () => detail(name),
      ),
    untilOff: (name, timeoutMs = UP_MS) =>
      until(
        `${name} is off`,
        () => !machines.isOn(name),
        timeoutMs,
        () => detail(name),
      ),

    async stop() {
      holder.stdin.end();
      await released;
    },
  };

  try {
    const up = () => !held || (existsSync(file('yard.pid')) && names.every((name) => machines.boots(name) > 0));
    await until('all machines are up', up, UP_MS, () => names.map(detail).join('\n'));
    if (!held) throw new Error(`the machines did not start: ${said}`);
    return machines;
  } catch (error) {
    await machines.stop();
    throw error;
  }
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const FILLED = '/var/lib/plan-run /run /tmp';
const START_SSHD = '/usr/sbin/sshd -E /proc/1/fd/2 && until [ -s /run/sshd.pid ]; do sleep 0.01; done';
const numberOf = (name: string) => Number(name.slice(1));
/** As yard.sh has it. */
const mac = (name: string) => `02:00:0a:4e:00:${numberOf(name).toString(16).padStart(2, '0')}`;
const port = (name: string) => `port${numberOf(name)}`;

/** ssh(1) as somebody uses it who trusts nothing but this folder. */
export const ssh = (folder: string): string[] => [
  ...['ssh', '-F', '/dev/null', '-i', join(folder, 'id_ed25519'), '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5'],
  ...['-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, '-o', 'GlobalKnownHostsFile=/dev/null'],
  ...['-o', 'StrictHostKeyChecking=yes', '-o', 'ServerAliveInterval=2', '-o', 'ServerAliveCountMax=3'],
];

/** Nobody's agent, and a home of its own: nothing is read from nor written to the user's. */
function runnersEnvironment(folder: string, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { SSH_AUTH_SOCK: _, ...ours } = process.env;
  return { ...ours, HOME: join(folder, 'home'), ...env };
}

function makeFolder(folder: string, names: readonly string[], address: (name: string) => string): void {
  const file = (name: string) => join(folder, name);
  for (const name of ['disks', 'home']) mkdirSync(file(name));
  for (const name of SCRIPTS) copyFileSync(join(HERE, name), file(name));
  // A kernel starts it by itself.
  chmodSync(file('boot.sh'), 0o755);
  makeKey(file('id_ed25519'));
  const known = names.map((name) => {
    const disk = makeDisk(file(`new/${name}`));
    makeKey(join(disk, MACHINE_KEY));
    return `${address(name)} ${readFileSync(join(disk, `${MACHINE_KEY}.pub`), 'utf8')}`;
  });
  writeFileSync(file('known_hosts'), known.join(''));
  const addresses = names.map((name) => `${address(name)} ${name}\n`);
  makeDev(file('dev'));
  makeLayer(file('new/layer'), addresses.join(''), readFileSync(file('id_ed25519.pub'), 'utf8'));
  writeInventory(folder, names, address, undefined);
}

const makeKey = (path: string) =>
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path], { stdio: 'inherit' });

let written = 0;

function writeInventory(
  folder: string,
  names: readonly string[],
  address: (name: string) => string,
  changes: InventoryChanges | undefined,
): string {
  const { hosts = {}, ...top } = changes ?? {};
  const own = names.map((name) => [name, { host: address(name) }] as const);
  const all = { ...Object.fromEntries(own) } as Record<string, object>;
  for (const [name, change] of Object.entries(hosts)) {
    if (change === undefined) delete all[name];
    else all[name] = { ...all[name], ...change };
  }
  const inventory = {
    inventory: 1,
    allow_faults: true,
    user: 'root',
    key: './id_ed25519',
    known_hosts: './known_hosts',
    clients: names.map((_, k) => `10.78.1.${k + 1}`),
    ...top,
    hosts: all,
  };
  const path = join(folder, changes === undefined ? 'inventory.yaml' : `inventory-${++written}.yaml`);
  writeFileSync(path, stringify(inventory));
  return path;
}

function endOf(child: ChildProcess, { input = '', timeoutMs = 120_000 }: RunOptions): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
  // It may end without having read it all.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const timer = setTimeout(() => {
    stderr += `\nkilled after ${timeoutMs} ms`;
    child.kill('SIGKILL');
  }, timeoutMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
}

function orThrow(script: string, ended: Ended): Ended {
  if (ended.code !== 0) throw new Error(`exit code ${ended.code} of: ${script}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

/** Polls until `condition` holds. @throws after `timeoutMs`, with the words for what was waited for, and `detail`. */
async function until(what: string, condition: () => boolean, timeoutMs: number, detail: () => string): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms until ${what}\n${detail()}`);
    await delay(10);
  }
}
