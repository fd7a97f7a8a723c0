/** What a command on a node gave: the same shape for success and failure. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly timedOut: boolean;
}

export interface ExecOptions {
  /** Text for the command's standard input; default none. */
  readonly input?: string;
  /** Default 30 s; the command is then killed. */
  readonly timeoutMs?: number;
  /** Accept any exit code; default false: a code other than 0 throws. */
  readonly allowFailure?: boolean;
}

/** A process that a database keeps on a node. */
export interface Daemon {
  /** `redis`, `sentinel`, ...: names its pid file and its log. */
  readonly name: string;
  /** Program and arguments; never read by a shell. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export type DaemonSignal = 'TERM' | 'INT' | 'KILL' | 'STOP' | 'CONT';
export type DaemonState = 'running' | 'paused' | 'dead';

/**
 * A real node, as a database module sees it: run this there. The lab and SSH offer the same one.
 * Everything below `dir` is ours: made when the node is provisioned, removed when it is torn down.
 */
export interface Node {
  readonly name: string;
  readonly address: string;
  /** Absolute path of the run's own directory on the node; exists. */
  readonly dir: string;
  /**
   * Runs a command on the node; its arguments reach it as they are, no shell reads them.
   * @throws PlanRunError `command-failed` or `timeout` with node, command, exit code and stderr.
   */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Writes a file, making its directories. */
  write(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  /** Copies the file `source` of this machine to `target` on the node, with its mode; makes its directories. */
  upload(source: string, target: string): Promise<void>;
  /** Starts a daemon whose output goes to `logPath(name)`; it outlives the shell, not the run. */
  spawn(daemon: Daemon): Promise<void>;
  /**
   * Sends a signal to a daemon; nothing where it is dead. TERM and INT ask it to end; KILL, STOP and CONT take every process
   * that it has started, too, and have taken effect when this resolves.
   */
  signal(name: string, signal: DaemonSignal): Promise<void>;
  /** Asks the operating system: paused where all its processes are. */
  state(name: string): Promise<DaemonState>;
  logPath(name: string): string;
}
