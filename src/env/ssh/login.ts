/** Logging in to one machine: a socket, whose key it is that answers, and who we are. */
import type { Duplex } from 'node:stream';
import type { NodeSSH } from 'node-ssh';
import type { AuthenticationType, AuthHandlerMiddleware, Client } from 'ssh2';
import { messageOf } from '../../base/errors.ts';
import type { Login } from '../../contract/index.ts';
import { word } from '../shell/quote.ts';
import { type Credential, type Credentials, readCredentials, refusedAll } from './credentials.ts';
import { LoginFailure, nameOf, sshCommand } from './failure.ts';
import { type HostKeys, readHostKeys } from './host-key.ts';
import { openSocket } from './socket.ts';

export interface LoginOptions {
  /** Through which it is reached; default: directly. */
  readonly through?: { readonly login: Login; readonly session: Session } | undefined;
  /** When to give up, on the clock of `performance.now()`. */
  readonly deadline: number;
  /** A machine that has not answered for so long is lost. */
  readonly silenceMs: number;
}

/** Somebody is logged in. */
export interface Session {
  readonly ssh: NodeSSH;
  readonly client: Client;
  /** Aborted, with an Error that says why, when the connection is gone and nobody closed it. */
  readonly lost: AbortSignal;
  /** Ends all its channels; resolves when the socket is gone, within 1 s. */
  close(): Promise<void>;
}

/** @param login with its secrets. @throws LoginFailure with the reason and what to do. */
export async function logIn(login: Login, { through, deadline, silenceMs }: LoginOptions): Promise<Session> {
  // Known before anybody is spoken to.
  const [keys, credentials] = await Promise.all([readHostKeys(login, through?.login), readCredentials(login)]);
  const { NodeSSH } = await import('node-ssh');
  const leftMs = () => Math.max(1, deadline - performance.now());
  const socket: Duplex =
    through === undefined
      ? await openSocket(login.host, login.port, leftMs())
      : await forward(through.session, through.login, login, leftMs());
  const attempt = new Attempt(login, keys, credentials);
  const ssh = new NodeSSH();
  try {
    const ready = ssh.connect({
      sock: socket,
      username: login.user,
      readyTimeout: leftMs(),
      keepaliveInterval: silenceMs / (KEEPALIVES + 1),
      keepaliveCountMax: KEEPALIVES,
      algorithms: { serverHostKey: keys.algorithms },
      hostVerifier: attempt.verify,
      authHandler: attempt.next,
    });
    const client = ssh.connection!;
    const session = follow(ssh, client, socket);
    client.once('handshake', () => attempt.reached('logging in'));
    await ready;
    return session;
  } catch (error) {
    socket.destroy();
    throw attempt.explain(error);
  }
}

/** So many unanswered ones in a row, and a connection is lost. */
const KEEPALIVES = 3;

/** How long a connection may take to end in order; one behind a jump host takes it twice. */
const CLOSE_MS = 1_000;

function follow(ssh: NodeSSH, client: Client, socket: Duplex): Session {
  const lost = new AbortController();
  let cause: unknown;
  let closing = false;
  // An error without a listener would end the whole process; the first one says why the connection closes.
  client.on('error', (error) => (cause ??= error));
  const closed = new Promise<void>((resolve) => {
    client.once('close', () => {
      if (!closing) lost.abort(new Error(cause === undefined ? 'the other side closed it' : messageOf(cause)));
      resolve();
    });
  });
  return {
    ssh,
    client,
    lost: lost.signal,
    async close() {
      closing = true;
      client.end();
      // Where nobody answers any more, nobody will confirm the end either; a jump host least of all.
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS);
      });
      await Promise.race([closed, late]);
      socket.destroy();
      clearTimeout(timer);
    },
  };
}

/** A connection from the jump host to the target. RFC 4254, section 7.2. */
async function forward(session: Session, jump: Login, { host, port }: Login, timeoutMs: number): Promise<Duplex> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${Math.round(timeoutMs / 1000)} s`)), timeoutMs);
  });
  try {
    return await Promise.race([session.ssh.forwardOut('127.0.0.1', 0, host, port), late]);
  } catch (error) {
    throw new LoginFailure(
      `from its jump host ${nameOf(jump)} there is no connection to it: ${messageOf(error)}`,
      `try there: nc -vz -- ${word(host)} ${port}; its sshd must not say AllowTcpForwarding no`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** What is going on while a person waits to be let in, and so what to say when it fails. */
class Attempt {
  readonly #login: Login;
  readonly #keys: HostKeys;
  readonly #credentials: Credentials;
  readonly #tried: Credential[] = [];
  #offered: AuthenticationType[] = [];
  #refusal: LoginFailure | undefined;
  #stage = 'waiting for sshd to say something';

  constructor(login: Login, keys: HostKeys, credentials: Credentials) {
    this.#login = login;
    this.#keys = keys;
    this.#credentials = credentials;
  }

  readonly verify = (key: Buffer): boolean => {
    this.#refusal = this.#keys.refusal(key);
    return this.#refusal === undefined;
  };

  /** "none" comes first: it tells which methods the server has (RFC 4252, section 5.2). */
  readonly next: AuthHandlerMiddleware = (left: AuthenticationType[] | null, partly, use) => {
    if (left === null) return use({ type: 'none', username: this.#login.user });
    this.#offered = left;
    const credential = this.#credentials.all.find((one) => this.#isWorthTrying(one, partly));
    if (credential === undefined) return use(false as never);
    this.#tried.push(credential);
    use(credential.auth);
  };

  reached(stage: string): void {
    this.#stage = stage;
  }

  #isWorthTrying(credential: Credential, partly: boolean): boolean {
    if (this.#tried.includes(credential) || !this.#offered.includes(credential.method)) return false;
    // Refused as it is, a password is not asked for a second time: some machines count.
    const refused = this.#tried.some(({ method }) => method === 'password') && !partly;
    return credential.method !== 'keyboard-interactive' || !refused;
  }

  explain(error: unknown): LoginFailure {
    if (this.#refusal !== undefined) return this.#refusal;
    if (error instanceof LoginFailure) return error;
    const message = messageOf(error);
    const { level } = error as { level?: string };
    const refused = level === 'client-authentication' || /authentication fail/i.test(message);
    if (refused) return refusedAll(this.#login, this.#credentials, this.#tried, this.#offered);
    if (level === 'client-timeout') {
      return new LoginFailure(
        `no answer in time, while ${this.#stage}`,
        `is it sshd that listens on port ${this.#login.port}? Try: ${sshCommand(this.#login, 'true', ' -v')}`,
      );
    }
    if (/before handshake|No response from server|ECONNRESET/.test(message)) {
      return new LoginFailure(
        `the connection was closed, while ${this.#stage}`,
        `is it sshd that listens on port ${this.#login.port}? One that is too busy (MaxStartups in sshd_config) closes at once, too`,
      );
    }
    return new LoginFailure(
      `${message}, while ${this.#stage}`,
      `try: ${sshCommand(this.#login, 'true', ' -v')}`,
      error,
    );
  }
}
