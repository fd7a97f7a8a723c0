/**
 * The plan's own keys, as JSON Schema fragments: what each accepts, its default and what an editor's hover says.
 * The validator and the generated schema both read them here. Blocks (`database`, `workload`, `faults`,
 * `checker`) are in `blocks.ts`: their module keys come from the registry.
 *
 * `expected` is our own keyword: the words for what is accepted, where type and range do not say enough.
 */
import Type from 'typebox';
import { FORMS, PATTERNS } from '../base/units.ts';
import { CLIENTS, DRAWN_SELECTORS, Duration, Rate, RUN_SELECTORS } from '../contract/index.ts';
import type { Schema } from './settings/words.ts';

export const NODES_MAX = 99;
export const NODES_DEFAULT = 5;
export const CLIENTS_MAX = 10_000;

/** Names that mean something else where a node may stand. */
export const RESERVED_NAMES = [...Object.keys(DRAWN_SELECTORS), ...Object.keys(RUN_SELECTORS), CLIENTS, 'localhost'];

/** In the store it stands for the last run. */
export const LATEST = 'latest';

/** What a node may be called. */
export const NODE_NAME = Type.String({
  pattern: '^[a-z][a-z0-9-]{0,14}$',
  not: { enum: RESERVED_NAMES },
  expected:
    'a node name: small letters, digits and hyphens, a letter first, at most 15, and no selector such as "one" or "primary"',
});

/** A duration that is not zero. */
const Span = (options: object) =>
  Duration({
    pattern: `^(?=.*[1-9])${PATTERNS.duration.slice(1)}`,
    expected: `${FORMS.duration}, not zero`,
    ...options,
  });

/** Keys at the top that are no blocks. */
export const PLAN_KEYS = Type.Object({
  plan: Type.Literal(1, {
    description: 'Version of the plan language. Always 1.',
    expected: 'the version of the plan language, 1',
    examples: [1],
  }),
  name: Type.Optional(
    Type.String({
      description: "The plan's name, and its folder in the store. Default: the file's name without its ending.",
      pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
      // `store/latest` is a link
      not: { enum: [LATEST] },
      expected: 'a name of small letters, digits and hyphens (at most 64), such as redis-sentinel; not "latest"',
      examples: ['redis-sentinel'],
    }),
  ),
  about: Type.Optional(
    Type.String({
      description: 'What the plan shows and what the reader should look for; timeline and report show it.',
      examples: ['Redis Sentinel loses acknowledged writes when the primary is cut off.'],
    }),
  ),
  seed: Type.Integer({
    description: 'Fixes everything that chance decides: the nodes that selectors draw, the times of repeated faults.',
    minimum: 0,
    maximum: 0xffffffff,
    default: 1,
    examples: [42],
  }),
  nodes: Type.Union(
    [
      Type.Integer({ minimum: 1, maximum: NODES_MAX }),
      Type.Array(NODE_NAME, { minItems: 1, maxItems: NODES_MAX, uniqueItems: true }),
    ],
    {
      description: 'How many nodes (n1, n2, ...), or their names.',
      expected: `a number of nodes (1 to ${NODES_MAX}) or a list of names`,
      default: NODES_DEFAULT,
      examples: [5, ['n1', 'n2', 'n3']],
    },
  ),
  settle: Duration({
    description: 'How long the healed cluster is left alone before the final reads.',
    default: '10s',
    examples: ['15s'],
  }),
  ready: Span({
    description: 'Longest wait until the cluster is ready, at the start and after the heal.',
    default: '60s',
    examples: ['2m'],
  }),
  require: Type.Object(
    {
      before: least('before the first fault; in the whole run, where there is no fault'),
      during: least('during each fault'),
      after: least('after the last fault was undone, the final reads among them'),
    },
    {
      description: 'The least number of ok operations for the verdict to count; with fewer it is unknown.',
      additionalProperties: false,
      default: {},
      examples: [{ before: 100, during: 10, after: 1 }],
    },
  ),
  expect: Type.Enum(['valid', 'invalid'], {
    description: 'The verdict that the plan documents; a run with another one exits with 1.',
    default: 'valid',
    examples: ['invalid'],
  }),
  modules: Type.Array(Type.String({ minLength: 1 }), {
    description: 'Modules outside the package, as paths relative to this file; loaded only with --allow-modules.',
    default: [],
    examples: [['./my-db.mjs']],
  }),
});

function least(when: string) {
  return Type.Integer({
    description: `The least number of operations that must have ended ok ${when}.`,
    minimum: 0,
    strictness: 'rises',
    default: 1,
    examples: [10],
  });
}

const clientCount = { minimum: 1, maximum: CLIENTS_MAX } as const;

/** Keys of `workload` beside its module. */
export const WORKLOAD_KEYS = Type.Object({
  clients: Type.Union(
    [
      Type.Integer(clientCount),
      Type.Object(
        {
          count: Type.Integer({ description: 'How many clients.', ...clientCount, default: 5, examples: [5] }),
          attach: Type.Enum(['home', 'outside'], {
            description:
              'home: a client is cut off together with its home node (client i lives at node i mod n); outside: it reaches every node.',
            default: 'outside',
            examples: ['home'],
          }),
        },
        { additionalProperties: false },
      ),
    ],
    {
      description: 'How many clients work at once, and on whose side of a partition they are.',
      expected: `a number of clients (1 to ${CLIENTS_MAX.toLocaleString('en')}) or a map with count and attach`,
      default: 5,
      examples: [5, { count: 5, attach: 'home' }],
    },
  ),
  rate: Type.Optional(
    Rate({
      description:
        'Operations of all clients together, due at a steady pace; or max: each client goes on as soon as it has its answer. That is the default, too; but where faults have times it has to be meant.',
      examples: ['100/s', 'max'],
    }),
  ),
  timeout: Span({
    description: 'Longest wait for one operation; then nobody knows how it ended (info).',
    default: '5s',
    examples: ['1s'],
  }),
});

/** Keys of a fault beside its nemesis. */
export const FAULT_KEYS = Type.Object({
  at: Type.Optional(
    Duration({ description: 'When the fault begins, from the start of the workload.', examples: ['15s'] }),
  ),
  for: Type.Optional(
    Span({
      description: 'How long it lasts. Without it, the fault lasts until everything is healed at the end.',
      examples: ['20s'],
    }),
  ),
  every: Type.Optional(
    Span({ description: 'The fault begins again and again, this long after its last begin.', examples: ['30s'] }),
  ),
  from: Type.Optional(
    Duration({ description: 'With every: when it first begins. Default: after one `every`.', examples: ['10s'] }),
  ),
  until: Type.Optional(
    Span({
      description: 'With every: no begin from then on. Default: as long as operations are due.',
      examples: ['2m'],
    }),
  ),
  jitter: Type.Optional(
    Duration({
      description: 'With every: each begin is moved by up to this, earlier or later, drawn from the seed.',
      examples: ['3s'],
    }),
  ),
});

export const BLOCKS = {
  environment: {
    kind: 'environment',
    description:
      'Where the plan runs: the name of an environment, or a block with its settings. --env overrides the name.',
  },
  database: { kind: 'database', description: 'The database under test: one module and its settings.' },
  workload: { kind: 'workload', description: 'What the clients do: one module, how many clients and how fast.' },
  faults: { kind: 'nemesis', description: 'What is broken, and when: a list; each has its time and one nemesis.' },
  checker: {
    kind: 'checker',
    description: "Who judges the history: one or more modules. Default: the workload's own checkers.",
  },
} as const;

export const MIX_DESCRIPTION = 'Several nemeses, of which each occurrence draws one from the seed.';

/** The keys that a plan and its workload have beside their modules, as schemas: for those who describe them. */
export function languageSchemas(): { readonly plan: Schema; readonly workload: Schema } {
  return { plan: PLAN_KEYS as object as Schema, workload: WORKLOAD_KEYS as object as Schema };
}
