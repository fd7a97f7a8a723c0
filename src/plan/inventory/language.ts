/**
 * The keys of an inventory, as JSON Schema fragments, as `plan/language.ts` has those of a plan: the validator and the
 * generated schema both read them here. Defaults that depend on another key stand in the descriptions only.
 */
import Type, { type TSchemaOptions } from 'typebox';
import { Duration } from '../../contract/index.ts';
import { NODE_NAME } from '../language.ts';
import type { FileKind } from '../text/kind.ts';

export const INVENTORY: FileKind = {
  name: 'inventory',
  a: 'an inventory',
  // as Ansible, ssh_config(5) and Jepsen call them
  synonyms: {
    ansible_host: 'host',
    ansible_port: 'port',
    ansible_user: 'user',
    ansible_password: 'password',
    ansible_ssh_private_key_file: 'key',
    ansible_become: 'sudo',
    become: 'sudo',
    hostname: 'host',
    username: 'user',
    identityfile: 'key',
    private_key: 'key',
    'private-key-path': 'key',
    proxyjump: 'jump',
    bastion: 'jump',
    userknownhostsfile: 'known_hosts',
    nodes: 'hosts',
  },
};

export const LEASE_MS = { least: 2_000, most: 600_000 } as const;

export const LEASE_DEFAULT = '15s';

export const LOGIN_DEFAULTS = { user: 'root', port: 22 } as const;

/** Numbers and points that are no IPv4 address are no name either: `10.0.0` is a slip. */
const NAME = '(?![\\d.]+$)(?!-)[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*';
const BYTE = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const IPV4 = `${BYTE}(\\.${BYTE}){3}`;
/** Whether each group is right is left to the system: it must have colons, and nothing that a shell would read. */
const IPV6 = '(?=.*:.*:)[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9_.-]{1,15})?';
/** Nothing that is an option, or more than a word to a shell: neither is there such a name. */
const HOST = `^(?=.{1,253}$)(${IPV4}|${IPV6}|${NAME})$`;

const SECRET = '^\\$\\{env:[A-Za-z_][A-Za-z0-9_]*\\}$';

function Secret(options: TSchemaOptions) {
  const expected = 'the name of an environment variable, as ${env:NAME}';
  return Type.String({ pattern: SECRET, format: 'secret', expected, ...options });
}

function Host(options: TSchemaOptions = {}) {
  return Type.String({
    pattern: HOST,
    expected:
      "a host's name or address alone, such as db1.example.org or 10.0.0.1; user and port have keys of their own",
    ...options,
  });
}

const address = {
  pattern: `^${IPV4}$`,
  expected: 'an IPv4 address such as 10.0.0.1: the rules of a fault know no others',
};

/** How to log in: for all hosts at the top, for one host with it, and for a machine between. */
const LOGIN = {
  user: Type.Optional(
    Type.String({
      description: `Who logs in. Default: ${LOGIN_DEFAULTS.user}.`,
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$',
      expected: 'the name of a user: letters, digits and ._@+-, no hyphen first',
      examples: ['root', 'admin'],
    }),
  ),
  port: Type.Optional(
    Type.Integer({
      description: `The port of SSH. Default: ${LOGIN_DEFAULTS.port}.`,
      minimum: 1,
      maximum: 65_535,
      examples: [22],
    }),
  ),
  key: Type.Optional(
    Type.String({
      description:
        "File of a private key; ~ is your home, and a relative path begins at the inventory's folder. Without key, password and agent: ~/.ssh/id_ed25519, id_ecdsa or id_rsa, whichever is there.",
      minLength: 1,
      expected: 'the path of a private key, such as ~/.ssh/id_ed25519',
      examples: ['~/.ssh/id_ed25519'],
    }),
  ),
  passphrase: Type.Optional(
    Secret({ description: 'That of the key, from the environment.', examples: ['${env:KEY_PASSPHRASE}'] }),
  ),
  agent: Type.Optional(
    Type.Boolean({
      description:
        'Whether to ask the agent behind SSH_AUTH_SOCK. Default: if there is one, and neither key nor password is given.',
      examples: [true],
    }),
  ),
  password: Type.Optional(
    Secret({ description: "The user's, from the environment.", examples: ['${env:SSH_PASSWORD}'] }),
  ),
  known_hosts: Type.Optional(
    Type.Union([Type.Literal(false), Type.String({ minLength: 1 })], {
      description:
        'File with the keys of known hosts, as ssh(1) keeps it; false: any key is accepted, so that nobody knows who answers. Default: ~/.ssh/known_hosts.',
      expected: 'the path of a file such as ~/.ssh/known_hosts, or false',
      examples: ['~/.ssh/known_hosts', false],
    }),
  ),
};

export const LOGIN_KEYS = Object.keys(LOGIN);

/** How to reach a machine and work on it. */
const REACH = {
  ...LOGIN,
  sudo: Type.Optional(
    Type.Union(
      [
        Type.Boolean(),
        Type.Object(
          {
            password: Secret({
              description: 'What sudo asks for, from the environment.',
              examples: ['${env:SUDO_PASSWORD}'],
            }),
          },
          { additionalProperties: false },
        ),
      ],
      {
        description:
          'Whether the user becomes root by sudo(8), and with which password. Needed for all users but root. Default: false.',
        // a password that stands there by mistake is not shown
        format: 'secret',
        expected: 'true, false or {password: "${env:NAME}"}',
        examples: [true, { password: '${env:SUDO_PASSWORD}' }],
      },
    ),
  ),
  jump: Type.Optional(
    Type.Union(
      [
        Type.Literal(false),
        Host(),
        Type.Object(
          { host: Host({ description: 'Its name or address.', examples: ['bastion.example.org'] }), ...LOGIN },
          { additionalProperties: false },
        ),
      ],
      {
        description:
          'The machine through which alone the host can be reached: its name, or a map with a login of its own; what that does not say is as at the top. Default: false.',
        expected: 'a host such as bastion.example.org, a map with host, user, port, ..., or false',
        examples: ['bastion.example.org', { host: 'bastion.example.org', user: 'admin' }],
      },
    ),
  ),
  interface: Type.Optional(
    Type.String({
      description: 'The network interface that faces the other nodes. Default: the one that the address is on.',
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$',
      expected: 'the name of a network interface, such as eth1',
      examples: ['eth1'],
    }),
  ),
};

export const COMMON_KEYS = Object.keys(REACH);

/** A machine, where there is more to say than its host. */
export const HOST_KEYS = Type.Object(
  {
    host: Type.Optional(
      Host({
        description: "Name or address to log in to. Default: the node's name.",
        examples: ['db2.example.org', '10.0.0.2'],
      }),
    ),
    address: Type.Optional(
      Type.String({
        description:
          'IPv4 address at which the other nodes and the clients reach it. Default: that of the interface, if that is given, else that of the host.',
        ...address,
        examples: ['10.0.0.2'],
      }),
    ),
    ...REACH,
  },
  { additionalProperties: false },
);

/** A host as it stands below `hosts`. */
export const HOST_ENTRY = Type.Union([Host(), HOST_KEYS, Type.Null()], {
  expected: 'a host such as 10.0.0.1, or a map with host, port, user, ...',
});

export const INVENTORY_KEYS = Type.Object(
  {
    inventory: Type.Literal(1, {
      description: 'Version of the inventory language. Always 1.',
      expected: 'the version of the inventory language, 1',
      examples: [1],
    }),
    allow_faults: Type.Boolean({
      description:
        'Whether these machines may be broken: processes killed and paused, packets dropped. Without it nothing is started on them.',
      default: false,
      examples: [true],
    }),
    lease: Duration({
      description:
        'After so long a silence of the run, a node undoes every fault by itself and ends what was started. From 2s to 10m.',
      default: LEASE_DEFAULT,
      examples: ['15s'],
    }),
    dir: Type.String({
      description: 'Directory on the nodes for everything that a run puts there.',
      pattern: '^(?=.{2,64}$)(/(?!\\.{1,2}(/|$))[A-Za-z0-9_.+@-]+)+$',
      expected: 'an absolute path of letters, digits and _.+@-, at most 64, such as /var/lib/plan-run',
      default: '/var/lib/plan-run',
      examples: ['/var/lib/plan-run'],
    }),
    clients: Type.Array(Type.String(address), {
      description:
        "This machine's IPv4 addresses from which clients come. Clients that are cut off with their homes (attach: home) need one for each home. Default: the one that the nodes see.",
      uniqueItems: true,
      default: [],
      examples: [['192.0.2.7', '192.0.2.8']],
    }),
    ...REACH,
    hosts: Type.Object(
      {},
      {
        description:
          "The machines by the names of their nodes: a host's name or address, or a map. A plan's nodes must be among them.",
        expected: 'a map from nodes to machines, such as `n1: 10.0.0.1`',
        examples: [{ n1: '10.0.0.1', n2: { host: 'db2.example.org', port: 2222 } }],
      },
    ),
  },
  { additionalProperties: false },
);

/** Of `hosts`: the names that plans may have for nodes. */
export const HOST_NAME: object = NODE_NAME;
