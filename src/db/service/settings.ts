import Type, { type TSchemaOptions } from 'typebox';
import { Duration, type Settings } from '../../contract/index.ts';

/*
 * Words of this schema are all that an author sees on hover: each says what the key is for, and what may be written.
 */

const ARGUMENTS = 'Program and arguments, each as it is: no shell reads them. They may hold {{placeholders}}.';

function Command({ description, ...options }: TSchemaOptions & { description: string }) {
  return Type.Array(Type.String(), {
    description: `${description} ${ARGUMENTS}`,
    minItems: 1,
    expected: 'a list of a program and its arguments, such as `[node, server.mjs, --port, "{{port}}"]`',
    ...options,
  });
}

/** A map from names of the author's own to texts. */
function Texts(options: TSchemaOptions) {
  return Type.Unsafe<Readonly<Record<string, string>>>({
    type: 'object',
    additionalProperties: { type: 'string', description: 'Text.', examples: ['text'] },
    expected: 'a map of names and texts',
    ...options,
  });
}

const status = Type.Integer({ minimum: 100, maximum: 599, description: 'An HTTP status.', examples: [200] });

function Statuses(options: TSchemaOptions) {
  return Type.Array(status, { expected: 'a list of HTTP statuses, such as `[200, 201]`', ...options });
}

function Path() {
  return Type.String({
    description: 'Path of the request, with its query. It may hold {{placeholders}}; values are URL-encoded.',
    pattern: '^/',
    expected: 'a path such as /set',
    examples: ['/set/{{value}}'],
  });
}

function Method(usual: string) {
  return Type.Enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], {
    description: 'Method of the request.',
    default: usual,
    examples: ['PUT'],
  });
}

const headers = Texts({
  description: 'Headers of the request. They may hold {{placeholders}}.',
  default: {},
  examples: [{ authorization: 'Bearer ${env:TOKEN}' }],
});

const body = Type.Optional(
  Type.String({
    description:
      'Body of the request, with {{placeholders}}: `{"element": {{value}}}`. Its Content-Type is application/json unless `headers` say otherwise. Default: none.',
    examples: ['{"element": {{value}}}'],
  }),
);

const to = Type.Enum(['home', 'first', 'primary'], {
  description:
    'To which node: home, the client’s own (client i lives at node i mod n; reads at the end are client 0’s, whose home is the first node); first, always the first node; primary, the one that says by `primary` that it is (asked before each read, and before a write where it is not known or the last one was not ok).',
  default: 'home',
  examples: ['primary'],
});

const answer = Type.String({
  description:
    'Where in the answer the value stands: a JSON pointer (RFC 6901) such as /elements, or empty for the whole JSON body; or `text`: the body is text, integers with white space between them. For a set, a list of integers must stand there; for a register, an integer or null.',
  pattern: '^(/.*|text)?$',
  default: '',
  expected: 'a JSON pointer such as /elements, empty text for the whole body, or `text`',
  examples: ['/elements', 'text'],
});

const each = Type.String({
  description:
    'Of a set, where the items of the list are no integers: a JSON pointer to the integer within each, such as /id.',
  pattern: '^(/.*)?$',
  default: '',
  expected: 'a JSON pointer such as /id',
  examples: ['/id'],
});

function Write(description: string, method: string, example: object) {
  return Type.Object(
    {
      method: Method(method),
      path: Path(),
      headers,
      body,
      ok: Statuses({ description: 'Statuses which say that it is done.', default: [200, 201, 204], examples: [[200]] }),
      fail: Statuses({
        description:
          'Statuses which guarantee that nothing has happened, and that nothing will. Only those: what stands in neither list (and every time-out, and every lost connection) is `info`, nobody knows. A 503 or 504 of a proxy guarantees nothing.',
        default: [],
        examples: [[409]],
      }),
      to,
    },
    { additionalProperties: false, description, examples: [example] },
  );
}

const readKeys = {
  method: Method('GET'),
  path: Path(),
  headers,
  body,
  ok: Statuses({
    description: 'Statuses of an answer; any other is no answer, and the read has failed.',
    default: [200],
    examples: [[200]],
  }),
  answer,
};

const add = Type.Object(
  {
    ...Write('', 'POST', {}).properties,
    repeatable: Type.Boolean({
      description:
        'Whether an addition may be sent again without harm: adding twice leaves what adding once does. `on_unknown: retry` needs it.',
      default: false,
      examples: [true],
    }),
  },
  {
    additionalProperties: false,
    description: 'Adds {{value}}, an integer, to the set.',
    examples: [{ path: '/set', body: '{"element": {{value}}}', ok: [201] }],
  },
);

const read = Type.Object(
  {
    ...readKeys,
    each,
    none: Statuses({
      description: 'Of a register: statuses which say that nobody has written it yet.',
      default: [],
      examples: [[404]],
    }),
    to,
  },
  {
    additionalProperties: false,
    description: 'Reads the whole set, or the register {{key}}.',
    examples: [
      { path: '/set', answer: '/elements' },
      { path: '/registers/{{key}}', answer: '/value', none: [404] },
    ],
  },
);

const readNode = Type.Object(
  { ...readKeys, each },
  {
    additionalProperties: false,
    description: 'Reads what a node itself has of the set (`read_from: every-node`).',
    examples: [{ path: '/own', answer: '/elements' }],
  },
);

const question = Type.Object(
  {
    path: Path(),
    headers,
    ok: Statuses({ description: 'Statuses which say yes.', default: [200], examples: [[200]] }),
    answer: Type.Optional(
      Type.String({
        description:
          'A JSON pointer to the value in the answer that must be as `equals` says. Default: the status is all.',
        pattern: '^/',
        expected: 'a JSON pointer such as /role',
        examples: ['/role'],
      }),
    ),
    equals: Type.Optional(
      Type.Union([Type.String(), Type.Number(), Type.Boolean()], {
        description: 'What must stand at `answer`.',
        expected: 'text, a number, true or false',
        examples: ['primary', true],
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'A GET to the node, sent by curl on the node itself. A redirect is not followed.',
  },
);

function Question({ description, ...options }: TSchemaOptions & { description: string }) {
  return Type.Union(
    [Command({ description: 'A command on the node: yes where it ends with 0 within 5 s.' }), question],
    {
      description,
      expected: 'a command such as `[pg_isready]`, or a question such as `{ path: /health }`',
      ...options,
    },
  );
}

/** A system as its plan describes it. */
export const settings = Type.Object(
  {
    files: Texts({
      description:
        'What is brought to each node before anything runs there: a path below {{dir}}, and the file, relative to the plan. At most 32 MB each; what may be executed stays so.',
      default: {},
      examples: [{ 'server.mjs': 'server.mjs', 'bin/app': '../build/app' }],
    }),
    install: Type.Array(Command({ description: 'A command.' }), {
      description: `Commands on each node, one after another, before the start. The working directory is {{dir}}. ${ARGUMENTS}`,
      default: [],
      expected: 'a list of commands, each a list of a program and its arguments',
      examples: [[['mkdir', '-p', 'data']]],
    }),
    install_timeout: Duration({
      description: 'How long each command of `install` may take.',
      default: '1m',
      examples: ['5m'],
    }),
    version: Type.Optional(
      Type.Object(
        {
          command: Command({
            description: 'Prints the version; the first number with a dot is taken for it.',
            examples: [['node', '--version']],
          }),
          expect: Type.String({
            description:
              'The version that it must be, as far as it matters: 20, 20.19 or 20.19.1. A run with another one is refused.',
            pattern: '^\\d+(\\.\\d+){0,2}$',
            expected: 'a version such as "20" or "20.19" (in quotes)',
            examples: ['20'],
          }),
        },
        {
          additionalProperties: false,
          description: 'Which version must be there, looked at after `install`.',
          examples: [{ command: ['node', '--version'], expect: '20' }],
        },
      ),
    ),
    start: Command({
      description:
        'Runs the service on a node, in the foreground: it is this process, with all that it starts, that is killed, paused and started again. The working directory is {{dir}}.',
      examples: [['node', 'server.mjs', '--port', '{{port}}', '--peers', '{{peers}}']],
    }),
    env: Texts({
      description:
        'Variables for the start command. Secrets belong here, not in an argument list, which everybody on the node can read. They may hold {{placeholders}}.',
      default: {},
      examples: [{ TOKEN: '${env:TOKEN}' }],
    }),
    stop: Type.Union([Type.Enum(['TERM', 'INT']), Command({ description: 'A command that asks it to end.' })], {
      description:
        'How the service is asked to end: a signal, or a command on the node. It has 20 s to do so. No fault of today asks: kill does not, and a run ends with everything killed.',
      default: 'TERM',
      expected: 'TERM, INT, or a command such as `[appctl, stop]`',
      examples: ['INT', ['appctl', 'stop']],
    }),
    ready: Question({
      description: 'How a node says that it serves: a command on the node that ends with 0, or an HTTP question.',
      examples: [{ path: '/health' }, ['pg_isready', '-h', '{{address}}']],
    }),
    primary: Type.Optional(
      Question({
        description:
          'How a node says that it is the primary. With it, faults may aim at `primary`, requests may go `to: primary`, and the cluster is ready only when exactly one node says so. Default: there is no such role.',
        examples: [{ path: '/status', answer: '/role', equals: 'primary' }],
      }),
    ),
    logs: Type.Array(Type.String({ minLength: 1 }), {
      description:
        'Log files that are collected beside the output of the start command: paths on the node, relative to {{dir}}, with {{placeholders}}.',
      default: [],
      uniqueItems: true,
      examples: [['log/access.log']],
    }),
    port: Type.Integer({
      description: 'Where the service listens for clients, on {{address}}.',
      minimum: 1,
      maximum: 65_535,
      default: 8080,
      examples: [8080],
    }),
    requests: Type.Object(
      {
        add: Type.Optional(add),
        write: Type.Optional(
          Write('Writes {{value}}, an integer, to the register {{key}}.', 'PUT', {
            path: '/registers/{{key}}',
            body: '{{value}}',
          }),
        ),
        cas: Type.Optional(
          Write(
            'Writes {{new}} to the register {{key}} where it holds {{old}}. A status for "it holds another" belongs to `fail`.',
            'POST',
            { path: '/registers/{{key}}/cas', body: '{"old": {{old}}, "new": {{new}}}', fail: [409] },
          ),
        ),
        read: Type.Optional(read),
        'read-node': Type.Optional(readNode),
      },
      {
        additionalProperties: false,
        description:
          'What clients send for each operation of the workload: `add` and `read` for a set (and `read-node`, where each node is read), `read`, `write` and `cas` for a register.',
        examples: [{ add: { path: '/set', body: '{{value}}' }, read: { path: '/set' } }],
      },
    ),
    connect_timeout: Duration({
      description:
        'How long a client waits for a connection (and for the word who is primary) before its operation has failed: nothing was sent. It should be shorter than the workload’s timeout, which ends the wait for an answer.',
      default: '500ms',
      examples: ['500ms'],
    }),
  },
  { additionalProperties: false },
);

export type ServiceSettings = Settings<typeof settings>;
export type Question = Settings<typeof question>;
export type Probe = ServiceSettings['ready'];
export type Requests = ServiceSettings['requests'];
export type Operation = keyof Requests;

export const isCommand = (probe: Probe): probe is string[] => Array.isArray(probe);
