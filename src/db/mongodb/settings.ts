import Type from 'typebox';
import { durationMs } from '../../base/units.ts';
import { Duration, type Settings, type WorkloadUse } from '../../contract/index.ts';

/**
 * The write concerns by name: those of the drivers of 2013, which the article uses (Java: WriteConcern.SAFE, ...), and what the
 * drivers call them since (WriteConcern.ACKNOWLEDGED, ...).
 */
export const WRITE_CONCERNS = {
  unsafe: { w: 0, j: false },
  unacknowledged: { w: 0, j: false },
  safe: { w: 1, j: false },
  acknowledged: { w: 1, j: false },
  fsync_safe: { w: 1, j: true },
  fsynced: { w: 1, j: true },
  journal_safe: { w: 1, j: true },
  journaled: { w: 1, j: true },
  replicas_safe: { w: 2, j: false },
  replica_acknowledged: { w: 2, j: false },
  majority: { w: 'majority', j: false },
} as const;

const CONCERN_NAMES = Object.keys(WRITE_CONCERNS) as (keyof typeof WRITE_CONCERNS)[];

const timing = (description: string, usual: string, example: string) =>
  Duration({ description, default: usual, examples: [example] });

/** MongoDB's own names, in snake case. */
export const settings = Type.Object(
  {
    version: Type.Optional(
      Type.Union([Type.String({ pattern: '^\\d+(\\.\\d+){0,2}$' }), Type.Number()], {
        description:
          'The version. Simulated: 2.4 replicates and elects as the article saw it; from 4.4 on the current protocol (terms, majority commit point). On real nodes: what must be installed, as far as it matters; 4.4 or later. Default: simulated, 7.0; on real nodes, whatever is installed.',
        expected: 'a version such as 2.4.1 or 7.0',
        examples: ['2.4.1', 7.0],
      }),
    ),
    install: Type.Optional(
      Type.Enum(['download'], {
        description:
          'Where mongod comes from on real nodes. download: MongoDB’s own package for this machine, fetched before the run into the cache of mongodb-memory-server, unless it is there. Default: MONGOD in the node’s environment, or mongod on its PATH. The simulator needs none.',
        examples: ['download'],
      }),
    ),
    write_concern: Type.Union(
      [
        Type.Enum(CONCERN_NAMES),
        Type.Integer({ minimum: 0 }),
        Type.Object(
          {
            w: Type.Union([Type.Literal('majority'), Type.Integer({ minimum: 0 })], {
              description: 'How many nodes must have the write; or majority.',
              expected: '`majority`, or a number of nodes',
              default: 'majority',
              examples: ['majority', 1],
            }),
            j: Type.Boolean({
              description: 'Whether they must have it in their journals.',
              default: false,
              examples: [true],
            }),
          },
          { additionalProperties: false },
        ),
      ],
      {
        description:
          'What must have a write before it is acknowledged. unsafe, unacknowledged: nobody (w: 0); safe, acknowledged: the primary (w: 1); fsync_safe, fsynced, journal_safe, journaled: its journal (j: true); replicas_safe, replica_acknowledged: two nodes (w: 2); majority; a number of nodes; or as MongoDB has it: {w, j}.',
        expected: `one of ${CONCERN_NAMES.join(', ')}, a number of nodes, or {w, j}`,
        default: 'majority',
        examples: ['majority', 'safe', 2, { w: 1, j: true }],
      },
    ),
    wtimeout: Type.Optional(
      Duration({
        description:
          'How long a write waits for its write concern; then nobody knows how it ended. Default: as long as the workload’s timeout lets it.',
        examples: ['2s'],
      }),
    ),
    read_concern: Type.Enum(['local', 'majority', 'linearizable'], {
      description:
        'What a read returns: what the member has (local), what it knows a majority to have (majority), or all that a majority has acknowledged before it (linearizable; the primary only). 2.4 knows local only.',
      default: 'local',
      examples: ['majority'],
    }),
    read_preference: Type.Enum(['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'], {
      description:
        'Who is asked when something is read. What a client reads before it writes comes from the primary, whatever stands here. The simulator knows primary only.',
      default: 'primary',
      examples: ['secondaryPreferred'],
    }),
    retryable_writes: Type.Boolean({
      description: 'A write that has lost its connection or its primary is sent once more (4.4 and later).',
      default: true,
      examples: [false],
    }),
    heartbeat_interval: timing(
      'How long after a heartbeat the next one is sent (heartbeatIntervalMillis).',
      '2s',
      '1s',
    ),
    heartbeat_timeout: timing(
      'How long a heartbeat may take before its node is taken for down (heartbeatTimeoutSecs). A primary of 2.4 gives up when a majority has been down for twice as long.',
      '10s',
      '2s',
    ),
    election_timeout: timing(
      'How long a node hears of no primary before it wants to be one, and a primary of no majority before it gives up (electionTimeoutMillis; 4.4 and later).',
      '10s',
      '2s',
    ),
    chaining: Type.Boolean({
      description: 'A secondary may replicate from another one (chainingAllowed).',
      default: true,
      examples: [false],
    }),
    priorities: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 1000 }), {
        description:
          'One for each node, in the order of the nodes: who is to be primary where several can; 0: never. Default: all 1.',
        examples: [[2, 1, 1, 1, 1]],
      }),
    ),
    journal_commit_interval: timing(
      'How long a node collects writes before it brings them to its journal (journalCommitInterval). A kill loses what it has collected.',
      '100ms',
      '30ms',
    ),
    connect_timeout: timing(
      'How long a client waits for a connection, and for who is primary (connectTimeoutMS).',
      '500ms',
      '200ms',
    ),
    heartbeat_frequency: Type.Optional(
      Duration({
        description:
          'How often a client asks each node how it is (heartbeatFrequencyMS); changes it is told at once. Default: every 10s, as the driver. The simulator’s clients do not ask: they find out.',
        examples: ['1s'],
      }),
    ),
    server_selection_timeout: timing(
      'How long a client looks for a primary before its operation has failed (serverSelectionTimeoutMS; 4.4 and later). It should be shorter than the workload’s timeout.',
      '2s',
      '4s',
    ),
  },
  { additionalProperties: false },
);

export type MongoSettings = Settings<typeof settings>;

const DURATIONS = [
  ...(['heartbeat_interval', 'heartbeat_timeout', 'election_timeout', 'journal_commit_interval'] as const),
  ...(['connect_timeout', 'heartbeat_frequency', 'server_selection_timeout', 'wtimeout'] as const),
];

interface Problem {
  readonly path: string;
  readonly message: string;
}

/** The workloads of numbers that have something to answer with: see `numbers.ts`. */
const RETURNING = ['monotonic', 'unique-ids'];
export const NUMBERS = ['register', 'counter', ...RETURNING];

/** Workloads that it has no client for with these settings. */
export function lacks(settings: MongoSettings): Readonly<Record<string, string>> {
  const all = (workloads: readonly string[], words: string) =>
    Object.fromEntries(workloads.map((workload) => [workload, words]));
  if (writeConcernOf(settings).w === 0)
    return all(NUMBERS, 'with w: 0 no write is answered: set another database.mongodb.write_concern');
  if (protocolOf(settings) === '2.4')
    return all(RETURNING, 'the model of 2.4 has no findAndModify, which answers with the new value: set version: 7.0');
  return {};
}

/** What the schema cannot say. `simulated`: the models will run, else a real mongod. */
export function problems(
  settings: MongoSettings,
  nodeCount: number,
  simulated = false,
  workload?: WorkloadUse,
): Problem[] {
  const { priorities, read_concern, read_preference } = settings;
  const found: Problem[] = simulated ? simulatedProblems(settings) : realProblems(settings, nodeCount);
  const { w } = writeConcernOf(settings);
  if (typeof w === 'number' && w > nodeCount)
    found.push({ path: 'write_concern', message: `${nodeCount} nodes can never satisfy w: ${w}` });
  if (w === 0 && writeConcernOf(settings).j)
    found.push({ path: 'write_concern', message: 'w: 0 has no answer that could tell of a journal: no j with it' });
  if (read_concern === 'linearizable' && read_preference !== 'primary')
    found.push({ path: 'read_preference', message: 'only a primary answers a read with read_concern: linearizable' });
  if (read_concern === 'linearizable' && workload?.operations.includes('read-node'))
    found.push({
      path: 'read_concern',
      message: 'only a primary answers a linearizable read: set read_from: primary, or read_concern: majority',
    });
  if (priorities !== undefined && priorities.length !== nodeCount)
    found.push({ path: 'priorities', message: `${priorities.length} priorities for ${nodeCount} nodes` });
  if (priorities?.[0] === 0)
    found.push({ path: 'priorities', message: 'the first node begins as primary: its priority cannot be 0' });
  for (const path of DURATIONS) {
    const given = settings[path];
    if (given !== undefined && durationMs(given) < 1) found.push({ path, message: `${path} must be at least 1ms` });
  }
  return found;
}

/** What the models do not know. */
function simulatedProblems(settings: MongoSettings): Problem[] {
  const { version, read_concern, read_preference, heartbeat_frequency } = settings;
  const found: Problem[] = [];
  const protocol = protocolOf(settings);
  if (protocol === undefined)
    found.push({ path: 'version', message: `of version ${version} there is no model: 2.4, or 4.4 and later` });
  if (protocol === '2.4' && read_concern !== 'local')
    found.push({ path: 'read_concern', message: `MongoDB 2.4 knows no read concern "${read_concern}"` });
  if (read_preference !== 'primary')
    found.push({
      path: 'read_preference',
      message: `the simulator reads from the primary only, not ${read_preference}: run it on real nodes (--env lab), or leave it out`,
    });
  if (heartbeat_frequency !== undefined)
    found.push({
      path: 'heartbeat_frequency',
      message: 'the simulator’s clients have no heartbeats: run it on real nodes (--env lab), or leave it out',
    });
  return found;
}

/** MongoDB’s own limit; its replica sets have at most 50 members, of which 7 vote. */
const VOTERS_MAX = 7;
/** MongoDB keeps it as a number of 32 bits. */
const DURATION_MS_MAX = 2 ** 31 - 1;
const JOURNAL_INTERVAL_MS_MAX = 500;
/** The driver’s least (minHeartbeatFrequencyMS). */
const HEARTBEAT_FREQUENCY_MS_MIN = 500;

/** What a real mongod, or the driver, does not take. */
function realProblems(settings: MongoSettings, nodeCount: number): Problem[] {
  const { version, install, heartbeat_timeout, heartbeat_frequency, journal_commit_interval } = settings;
  const found: Problem[] = [];
  if (protocolOf(settings) !== 'current')
    found.push({
      path: 'version',
      message: `MongoDB ${version} does not run on real nodes: the driver speaks with ${OLDEST} and later${
        protocolOf(settings) === '2.4' ? '; 2.4 can be simulated: --env sim' : ''
      }`,
    });
  if (install === 'download' && version !== undefined && !/^\d+\.\d+\.\d+$/.test(String(version)))
    found.push({ path: 'version', message: 'install: download needs the whole version, such as "7.0.14" (in quotes)' });
  if (nodeCount > VOTERS_MAX)
    found.push({ path: '', message: `a replica set has at most ${VOTERS_MAX} members that vote, not ${nodeCount}` });
  for (const path of DURATIONS) {
    const ms = durationMs(settings[path] ?? '1ms');
    if (!Number.isInteger(ms) || ms > DURATION_MS_MAX)
      found.push({ path, message: `${path} is a whole number of milliseconds to MongoDB, 24 days at most` });
  }
  if (durationMs(heartbeat_timeout) % 1000 !== 0)
    found.push({ path: 'heartbeat_timeout', message: 'heartbeat_timeout is a whole number of seconds to MongoDB' });
  if (durationMs(journal_commit_interval) > JOURNAL_INTERVAL_MS_MAX)
    found.push({
      path: 'journal_commit_interval',
      message: 'MongoDB takes a journal_commit_interval of 500ms at most',
    });
  if (heartbeat_frequency !== undefined && durationMs(heartbeat_frequency) < HEARTBEAT_FREQUENCY_MS_MIN)
    found.push({ path: 'heartbeat_frequency', message: 'heartbeat_frequency must be at least 500ms' });
  return found;
}

/** The oldest version that the driver speaks with (its MIN_SUPPORTED_SERVER_VERSION), and that the current model is of. */
export const OLDEST = '4.4';

/** A version as text: 7.0 is the number 7 once YAML has been read. Undefined where any will do. */
export function versionOf({ version }: Pick<MongoSettings, 'version'>): string | undefined {
  return typeof version === 'number' && Number.isInteger(version) ? `${version}.0` : version?.toString();
}

/** Which of the two protocols a version speaks, without one the current; undefined where neither does. */
export function protocolOf(settings: Pick<MongoSettings, 'version'>): '2.4' | 'current' | undefined {
  const [major = 0, minor = 0] = (versionOf(settings) ?? OLDEST).split('.').map(Number);
  if (major === 2 && minor === 4) return '2.4';
  return major > 4 || (major === 4 && minor >= 4) ? 'current' : undefined;
}

/** The write concern as MongoDB has it. */
export function writeConcernOf({ write_concern }: Pick<MongoSettings, 'write_concern'>): {
  readonly w: number | 'majority';
  readonly j: boolean;
} {
  if (typeof write_concern === 'number') return { w: write_concern, j: false };
  return typeof write_concern === 'string' ? WRITE_CONCERNS[write_concern] : write_concern;
}

/** How many nodes, of so many, must have a write before it is acknowledged, and whether in their journal. */
export function concernOf(
  settings: Pick<MongoSettings, 'write_concern'>,
  nodeCount: number,
): { readonly w: number; readonly majority: boolean; readonly journal: boolean } {
  const { w, j: journal } = writeConcernOf(settings);
  return { w: w === 'majority' ? Math.floor(nodeCount / 2) + 1 : w, majority: w === 'majority', journal };
}
