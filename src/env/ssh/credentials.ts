/** What somebody logs in with. */
import { readFile } from 'node:fs/promises';
import type { AnyAuthMethod, AuthenticationType, ParsedKey } from 'ssh2';
import { messageOf } from '../../base/errors.ts';
import type { Login } from '../../contract/index.ts';
import { word } from '../shell/quote.ts';
import { LoginFailure } from './failure.ts';
import { fingerprint } from './known-hosts.ts';

/** One way to log in, in words, and as ssh2 takes it. */
export interface Credential {
  readonly words: string;
  /** As servers call it (RFC 4252, RFC 4256). */
  readonly method: 'publickey' | 'password' | 'keyboard-interactive';
  readonly auth: AnyAuthMethod;
}

export interface Credentials {
  /** To be tried in this order: the key, what the agent has, the password, the password again where a program asks for it. */
  readonly all: readonly Credential[];
  /** What was asked for and cannot even be tried, in words. */
  readonly missing: readonly string[];
}

/** @param login with its secrets. @throws LoginFailure for a key that cannot be used, or where there is nothing to try. */
export async function readCredentials(login: Login): Promise<Credentials> {
  const { user: username, key, password } = login;
  const all: Credential[] = [];
  const missing: string[] = [];
  if (key !== undefined) {
    const parsed = await readKey(key, login.passphrase);
    const words = `the key ${key} (${fingerprint(parsed.getPublicSSH())})`;
    all.push({ words, method: 'publickey', auth: { type: 'publickey', username, key: parsed } });
  }
  if (login.agent) {
    const agent = process.env.SSH_AUTH_SOCK;
    const found = await askAgent(agent);
    if (typeof found === 'string') missing.push(found);
    else {
      const words = `${found.length === 1 ? 'the key' : `the ${found.length} keys`} of the agent`;
      all.push({ words, method: 'publickey', auth: { type: 'agent', username, agent: agent! } });
    }
  }
  if (password !== undefined) {
    all.push({ words: 'the password', method: 'password', auth: { type: 'password', username, password } });
    const prompt = answerWith(password);
    const auth = { type: 'keyboard-interactive', username, prompt } as const;
    all.push({ words: 'the password, asked for', method: 'keyboard-interactive', auth });
  }
  if (all.length > 0) return { all, missing };
  const why = missing.length > 0 ? missing.join('; ') : 'there is neither a key nor an agent nor a password';
  const hint =
    missing.length > 0 ? AGENT_HINT : 'say `key: FILE`, `agent: true` or `password: ${env:NAME}` in the inventory';
  throw new LoginFailure(why, hint);
}

const AGENT_HINT = 'give the agent a key (ssh-add FILE; ssh-add -l lists them), or name a file: `key` in the inventory';

/** What to do when `credentials` were all refused. @param offered the server's methods. */
export function refusedAll(
  login: Login,
  { all, missing }: Credentials,
  tried: readonly Credential[],
  offered: readonly AuthenticationType[],
): LoginFailure {
  const untried = all.filter((one) => !tried.includes(one) && one.method !== 'keyboard-interactive');
  const told = [
    ...(tried.length > 0 ? [`it refuses ${tried.map(({ words }) => words).join(', and ')}`] : []),
    ...untried.map(({ words, method }) => `${words} was not tried, for it takes no ${method}`),
    ...missing,
    `it takes: ${offered.join(', ') || 'nothing'}`,
  ];
  const copy =
    login.key === undefined
      ? ''
      : `, for example: ssh-copy-id -i ${word(`${login.key}.pub`)} -p ${login.port} -- ${word(`${login.user}@${login.host}`)}`;
  const hint = offered.includes('publickey')
    ? `is ${login.user} the right user? Add a key to its authorized_keys there${copy}`
    : `is ${login.user} the right user?`;
  return new LoginFailure(told.join('; '), hint);
}

async function readKey(path: string, passphrase: string | undefined): Promise<ParsedKey> {
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (error) {
    throw new LoginFailure(`cannot read the key ${path}: ${messageOf(error)}`, 'check `key` in the inventory');
  }
  const { default: ssh2 } = await import('ssh2');
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(text, passphrase);
  if (parsed instanceof Error) throw unusable(path, parsed.message, passphrase !== undefined);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key?.isPrivateKey()) return key;
  throw new LoginFailure(`${path} is no private key`, 'the public one is for the machine; `key` names the private one');
}

function unusable(path: string, message: string, tried: boolean): LoginFailure {
  if (/no passphrase given/.test(message)) {
    const hint =
      'say `passphrase: ${env:NAME}` in the inventory, or add it to an agent (ssh-add) and say `agent: true`';
    return new LoginFailure(`the key ${path} has a passphrase`, hint);
  }
  if (tried && /passphrase|integrity|decrypt/i.test(message)) {
    return new LoginFailure(`the passphrase does not open the key ${path}`, `try: ssh-keygen -y -f ${word(path)}`);
  }
  return new LoginFailure(`cannot use the key ${path}: ${message}`, `try: ssh-keygen -y -f ${word(path)}`);
}

/** The public keys that it holds, or what is wrong with it. */
async function askAgent(path: string | undefined): Promise<readonly unknown[] | string> {
  if (path === undefined || path === '') return 'there is no agent: SSH_AUTH_SOCK is not set';
  const { default: ssh2 } = await import('ssh2');
  return new Promise((resolve) => {
    // An agent may be behind a connection that has gone, and never answer.
    const timer = setTimeout(() => resolve(`the agent at ${path} does not answer`), 5_000);
    ssh2.createAgent(path).getIdentities((error, keys) => {
      clearTimeout(timer);
      if (error) return resolve(`there is no agent at ${path}: ${messageOf(error)}`);
      resolve(keys === undefined || keys.length === 0 ? `the agent at ${path} has no keys` : keys);
    });
  });
}

type Prompt = Extract<AnyAuthMethod, { type: 'keyboard-interactive' }>['prompt'];

/** A question whose answer is not to be seen is for the password; to others there is no answer. */
function answerWith(password: string): Prompt {
  return (_name, _instructions, _lang, prompts, finish) => finish(prompts.map(({ echo }) => (echo ? '' : password)));
}
