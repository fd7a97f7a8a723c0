import Type from 'typebox';
import { durationMs } from '../../base/units.ts';
import { Duration, type Settings } from '../../contract/index.ts';

const timing = (description: string, usual: string, example: string) =>
  Duration({ description, default: usual, examples: [example] });

/** How many vnodes must answer, by the names that Riak has for it (riak_kv_util.erl, expand_rw_value). */
function Quorum(description: string, usual: 'quorum' | 0) {
  return Type.Union([Type.Enum(['quorum', 'all', 'one']), Type.Integer({ minimum: 0 })], {
    description,
    expected: 'quorum, all, one, or a number of vnodes',
    default: usual,
    examples: ['quorum', 'all', 1],
  });
}

/** Riak's own names; from `lock` on, what the client does. */
export const settings = Type.Object(
  {
    ring_size: Type.Integer({
      description: 'How many partitions the ring has; the nodes claim them in turn (ring_creation_size).',
      minimum: 8,
      maximum: 1024,
      default: 64,
      examples: [128],
    }),
    n_val: Type.Integer({
      description: 'How many replicas an object has, each on a vnode of its own.',
      minimum: 1,
      default: 3,
      examples: [3],
    }),
    r: Quorum('How many vnodes must have answered a read.', 'quorum'),
    w: Quorum('How many vnodes must have received a write.', 'quorum'),
    dw: Quorum('How many vnodes must have handed a write to their storage; one at least.', 'quorum'),
    pr: Quorum('How many of the vnodes that answered a read must be primaries, not fallbacks.', 0),
    pw: Quorum('How many of the vnodes that received a write must be primaries, not fallbacks.', 0),
    allow_mult: Type.Boolean({
      description: 'Concurrent versions are kept side by side, as siblings; without it the latest one by time is kept.',
      default: false,
      examples: [true],
    }),
    last_write_wins: Type.Boolean({
      description: 'Vnodes store what comes, whatever they have: vector clocks are not looked at.',
      default: false,
      examples: [true],
    }),
    notfound_ok: Type.Boolean({
      description: 'A vnode that has no such object has answered a read all the same.',
      default: true,
      examples: [false],
    }),
    basic_quorum: Type.Boolean({
      description: 'With notfound_ok off: a read ends already when a majority of the vnodes have no such object.',
      default: false,
      examples: [true],
    }),
    bucket: Type.String({
      description: 'The bucket of the object; with the key it decides which vnodes have it.',
      minLength: 1,
      default: 'test',
      examples: ['test'],
    }),
    key: Type.String({ description: 'The key of the object.', minLength: 1, default: 'test', examples: ['test'] }),
    net_ticktime: timing(
      'A node that nothing was heard of for so long is down; looked at every quarter of it, it takes up to a quarter more (net_kernel).',
      '60s',
      '20s',
    ),
    gossip_interval: timing(
      'How often a node tells all others that it is up: after a partition, they hear of each other again so late.',
      '60s',
      '10s',
    ),
    vnode_management_timer: timing('How often a node looks which of its fallback vnodes could hand off.', '10s', '5s'),
    vnode_inactivity_timeout: timing(
      'How long nobody has asked a fallback vnode for anything before it hands off, where its primary is up again.',
      '60s',
      '10s',
    ),
    request_timeout: timing(
      'How long a read or write waits for its vnodes before the server answers "timeout".',
      '60s',
      '10s',
    ),
    lock: Type.Enum(['none', 'mutex'], {
      description:
        'mutex: clients read, change and write back one at a time, by a lock service outside the cluster that all of them always reach.',
      default: 'none',
      examples: ['mutex'],
    }),
    merge: Type.Enum(['latest', 'union'], {
      description: 'What a client makes of siblings: the latest one, or the union of all.',
      default: 'latest',
      examples: ['union'],
    }),
    client_attempts: Type.Integer({
      description:
        'How often the client library sends a read or a write that had no answer, or "timeout" for one. The Java client of 2013: 4.',
      minimum: 1,
      maximum: 100,
      default: 1,
      examples: [4],
    }),
    client_timeout: Type.Optional(
      Duration({
        description:
          'How long a client waits for its read and write, once it has the lock; then it gives the lock back, and nobody knows how it ended. Default: as long as the workload’s timeout lets it, which counts the wait for the lock, too.',
        examples: ['5s'],
      }),
    ),
    when_timed_out: Type.Enum(['cancel', 'go_on'], {
      description:
        'What becomes of an operation that client_timeout or the workload’s timeout has given up: nothing more is sent, or it goes on by itself, without the lock, as that of the article’s client did.',
      default: 'cancel',
      examples: ['go_on'],
    }),
    connect_timeout: timing('How long a client waits for a connection.', '500ms', '200ms'),
  },
  { additionalProperties: false },
);

export type RiakSettings = Settings<typeof settings>;
type QuorumName = 'r' | 'w' | 'dw' | 'pr' | 'pw';

const QUORUMS: readonly QuorumName[] = ['r', 'w', 'dw', 'pr', 'pw'];
const DURATIONS = [
  ...(['net_ticktime', 'gossip_interval', 'vnode_management_timer', 'vnode_inactivity_timeout'] as const),
  ...(['request_timeout', 'connect_timeout', 'client_timeout'] as const),
];

/** What the schema cannot say. */
export function problems(settings: RiakSettings, nodeCount: number): { path: string; message: string }[] {
  const { n_val, ring_size, allow_mult, last_write_wins, merge, basic_quorum, notfound_ok, net_ticktime } = settings;
  const found: { path: string; message: string }[] = [];
  const refuse = (path: string, message: string) => found.push({ path, message });
  if (n_val > nodeCount) refuse('n_val', `${nodeCount} nodes cannot hold ${n_val} replicas on different nodes`);
  if (ring_size < nodeCount) refuse('ring_size', `${ring_size} partitions are too few for ${nodeCount} nodes`);
  if ((ring_size & (ring_size - 1)) !== 0) refuse('ring_size', `${ring_size} is not a power of two`);
  for (const name of QUORUMS) {
    const given = settings[name];
    if (typeof given === 'number' && given > n_val)
      refuse(name, `${name}: ${given} can never be satisfied by ${n_val} replicas (n_val)`);
  }
  for (const name of ['r', 'w'] as const) if (settings[name] === 0) refuse(name, `${name} must be at least 1`);
  if (merge === 'union' && !allow_mult)
    refuse('merge', 'there are no siblings to unite without allow_mult: the servers keep one version');
  if (allow_mult && last_write_wins)
    refuse('last_write_wins', 'last_write_wins keeps one version, allow_mult all of them: choose one');
  if (basic_quorum && notfound_ok)
    refuse('basic_quorum', 'basic_quorum changes nothing while notfound_ok is on: no answer counts as a failure');
  for (const path of DURATIONS) {
    const given = settings[path];
    if (given !== undefined && durationMs(given) < 1) refuse(path, `${path} must be at least 1ms`);
  }
  if (durationMs(net_ticktime) < 1_000) refuse('net_ticktime', 'net_ticktime must be at least 1s');
  return found;
}

/** A quorum as a number of vnodes, of `n` (riak_kv_util.erl, expand_rw_value). */
export function quorumOf(given: RiakSettings[QuorumName], n: number): number {
  if (given === 'quorum') return Math.floor(n / 2) + 1;
  if (given === 'all') return n;
  return given === 'one' ? 1 : given;
}
