import type { Daemon, Node } from '../../contract/index.ts';
import {
  conninfo,
  DATABASE,
  type Paths,
  PORT,
  passwordFile,
  pathsBelow,
  pgHbaConf,
  postgresqlConf,
  primaryLogin,
  SUPERUSER,
  schemaSql,
  upstreamConf,
} from './config.ts';
import type { Programs } from './programs.ts';
import type { PostgresSettings } from './settings.ts';
import { readStatus, STATUS_SQL, type Status } from './status.ts';

/** A server that answers does so within milliseconds, on a machine that has nothing else to do; a paused one never does. */
const ANSWER_MS_MAX = 3_000;
/** Longest wait for what a server is told. */
const OBEY_MS_MAX = 20_000;
/** Longest wait for a cluster to be made, copied or rewound. */
const MAKE_MS_MAX = 60_000;

/** Removes the lock files of a server that is a zombie. `$0` is the first of them; its first line, the server's process. */
const UNLOCK = `read -r pid <"$0" && read -r stat <"/proc/$pid/stat" && [ "\${stat##*) Z }" != "$stat" ] && rm -f -- "$0" "$@"`;

/** One node's server: its files, its programs, what it says of itself. */
export class Server {
  readonly node: Node;
  readonly daemon: Daemon;
  readonly #programs: Programs;
  readonly #settings: PostgresSettings;
  readonly #serverCount: number;
  readonly #paths: Paths;
  /** The password file, where there is a password. */
  readonly #passwords: string | undefined;

  constructor(node: Node, programs: Programs, settings: PostgresSettings, serverCount: number) {
    this.node = node;
    this.#programs = programs;
    this.#settings = settings;
    this.#serverCount = serverCount;
    this.#paths = pathsBelow(node.dir);
    this.#passwords = settings.password === undefined ? undefined : this.#paths.passwords;
    const { data, conf } = this.#paths;
    this.daemon = {
      name: 'postgres',
      argv: [...programs.as, `${programs.bin}/postgres`, '-D', data, '-c', `config_file=${conf}`],
    };
  }

  get name(): string {
    return this.node.name;
  }

  /** Writes the files that its programs need. */
  async configure(): Promise<void> {
    const { home, conf, hba, passwords } = this.#paths;
    const { name, address, dir } = this.node;
    // Its user must get there, though it may list nothing.
    await this.node.exec(['chmod', 'a+x', dir]);
    await this.node.exec(['mkdir', '-p', home]);
    const settings = this.#settings;
    const config = { name, address, paths: this.#paths, serverCount: this.#serverCount, settings };
    await this.node.write(conf, postgresqlConf(config));
    await this.node.write(hba, pgHbaConf(settings));
    if (settings.password !== undefined) {
      // Nobody else may read it, from its first byte on; nor would libpq.
      await this.node.write(passwords, '');
      await this.node.exec(['chmod', '600', passwords]);
      await this.node.write(passwords, passwordFile(settings.password));
    }
    const { owner } = this.#programs;
    if (owner !== undefined) await this.node.exec(['chown', '-R', `${owner}:`, home]);
  }

  /** Makes an empty cluster. What makes a crash of the machine harmless only costs time here: it has no data yet. */
  async initialize(): Promise<void> {
    const { data } = this.#paths;
    const how = ['--no-sync', '--auth=trust', '--username', SUPERUSER, '--encoding', 'UTF8', '--locale', 'C'];
    await this.#run('initdb', ['-D', data, ...how]);
  }

  /** Makes the tables. @throws PlanRunError where the server refuses. */
  async makeSchema(): Promise<void> {
    await this.ask(schemaSql(this.#settings));
  }

  /** Becomes a copy of another server, which must run. */
  async copyFrom(source: Node): Promise<void> {
    const { data } = this.#paths;
    await this.node.exec(['rm', '-rf', '--', data]);
    const login = conninfo(primaryLogin(source.address, this.#passwords));
    await this.#run('pg_basebackup', ['-D', data, '-d', login, '--checkpoint=fast', '--no-sync']);
  }

  /** Gives up what it has that `source` has not. It must not run. @throws PlanRunError where that cannot be done. */
  async rewindFrom(source: Node): Promise<void> {
    const { data } = this.#paths;
    const login = conninfo(primaryLogin(source.address, this.#passwords));
    await this.#run('pg_rewind', ['--target-pgdata', data, `--source-server=${login}`, '--no-sync']);
  }

  /** Begins as a standby of `primary` when it is started next. */
  async becomeStandby(primary: Node): Promise<void> {
    await this.node.write(`${this.#paths.data}/standby.signal`, '');
    await this.#setUpstream(primary);
  }

  /**
   * One that was killed stays a zombie until whoever inherited it looks; PostgreSQL takes that for another server, which it
   * must not disturb.
   */
  async unlock(): Promise<void> {
    const { data, home } = this.#paths;
    const locks = [`${data}/postmaster.pid`, `${home}/.s.PGSQL.${PORT}.lock`];
    await this.node.exec(['sh', '-c', UNLOCK, ...locks], { allowFailure: true });
  }

  /** Whether it can reach another server over the network. */
  async reaches(other: Node): Promise<boolean> {
    const where = ['-h', other.address, '-p', String(PORT), '-t', '2'];
    return (
      (await this.node.exec([`${this.#programs.bin}/pg_isready`, ...where], { allowFailure: true })).exitCode === 0
    );
  }

  /** Turns a standby that runs to another primary. */
  async follow(primary: Node): Promise<void> {
    await this.#setUpstream(primary);
    await this.ask('SELECT pg_reload_conf()');
  }

  /** Becomes the primary, and says when that is done. @throws PlanRunError where it is none that could. */
  async promote(timeoutS: number): Promise<boolean> {
    return (await this.ask(`SELECT pg_promote(true, ${timeoutS})`, (timeoutS + 5) * 1000)) === 't';
  }

  /** What it says of itself; undefined where it does not answer. Never throws. */
  async status(): Promise<Status | undefined> {
    try {
      return readStatus(await this.ask(STATUS_SQL, ANSWER_MS_MAX));
    } catch {
      return undefined;
    }
  }

  /**
   * Asks by psql on the node, over the socket: the network may be cut. The question goes in by standard input: it may hold
   * a password. @throws PlanRunError with what the server said.
   */
  async ask(sql: string, timeoutMs = OBEY_MS_MAX): Promise<string> {
    const where = ['-h', this.#paths.home, '-U', SUPERUSER, '-d', DATABASE];
    const argv = [`${this.#programs.bin}/psql`, '-XAtq', '-v', 'ON_ERROR_STOP=1', ...where, '-f', '-'];
    const { stdout } = await this.node.exec(argv, { input: sql, timeoutMs });
    return stdout.trim();
  }

  async #setUpstream(primary: Node): Promise<void> {
    const text = upstreamConf(this.name, primary.address, this.#passwords);
    await this.node.write(this.#paths.upstream, text);
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    const { as, bin } = this.#programs;
    await this.node.exec([...as, `${bin}/${program}`, ...args], { timeoutMs: MAKE_MS_MAX });
  }
}
