/** Machines, logged in to: their shells are root's, and files come and go as root's. */
import type { ClientChannel } from 'ssh2';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import { Secrets } from '../../base/secrets.ts';
import type { InventoryHost, Login } from '../../contract/index.ts';
import { openShell, type Shell } from '../shell/shell.ts';
import { loginError, nameOf } from './failure.ts';
import { download, upload } from './files.ts';
import { Jumps } from './jumps.ts';
import { logIn, type Session } from './login.ts';
import { openRootShell } from './root.ts';

/** One machine, logged in to: its commands run as root. */
export interface Connection {
  readonly host: InventoryHost;
  /** Aborted, with a PlanRunError naming the node, when the connection is gone and nobody closed it. */
  readonly lost: AbortSignal;
  /** A shell of root's that stays open, on a channel of its own. @throws PlanRunError where the machine has none for us. */
  shell(): Promise<Shell>;
  /**
   * Copies a file of this machine to an absolute path on the other, with its mode; the directory must exist. What was there
   * is replaced once all has arrived. @throws PlanRunError `command-failed` with the reason.
   */
  upload(source: string, target: string): Promise<void>;
  /** Copies a file of the other machine to a path on this one: in the same way, but for the mode. */
  download(source: string, target: string): Promise<void>;
  /** Ends all that is open, within 2 s; may be called twice. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** A machine that has not answered for so long is lost; default: 10 s. */
  readonly silenceMs?: number;
  /** Who shares connections to jump hosts; default: nobody. */
  readonly jumps?: Jumps;
}

/** Until a machine has let us in: what goes wrong is told within 15 s, also where this machine is busy. */
const CONNECT_MS = 10_000;

/** Until a further shell is there. */
const SHELL_MS = 10_000;

/** Logs in to so many machines at a time. */
const AT_A_TIME = 16;

/** Logs in to a machine, and becomes root. @throws PlanRunError `unavailable` naming the node, with what to do. */
export async function connect(host: InventoryHost, options: ConnectOptions = {}): Promise<Connection> {
  const { node } = host;
  const { silenceMs = 10_000, jumps = new Jumps() } = options;
  const deadline = performance.now() + CONNECT_MS;
  const known = withSecrets(host);
  const jump =
    known.jump && (await tell(node, known.jump, 'jump host ', jumps.take(known.jump, { deadline, silenceMs })));
  const through = known.jump && jump && { login: known.jump, session: jump.session };
  let session: Session | undefined;
  try {
    session = await tell(node, known, '', logIn(known, { through, deadline, silenceMs }));
    // Whether root can be had is known only once it has been tried; the first shell is that one.
    const first = await openRootShell(session.client, known, Math.max(1, deadline - performance.now()));
    return makeConnection(host, known, session, first, async () => {
      await session?.close();
      await jump?.release();
    });
  } catch (error) {
    await session?.close();
    await jump?.release();
    throw error;
  }
}

/**
 * Logs in to all of them, several at a time; in the order that was given. Once one has failed no further one is tried.
 * @throws PlanRunError `unavailable`, when all that were tried have ended and all connections are closed: the failure, or
 * a list of them.
 */
export async function connectAll(hosts: readonly InventoryHost[], options: ConnectOptions = {}): Promise<Connection[]> {
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(AT_A_TIME);
  const shared = { jumps: new Jumps(), ...options };
  const failures: unknown[] = [];
  const open: Connection[] = [];
  await Promise.all(
    hosts.map((host) =>
      limit(async () => {
        if (failures.length > 0) return;
        try {
          open.push(await connect(host, shared));
        } catch (error) {
          failures.push(error);
        }
      }),
    ),
  );
  if (failures.length === 0) return hosts.map((host) => open.find((one) => one.host === host)!);
  await Promise.all(open.map((connection) => connection.close()));
  throw joined(failures, hosts.length);
}

function makeConnection(
  host: InventoryHost,
  known: InventoryHost,
  session: Session,
  first: ClientChannel,
  end: () => Promise<void>,
): Connection {
  const { node } = host;
  const lost = new AbortController();
  session.lost.addEventListener('abort', () => {
    const message = `The connection to ${node} is lost: ${messageOf(session.lost.reason)}`;
    lost.abort(new PlanRunError('unavailable', message, { node, hint: LOST }));
  });
  let spare: ClientChannel | undefined = first;
  let closed: Promise<void> | undefined;

  async function channel(): Promise<ClientChannel> {
    if (lost.signal.aborted) throw lost.signal.reason;
    return openRootShell(session.client, known, SHELL_MS);
  }

  /** What fails because the connection is gone says so. */
  async function orLost<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw lost.signal.aborted ? lost.signal.reason : error;
    }
  }

  return {
    host,
    lost: lost.signal,
    async shell() {
      const unused = spare;
      spare = undefined;
      const stream = unused ?? (await channel());
      const shell = openShell(node, { stdin: stream, stdout: stream, stderr: stream.stderr });
      return { run: (script, timeoutMs) => orLost(shell.run(script, timeoutMs)), close: shell.close };
    },
    upload: (source, target) => orLost(upload(node, channel, source, target)),
    download: (source, target) => orLost(download(node, channel, source, target)),
    close: () => {
      closed ??= end();
      return closed;
    },
  };
}

const LOST = 'is the machine on, and does its sshd run? What a run has done to it, the machine undoes by itself';

/** Passwords and passphrases, of the jump host, too. @throws PlanRunError `refused` naming the variable that is not set. */
function withSecrets(host: InventoryHost): InventoryHost {
  const secrets = new Secrets(process.env, `The inventory, for ${host.node},`);
  const ofLogin = <L extends Login>(login: L): L => ({
    ...login,
    ...(login.passphrase !== undefined && { passphrase: secrets.resolve(login.passphrase) }),
    ...(login.password !== undefined && { password: secrets.resolve(login.password) }),
  });
  return {
    ...ofLogin(host),
    ...(host.jump && { jump: ofLogin(host.jump) }),
    sudo: typeof host.sudo === 'boolean' ? host.sudo : { password: secrets.resolve(host.sudo.password) },
  };
}

async function tell<T>(node: string, login: Login, role: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw loginError(node, `${role}${nameOf(login)}`, error);
  }
}

function joined(failures: readonly unknown[], asked: number): unknown {
  const errors = failures.filter((one) => one instanceof PlanRunError);
  if (failures.length === 1 || errors.length < failures.length)
    return failures.find((one) => !errors.includes(one as never)) ?? failures[0];
  const lines = errors.map(({ message, fields: { hint, stderr } }) =>
    [message, ...(stderr ? [`stderr: ${stderr}`] : []), ...(hint ? [`help: ${hint}`] : [])].join('\n    '),
  );
  const message = `${errors.length} of ${asked} machines cannot be used:\n  ${lines.sort().join('\n  ')}`;
  return new PlanRunError('unavailable', message, { cause: new AggregateError(errors) });
}
