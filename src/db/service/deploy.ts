import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import { durationMs } from '../../base/units.ts';
import type { Client, Cluster, Daemon, DeployContext, Node, Seat } from '../../contract/index.ts';
import { DaemonCluster } from '../daemon-cluster.ts';
import { requireVersion } from '../version.ts';
import { askNode, putFile, requireCurl, runCommand } from './on-node.ts';
import { isCommand, type ServiceSettings } from './settings.ts';
import { commandValues, fill, requestValues, type Values } from './template.ts';

/** Its pid file and its log. */
const DAEMON = 'service';
const FILE_BYTES_MAX = 32 * 1024 * 1024;
const STOP_MS_MAX = 20_000;
const VERSION_MS_MAX = 30_000;
/** How much of a log tells why a service has ended. */
const TAIL_BYTES = 400;

interface LocalFile {
  readonly target: string;
  readonly bytes: Buffer;
  readonly executable: boolean;
}

/**
 * Brings the files of the plan to every node, installs, looks at the version, and starts.
 * @throws PlanRunError `unavailable` where a file cannot be read, curl is missing, or the version is another; what a command
 * throws that fails.
 */
export async function deploy(context: DeployContext<ServiceSettings>): Promise<Cluster> {
  const { nodes, settings, folder = '.' } = context;
  const files = await Promise.all(
    Object.entries(settings.files).map(([target, source]) => readLocal(target, resolve(folder, source))),
  );
  await Promise.all(nodes.map((node, index) => install(node, files, settings, valuesOf(nodes, index, settings))));
  const cluster = new ServiceCluster(context);
  await cluster.startAll();
  return cluster;
}

function valuesOf(nodes: readonly Node[], index: number, { port }: ServiceSettings): Values {
  return commandValues(nodes, index, port);
}

async function readLocal(target: string, path: string): Promise<LocalFile> {
  try {
    const { size, mode } = await stat(path);
    if (size > FILE_BYTES_MAX) throw new Error(`it has ${Math.ceil(size / 1024 / 1024)} MB, and 32 are the most`);
    return { target, bytes: await readFile(path), executable: (mode & 0o100) !== 0 };
  } catch (cause) {
    throw new PlanRunError('unavailable', `Cannot bring "${target}" to the nodes: ${messageOf(cause)}`, {
      cause,
      hint: 'database.service.files: a path below {{dir}}, and a file, relative to the plan; folders come file by file',
    });
  }
}

async function install(
  node: Node,
  files: readonly LocalFile[],
  { install: commands, install_timeout, version, ready, primary }: ServiceSettings,
  values: Values,
): Promise<void> {
  if ([ready, primary].some((probe) => probe !== undefined && !isCommand(probe))) await requireCurl(node);
  for (const { target, bytes, executable } of files) await putFile(node, target, bytes, executable);
  for (const [index, words] of commands.entries()) {
    const argv = words.map((word) => fill(word, values));
    const timeoutMs = durationMs(install_timeout);
    await runCommand(node, { argv, timeoutMs, what: 'install the service', key: `install[${index}]` });
  }
  if (version === undefined) return;
  const argv = version.command.map((word) => fill(word, values));
  const asked = { what: 'ask the service for its version', key: 'version.command', timeoutMs: VERSION_MS_MAX };
  // In its directory, like every command of the plan.
  const there = { ...node, exec: (argv: readonly string[]) => runCommand(node, { ...asked, argv }) };
  await requireVersion({ title: argv[0] as string, key: 'service', node: there, argv, wanted: version.expect });
}

class ServiceCluster extends DaemonCluster {
  protected readonly title = 'the service';
  protected override readonly endSignal;
  readonly #settings: ServiceSettings;
  /** By node's name. */
  readonly #values: ReadonlyMap<string, Values>;

  constructor(context: DeployContext<ServiceSettings>) {
    super(context);
    const { nodes, settings } = context;
    this.#settings = settings;
    this.#values = new Map(nodes.map((node, index) => [node.name, valuesOf(nodes, index, settings)]));
    this.endSignal = typeof settings.stop === 'string' ? settings.stop : ('TERM' as const);
  }

  protected daemonsOf(node: Node): Daemon[] {
    const values = this.#valuesOf(node);
    const { start, env } = this.#settings;
    const variables = Object.entries(env).map(([name, text]) => [name, fill(text, values)]);
    return [{ name: DAEMON, argv: start.map((word) => fill(word, values)), env: Object.fromEntries(variables) }];
  }

  override async stop(name: string): Promise<void> {
    const { stop } = this.#settings;
    if (typeof stop === 'string') return super.stop(name);
    const node = this.node(name);
    // A paused process would not hear of it.
    await this.resume(name);
    const argv = stop.map((word) => fill(word, this.#valuesOf(node)));
    await runCommand(node, { argv, timeoutMs: STOP_MS_MAX, what: 'stop the service', key: 'stop' });
    await this.awaitDeath(name, `"${argv.join(' ')}"`);
  }

  /** Every node runs and says that it serves; where there is the role, exactly one node says that it is the primary. */
  async ready(): Promise<string | undefined> {
    const lacks = await Promise.all(
      this.nodes.map(async (node) => {
        const lack = await this.#lack(node);
        return lack === undefined ? [] : [`${node.name}: ${lack}`];
      }),
    );
    if (lacks.flat().length > 0) return lacks.flat().join('; ');
    if (this.#settings.primary === undefined) return undefined;
    const primaries = await this.primaries();
    if (primaries.length === 0) return 'no node says that it is the primary';
    return primaries.length === 1 ? undefined : `${primaries.join(' and ')} say that they are the primary`;
  }

  async primaries(): Promise<string[]> {
    const { primary } = this.#settings;
    if (primary === undefined) return this.nodes.map(({ name }) => name);
    const answers = await Promise.all(this.nodes.map((node) => askNode(node, primary, this.#valuesOf(node))));
    return this.nodes.flatMap(({ name }, index) => (answers[index] === undefined ? [name] : []));
  }

  override logs(name: string): string[] {
    const node = this.node(name);
    const own = this.#settings.logs.map((log) => resolve(node.dir, fill(log, this.#valuesOf(node))));
    return [...super.logs(name), ...own];
  }

  async connect({ home, address }: Seat): Promise<Client> {
    const { ServiceClient } = await import('./client.ts');
    const { requests, primary, port, connect_timeout } = this.#settings;
    return new ServiceClient({
      targets: this.nodes.map((node, index) => {
        return { name: node.name, host: node.address, port, values: requestValues(node, index, port) };
      }),
      home,
      requests,
      ...(primary === undefined || isCommand(primary) ? {} : { primary }),
      connectTimeoutMs: durationMs(connect_timeout),
      ...(address === undefined ? {} : { localAddress: address }),
    });
  }

  async #lack(node: Node): Promise<string | undefined> {
    try {
      const state = await node.state(DAEMON);
      if (state === 'paused') return 'the service is paused';
      if (state === 'dead') return `the service has ended; its log ${await endOfLog(node)}`;
      return await askNode(node, this.#settings.ready, this.#valuesOf(node));
    } catch (error) {
      return messageOf(error);
    }
  }

  #valuesOf({ name }: Node): Values {
    return this.#values.get(name) as Values;
  }
}

async function endOfLog(node: Node): Promise<string> {
  const { stdout } = await node.exec(['tail', '-c', String(TAIL_BYTES), node.logPath(DAEMON)], { allowFailure: true });
  return stdout.trim() === '' ? 'is empty' : `ends with: ${stdout.trim()}`;
}
