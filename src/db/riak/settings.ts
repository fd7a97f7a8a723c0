import Type from 'typebox';
import { durationMs } from '../../base/units.ts';
import { Duration, type Settings, type WorkloadUse } from '../../contract/index.ts';
import { fits, InstalledVersion } from '../version.ts';

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

/** Where Riak's package has it. */
const Directory = (description: string, usual: string) =>
  Type.Optional(
    Type.String({
      description: `${description} Default: ${usual}, as in Riak’s packages.`,
      pattern: '^/[^\\s]*$',
      expected: `an absolute path such as ${usual}`,
      examples: [usual],
    }),
  );

/** Riak's own names; from `lock` on, what the client does. */
export const settings = Type.Object(
  {
    version: InstalledVersion(['3', '3.2', '2.2.3']),
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
    bucket_type: Type.Optional(
      Type.String({
        description:
          'A bucket type that is created with n_val, allow_mult, last_write_wins and data_type, and activated; the bucket is of it. Default: none, they are the defaults of every bucket.',
        pattern: '^[A-Za-z0-9_-]+$',
        expected: 'a name of letters, digits, _ and -',
        examples: ['sets'],
      }),
    ),
    data_type: Type.Enum(['object', 'set', 'counter'], {
      description:
        'What is written: an object, a set which clients read and write back; or a set or a counter of Riak’s own (CRDTs, since 2.0), to which they add. Those need a bucket_type, and allow_mult.',
      default: 'object',
      examples: ['set'],
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
    platform_etc_dir: Directory('Where the installed Riak reads its configuration.', '/etc/riak'),
    platform_data_dir: Directory('Where it has its data.', '/var/lib/riak'),
    platform_log_dir: Directory('Where it writes its logs.', '/var/log/riak'),
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
/** What the model is of. */
export const MODELLED = '1.3';
/** No run waits longer. */
const DAY_MS = 86_400_000;
const DIRECTORIES = ['platform_etc_dir', 'platform_data_dir', 'platform_log_dir'] as const;

type QuorumName = 'r' | 'w' | 'dw' | 'pr' | 'pw';

const QUORUMS: readonly QuorumName[] = ['r', 'w', 'dw', 'pr', 'pw'];
const DURATIONS = [
  ...(['net_ticktime', 'gossip_interval', 'vnode_management_timer', 'vnode_inactivity_timeout'] as const),
  ...(['request_timeout', 'connect_timeout', 'client_timeout'] as const),
];

type Refuse = (path: string, message: string) => void;

/** What the schema cannot say, and what one of the two, the model and a real Riak, cannot do. */
export function problems(
  settings: RiakSettings,
  nodeCount: number,
  simulated = false,
  workload?: WorkloadUse,
): { path: string; message: string }[] {
  const found: { path: string; message: string }[] = [];
  const refuse: Refuse = (path, message) => found.push({ path, message });
  checkReplicas(settings, nodeCount, refuse);
  checkBucket(settings, refuse);
  for (const path of DURATIONS) {
    const given = settings[path];
    if (given !== undefined && (durationMs(given) < 1 || durationMs(given) > DAY_MS))
      refuse(path, `${path} must be at least 1ms, and at most 24h`);
  }
  if (durationMs(settings.net_ticktime) < 1_000) refuse('net_ticktime', 'net_ticktime must be at least 1s');
  if (simulated) checkSimulated(settings, refuse);
  else checkReal(settings, refuse);
  if (!simulated && workload?.operations.includes('read-node'))
    refuse('', 'Riak cannot be asked for what one node has: set read_from: primary, or simulate it (--env sim)');
  return found;
}

function checkReplicas(settings: RiakSettings, nodeCount: number, refuse: Refuse): void {
  const { n_val, ring_size } = settings;
  if (n_val > nodeCount) refuse('n_val', `${nodeCount} nodes cannot hold ${n_val} replicas on different nodes`);
  if (ring_size < nodeCount) refuse('ring_size', `${ring_size} partitions are too few for ${nodeCount} nodes`);
  if ((ring_size & (ring_size - 1)) !== 0) refuse('ring_size', `${ring_size} is not a power of two`);
  for (const name of QUORUMS) {
    const given = settings[name];
    if (typeof given === 'number' && given > n_val)
      refuse(name, `${name}: ${given} can never be satisfied by ${n_val} replicas (n_val)`);
  }
  for (const name of ['r', 'w'] as const) if (settings[name] === 0) refuse(name, `${name} must be at least 1`);
}

function checkBucket(settings: RiakSettings, refuse: Refuse): void {
  const { allow_mult, last_write_wins, merge, basic_quorum, notfound_ok, bucket_type, data_type } = settings;
  if (merge === 'union' && !allow_mult)
    refuse('merge', 'there are no siblings to unite without allow_mult: the servers keep one version');
  if (allow_mult && last_write_wins)
    refuse('last_write_wins', 'last_write_wins keeps one version, allow_mult all of them: choose one');
  if (basic_quorum && notfound_ok)
    refuse('basic_quorum', 'basic_quorum changes nothing while notfound_ok is on: no answer counts as a failure');
  if (bucket_type === 'default' || bucket_type === 'any')
    refuse('bucket_type', `${bucket_type} is Riak’s own name: choose another, or leave bucket_type out`);
  if (data_type === 'object') return;
  if (bucket_type === undefined)
    refuse(
      'data_type',
      `a ${data_type} of Riak’s own needs a bucket type that says so: add bucket_type: ${data_type}s`,
    );
  if (!allow_mult)
    refuse('data_type', `Riak merges what it keeps side by side: data_type: ${data_type} needs allow_mult: true`);
  if (merge === 'union') refuse('merge', `with data_type: ${data_type} the servers merge: leave merge out`);
}

/** The model is of 1.3: it has no bucket types yet, nor data types. */
function checkSimulated({ version, bucket_type, data_type, ...settings }: RiakSettings, refuse: Refuse): void {
  if (version !== undefined && !fits(MODELLED, version))
    refuse('version', `Riak ${version} cannot be simulated: the model is of ${MODELLED}`);
  if (bucket_type !== undefined)
    refuse(
      'bucket_type',
      `the model is of Riak ${MODELLED}, which has no bucket types: leave it out, or run it in the lab`,
    );
  if (data_type === 'counter')
    refuse('data_type', 'counters of Riak’s own are not simulated: the model has none, run it in the lab');
  if (data_type === 'set')
    refuse(
      'data_type',
      'sets of Riak’s own are not simulated: merge: union does the same by hand, or run it in the lab',
    );
  for (const path of DIRECTORIES)
    if (settings[path] !== undefined) refuse(path, `a simulated Riak has no directories: leave ${path} out`);
}

function checkReal({ version, net_ticktime }: RiakSettings, refuse: Refuse): void {
  if (version !== undefined && Number.parseInt(version, 10) < 2)
    refuse('version', `Riak ${version} has no riak.conf, and is not run: take 2.x or 3.x, or simulate it (--env sim)`);
  if (durationMs(net_ticktime) % 1_000 !== 0)
    refuse('net_ticktime', 'Riak takes whole seconds (erlang.distribution.net_ticktime)');
}

/** The workloads of sets, and the one that wants a counter of Riak’s own. */
export const WORKLOADS = ['set', 'set-full', 'counter'] as const;

/** Workloads that it has no client for with these settings. */
export function lacks(
  { data_type }: RiakSettings,
  simulated: boolean,
): Partial<Readonly<Record<(typeof WORKLOADS)[number], string>>> {
  if (data_type === 'counter') {
    const words = 'with database.riak.data_type: counter it counts: set another one';
    return { set: words, 'set-full': words };
  }
  if (simulated) return { counter: `the model is of Riak ${MODELLED}, which has no counters: run it in the lab` };
  return { counter: 'a sum needs a counter of Riak’s own: set database.riak.data_type: counter, and a bucket_type' };
}

/**
 * How many primaries must have answered a read: all, where it is the one read of the set at the end; `pr`, where clients read all the
 * while.
 */
export const primariesOf = (workload: string): 'as-set' | 'all' => (workload === 'set' ? 'all' : 'as-set');

/** A quorum as a number of vnodes, of `n` (riak_kv_util.erl, expand_rw_value). */
export function quorumOf(given: RiakSettings[QuorumName], n: number): number {
  if (given === 'quorum') return Math.floor(n / 2) + 1;
  if (given === 'all') return n;
  return given === 'one' ? 1 : given;
}
