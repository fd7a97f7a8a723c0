/**
 * The installed Riak, with directories of the node's own. Its scripts (riak, riak-admin) have the paths of the package written into
 * them and take no others; so every command runs in a mount namespace of its own (unshare(1)) in which the node's directories
 * lie over the package's. Nothing of the package is changed, and what a command mounts is gone with it. Each runs as the user
 * `riak`, as the package's service does, where there is one: the scripts would change to it themselves, by su(1), which starts a
 * session of its own, and in Riak 3 takes the quotes off the arguments.
 */
import { PlanRunError } from '../../base/errors.ts';
import type { ExecOptions, ExecResult, Node } from '../../contract/index.ts';
import { fits, requireVersion } from '../version.ts';
import { advancedConfig, riakConf } from './config.ts';
import type { RiakSettings } from './settings.ts';

/** Riak 3's process id file; not every package makes the directory before its service runs. */
const RUN_DIR = '/run/riak';
const USER = 'riak';

/**
 * USER HOME STDIN PATH OWN [PATH OWN]... -- COMMAND: mounts each OWN over its PATH, where that is, and becomes the command. STDIN is a
 * FIFO opened for both ends, whose end never comes: an Erlang shell that reads the end of its input ends, and Riak with it.
 */
const SCRIPT = `\
user=$1 stdin=$3
export HOME="$2"
shift 3
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mount --bind "$2" "$1" || exit; fi
  shift 2
done
shift
cd "$HOME" || exit
ulimit -n 65536 2>/dev/null
[ -z "$user" ] || set -- setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"
if [ -n "$stdin" ]; then exec "$@" <>"$stdin"; fi
exec "$@"`;

/** Prints what `riak version` says, and what the release says of itself, for not every script of Riak 3 has that command. */
const VERSION_SCRIPT = 'riak version; cat /usr/lib*/riak/releases/start_erl.data; :';
/** `2.2.3`, or start_erl.data: `12.3.2 3.2.0`, of which the first is Erlang's. */
const VERSION = /^(?:[\d.]+ )?(\d+\.\d+(?:\.\d+)*)\s*$/m;

/** Where the package has what is each node's own. */
interface Directories {
  readonly etc: string;
  readonly data: string;
  readonly log: string;
}

/** One node's Riak. */
export class Installation {
  readonly #node: Node;
  readonly #user: string;
  readonly #theirs: Directories;
  /** 2 or 3. */
  readonly #major: number;

  private constructor(node: Node, user: string, theirs: Directories, major: number) {
    this.#node = node;
    this.#user = user;
    this.#theirs = theirs;
    this.#major = major;
  }

  /**
   * Makes the node's directories and its configuration. @throws PlanRunError `unavailable` where Riak is not as its packages install
   * it, or of another version.
   */
  static async prepare(node: Node, settings: RiakSettings): Promise<Installation> {
    const own = dirsOf(node);
    const theirs = {
      etc: settings.platform_etc_dir ?? '/etc/riak',
      data: settings.platform_data_dir ?? '/var/lib/riak',
      log: settings.platform_log_dir ?? '/var/log/riak',
    };
    await requireRiak(node);
    for (const [what, path] of Object.entries(theirs)) await requireDirectory(node, what, path);
    await node.exec(['mkdir', '-p', own.etc, own.data, own.log, own.run]);
    await node.exec(['mkfifo', own.stdin]);
    await node.write(`${own.etc}/riak.conf`, riakConf(node.address, settings));
    await node.write(`${own.etc}/advanced.config`, advancedConfig(settings));
    const { exitCode } = await node.exec(['id', '-u', USER], { allowFailure: true });
    const user = exitCode === 0 ? USER : '';
    if (user !== '') await node.exec(['chown', '-R', `${USER}:${USER}`, own.root]);
    const asking = new Installation(node, user, theirs, 0).argv(['sh', '-c', VERSION_SCRIPT]);
    const version = await versionOf(node, asking, settings.version);
    return new Installation(node, user, theirs, Number.parseInt(version, 10));
  }

  /** The Riak of the node, in the foreground. */
  get daemon(): readonly string[] {
    // Riak 2 has a console only.
    return this.argv(['riak', this.#major >= 3 ? 'foreground' : 'console'], dirsOf(this.#node).stdin);
  }

  get logs(): readonly string[] {
    return [`${dirsOf(this.#node).log}/console.log`];
  }

  /** Runs `riak-admin`, `riak admin` since 3.0. @throws as `Node.exec` where it takes too long. */
  admin(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const program = this.#major >= 3 ? ['riak', 'admin'] : ['riak-admin'];
    return this.#node.exec(this.argv([...program, ...argv]), options);
  }

  /** Asks Riak to end. */
  stop(options: ExecOptions): Promise<ExecResult> {
    return this.#node.exec(this.argv(['riak', 'stop']), options);
  }

  private argv(command: readonly string[], stdin = ''): string[] {
    const { data } = this.#theirs;
    const own = dirsOf(this.#node);
    const mounts = [...[this.#theirs.etc, own.etc, data, own.data], ...[this.#theirs.log, own.log, RUN_DIR, own.run]];
    return ['unshare', '--mount', 'sh', '-c', SCRIPT, 'sh', this.#user, data, stdin, ...mounts, '--', ...command];
  }
}

function dirsOf({ dir }: Node) {
  const root = `${dir}/riak`;
  return {
    root,
    ...{ etc: `${root}/etc`, data: `${root}/data`, log: `${root}/log`, run: `${root}/run`, stdin: `${root}/stdin` },
  };
}

async function requireRiak(node: Node): Promise<void> {
  const { exitCode } = await node.exec(['sh', '-c', 'command -v riak'], { allowFailure: true });
  if (exitCode === 0) return;
  throw new PlanRunError('unavailable', `Cannot run Riak on ${node.name}: riak is not on PATH there`, {
    node: node.name,
    command: 'command -v riak',
    hint: 'install Riak 2.x or 3.x on the node (Debian has no package of it), or simulate it: --env sim',
  });
}

async function requireDirectory(node: Node, what: string, path: string): Promise<void> {
  const { exitCode } = await node.exec(['test', '-d', path], { allowFailure: true });
  if (exitCode === 0) return;
  throw new PlanRunError('unavailable', `Cannot run Riak on ${node.name}: there is no directory ${path}`, {
    node: node.name,
    command: `test -d ${path}`,
    hint: `install Riak from a package, or say where yours has it: database.riak.platform_${what}_dir`,
  });
}

async function versionOf(node: Node, argv: readonly string[], wanted: string | undefined): Promise<string> {
  const asked = { title: 'Riak', key: 'riak', node, argv, pattern: VERSION, wanted };
  const version = await requireVersion(asked);
  if (fits(version, '2') || fits(version, '3')) return version;
  const found = version === '' ? '"riak version" names no version' : `${version} is installed, which has no riak.conf`;
  throw new PlanRunError('unavailable', `Cannot run Riak on ${node.name}: ${found}`, {
    node: node.name,
    command: 'riak version',
    hint: 'install Riak 2.x or 3.x on the node, or simulate it: --env sim',
  });
}
