import Type from 'typebox';
import { durationMs } from '../../base/units.ts';
import { Duration, type Settings } from '../../contract/index.ts';

/** The write concerns by the names of the 2013 drivers (Java: WriteConcern.SAFE, ...). */
export const WRITE_CONCERNS = {
  unsafe: { w: 0, journal: false },
  safe: { w: 1, journal: false },
  fsync_safe: { w: 1, journal: true },
  journal_safe: { w: 1, journal: true },
  replicas_safe: { w: 2, journal: false },
  majority: { w: 'majority', journal: false },
} as const;

const timing = (description: string, usual: string, example: string) =>
  Duration({ description, default: usual, examples: [example] });

/** MongoDB's own names, in snake case. */
export const settings = Type.Object(
  {
    version: Type.Union([Type.String({ pattern: '^\\d+(\\.\\d+){0,2}$' }), Type.Number()], {
      description:
        'The version: 2.4 replicates and elects as the article saw it; from 4.4 on the current protocol (terms, majority commit point).',
      expected: 'a version such as 2.4.1 or 7.0',
      default: '7.0',
      examples: ['2.4.1', 7.0],
    }),
    write_concern: Type.Union(
      [Type.Enum(Object.keys(WRITE_CONCERNS) as (keyof typeof WRITE_CONCERNS)[]), Type.Integer({ minimum: 0 })],
      {
        description:
          'What must have a write before it is acknowledged. unsafe: nobody (w: 0); safe: the primary (w: 1); fsync_safe, journal_safe: its journal (j: true); replicas_safe: two nodes (w: 2); majority; or a number of nodes.',
        expected: `one of ${Object.keys(WRITE_CONCERNS).join(', ')}, or a number of nodes`,
        default: 'majority',
        examples: ['majority', 'safe', 2],
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
        'What a read of the whole set returns: what the primary has, what a majority has, or that and everything acknowledged before it. 2.4 knows local only.',
      default: 'local',
      examples: ['majority'],
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
    connect_timeout: timing('How long a client waits for a connection, and for who is primary.', '500ms', '200ms'),
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
  ...(['connect_timeout', 'server_selection_timeout', 'wtimeout'] as const),
];

/** What the schema cannot say. */
export function problems(settings: MongoSettings, nodeCount: number): { path: string; message: string }[] {
  const { write_concern, priorities, read_concern } = settings;
  const found: { path: string; message: string }[] = [];
  const protocol = protocolOf(settings);
  if (protocol === undefined)
    found.push({ path: 'version', message: `of version ${settings.version} there is no model: 2.4, or 4.4 and later` });
  if (protocol === '2.4' && read_concern !== 'local')
    found.push({ path: 'read_concern', message: `MongoDB 2.4 knows no read concern "${read_concern}"` });
  if (typeof write_concern === 'number' && write_concern > nodeCount)
    found.push({ path: 'write_concern', message: `${nodeCount} nodes can never satisfy w: ${write_concern}` });
  if (write_concern === 'replicas_safe' && nodeCount < 2)
    found.push({ path: 'write_concern', message: 'replicas_safe (w: 2) needs two nodes' });
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

/** Which of the two protocols a version speaks; undefined where there is no model of it. */
export function protocolOf({ version }: MongoSettings): '2.4' | 'current' | undefined {
  const [major = 0, minor = 0] = String(version).split('.').map(Number);
  if (major === 2 && minor === 4) return '2.4';
  return major > 4 || (major === 4 && minor >= 4) ? 'current' : undefined;
}

/** How many nodes, of so many, must have a write before it is acknowledged, and whether in their journal. */
export function concernOf(
  { write_concern }: MongoSettings,
  nodeCount: number,
): { readonly w: number; readonly majority: boolean; readonly journal: boolean } {
  if (typeof write_concern === 'number') return { w: write_concern, majority: false, journal: false };
  const { w, journal } = WRITE_CONCERNS[write_concern];
  const majority = w === 'majority';
  return { w: majority ? Math.floor(nodeCount / 2) + 1 : w, majority, journal };
}
