import { join, resolve } from 'node:path';
import type { InventoryHost, Login } from '../../contract/index.ts';
import type { Values } from '../blocks.ts';
import { childPath } from '../text/path.ts';
import { LOGIN_DEFAULTS, LOGIN_KEYS } from './language.ts';
import type { InventoryUse } from './parse-inventory.ts';

/** A host as the file has it, and nothing in it is wrong. */
export interface Entry {
  readonly node: string;
  readonly path: string;
  readonly own: Values;
}

/** A login, and where in the file its parts stand. */
export interface PlacedLogin {
  readonly login: Login;
  /** What the file says of it, here or at the top. */
  readonly given: Values;
  where(key: string): string;
}

export interface MadeHost {
  readonly host: InventoryHost;
  readonly path: string;
  /** Its own, and that of the machine between. */
  readonly logins: readonly PlacedLogin[];
}

/** As ssh(1) tries them. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** A host with all that the top of the inventory, `common`, says for it. */
export function makeHost({ node, path, own }: Entry, common: Values, use: InventoryUse): MadeHost {
  const given = { ...common, ...own };
  const { sudo = false, interface: face, address } = given as Pick<InventoryHost, 'sudo' | 'interface' | 'address'>;
  const direct = placed({ host: node, ...own }, path, common, use);
  const between = jumpOf(
    given.jump as Jump,
    Object.hasOwn(own, 'jump') ? childPath(path, 'jump') : 'jump',
    common,
    use,
  );
  // The machine between may be a node, too.
  const jump = between && sameServer(between.login, direct.login) ? undefined : between;
  return {
    path,
    logins: jump === undefined ? [direct] : [direct, jump],
    host: {
      node,
      ...direct.login,
      sudo,
      ...(jump && { jump: jump.login }),
      ...(face !== undefined && { interface: face }),
      ...(address !== undefined && { address }),
    },
  };
}

export function sameServer(a: Login, b: Login): boolean {
  return a.host.toLowerCase() === b.host.toLowerCase() && a.port === b.port;
}

type Jump = false | string | Values | undefined;

function jumpOf(jump: Jump, path: string, common: Values, use: InventoryUse): PlacedLogin | undefined {
  if (jump === undefined || jump === false) return undefined;
  return placed(typeof jump === 'string' ? { host: jump } : jump, path, common, use);
}

function placed(own: Values, path: string, common: Values, use: InventoryUse): PlacedLogin {
  const shared = Object.fromEntries(Object.entries(common).filter(([key]) => LOGIN_KEYS.includes(key)));
  const given: Values = { ...shared, ...own };
  return {
    login: loginOf(given, use),
    given,
    where: (key) => (Object.hasOwn(own, key) ? childPath(path, key) : key),
  };
}

interface GivenLogin {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  readonly key?: string;
  readonly passphrase?: string;
  readonly agent?: boolean;
  readonly password?: string;
  readonly known_hosts?: string | false;
}

function loginOf(given: Values, use: InventoryUse): Login {
  const {
    host,
    user,
    port,
    passphrase,
    password,
    known_hosts = '~/.ssh/known_hosts',
    ...rest
  } = given as unknown as GivenLogin;
  const bare = rest.key === undefined && password === undefined;
  const agent = rest.agent ?? (bare && use.agent);
  const usual = () =>
    DEFAULT_KEYS.map((name) => join(use.home, '.ssh', name)).find((path) => !use.unusable(path, 'key'));
  const key = rest.key === undefined ? (bare && !agent ? usual() : undefined) : near(rest.key, use);
  return {
    host,
    user: user ?? LOGIN_DEFAULTS.user,
    port: port ?? LOGIN_DEFAULTS.port,
    agent,
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
    ...(password !== undefined && { password }),
    knownHosts: known_hosts === false ? false : near(known_hosts, use),
  };
}

/** A path of the inventory, made absolute. */
function near(path: string, { folder, home }: InventoryUse): string {
  return resolve(
    folder,
    path.replace(/^~(?=\/|$)/, () => home),
  );
}
