import Type from 'typebox';
import { durationMs } from '../../base/units.ts';
import { Duration, type Settings } from '../../contract/index.ts';
import { InstalledVersion } from '../version.ts';
import { readSyncNames } from './sync-names.ts';

/** PostgreSQL's own names; the clients' timeouts are those of its JDBC driver, in snake case. */
export const settings = Type.Object(
  {
    version: InstalledVersion(['15', '15.18', '9.6']),
    standbys: Type.Integer({
      description: 'So many nodes after the first stream from it, as hot standbys. 0: one server, on the first node.',
      minimum: 0,
      maximum: 100,
      default: 0,
      examples: [2],
    }),
    synchronous_commit: Type.Enum(['on', 'off', 'local', 'remote_write', 'remote_apply'], {
      description:
        'When a commit is answered. on: its log is on the disk, of the synchronous standbys, too, where there are any; remote_write, remote_apply: the standbys have written it, or carried it out; local: it is on the own disk; off: at once, the log follows within three times wal_writer_delay, and a crash before that loses the commit.',
      default: 'on',
      examples: ['off', 'remote_apply'],
    }),
    synchronous_standby_names: Type.Optional(
      Type.String({
        description:
          'Standbys that a commit waits for, by the names of their nodes, in PostgreSQL’s own syntax. Default: none.',
        examples: ['FIRST 1 (n2, n3)', 'ANY 1 (n2, n3)'],
      }),
    ),
    isolation: Type.Enum(['read_committed', 'repeatable_read', 'serializable'], {
      description: 'The isolation level of every transaction of the workload (default_transaction_isolation).',
      default: 'read_committed',
      examples: ['serializable'],
    }),
    wal_writer_delay: Duration({
      description: 'How long the WAL writer sleeps between two rounds: 1ms to 10s.',
      default: '200ms',
      examples: ['1s'],
    }),
    commit_delay: Duration({
      description:
        'How long whoever is about to flush the log waits for others to join, where at least commit_siblings others are at work: at most 100ms.',
      default: '0ms',
      examples: ['5ms'],
    }),
    commit_siblings: Type.Integer({
      description: 'So many other transactions must be under way for commit_delay to be worth it.',
      minimum: 0,
      maximum: 1000,
      default: 5,
      examples: [1],
    }),
    max_connections: Type.Integer({
      description: 'So many clients may be connected; those who come later are refused (53300).',
      minimum: 1,
      maximum: 100_000,
      default: 100,
      examples: [3],
    }),
    connect_timeout: Duration({
      description:
        'How long a client waits for a connection, its login among it (loginTimeout of the JDBC driver); where there are standbys, for each server that it tries.',
      default: '1s',
      examples: ['500ms'],
    }),
    socket_timeout: Duration({
      description:
        'How long a client waits for an answer before it closes the connection, and knows nothing (socketTimeout of the JDBC driver). It should be shorter than the workload’s timeout.',
      default: '1s',
      examples: ['5s'],
    }),
    password: Type.Optional(
      Type.String({
        description: 'Password of clients and standbys (scram-sha-256). Default: none is asked for.',
        minLength: 1,
        examples: ['${env:PGPASSWORD}'],
      }),
    ),
  },
  { additionalProperties: false },
);

export type PostgresSettings = Settings<typeof settings>;

/** The least and the most of each duration, as PostgreSQL has them (guc.c); of the timeouts, what makes sense. */
const RANGES_MS = {
  wal_writer_delay: [1, 10_000],
  commit_delay: [0, 100],
  connect_timeout: [1, 3_600_000],
  socket_timeout: [1, 3_600_000],
} as const;

/** What a real server is asked with is of 13: primary_conninfo that is read again, wal_keep_size. */
const OLDEST_MAJOR = 13;

interface Problem {
  readonly path: string;
  readonly message: string;
}

/** What the schema cannot say. */
export function problems(settings: PostgresSettings, nodes: readonly string[], simulated: boolean): Problem[] {
  const ranges = Object.entries(RANGES_MS).flatMap(([path, [least, most]]) => {
    const ms = durationMs(settings[path as keyof typeof RANGES_MS]);
    return ms >= least && ms <= most ? [] : [{ path, message: `${path} must be ${least}ms to ${most}ms` }];
  });
  return [...ranges, ...(simulated ? beyondTheModel(settings) : impossible(settings, nodes))];
}

/** What the model does not know: it is of one server. */
function beyondTheModel({
  version,
  standbys,
  synchronous_commit,
  synchronous_standby_names,
  isolation,
}: PostgresSettings): Problem[] {
  const found: Problem[] = [];
  const refuse = (path: string, what: string) =>
    found.push({ path, message: `${what}; run it on a real server (--env lab)` });
  if (version !== undefined && !/^(9\.[56]|1[0-5])(\.|$)/.test(version))
    refuse('version', `PostgreSQL ${version} cannot be simulated: the model is of 9.5 to 15`);
  if (standbys > 0) refuse('standbys', 'the simulated server has no standbys');
  if (synchronous_commit.startsWith('remote_'))
    refuse('synchronous_commit', `the simulated server has no standbys for ${synchronous_commit} to wait for`);
  if (synchronous_standby_names !== undefined)
    refuse('synchronous_standby_names', 'the simulated server has no standbys to wait for');
  if (isolation !== 'read_committed')
    refuse('isolation', `the simulated server knows read_committed only, not ${isolation}`);
  return found;
}

function impossible(settings: PostgresSettings, nodes: readonly string[]): Problem[] {
  const { version, standbys, synchronous_commit, synchronous_standby_names } = settings;
  const found: Problem[] = [];
  const refuse = (path: string, message: string) => found.push({ path, message });
  if (version !== undefined && Number.parseInt(version, 10) < OLDEST_MAJOR)
    refuse('version', `PostgreSQL ${version} is too old to be run: ${OLDEST_MAJOR} or newer`);
  if (standbys >= nodes.length)
    refuse(
      'standbys',
      `the primary and ${standbys} standbys need ${standbys + 1} nodes, and there are ${nodes.length}`,
    );
  if (synchronous_standby_names !== undefined) {
    const servers = nodes.slice(0, standbys + 1);
    const message = outOfReach(synchronous_standby_names, servers, synchronous_commit);
    if (message !== undefined) refuse('synchronous_standby_names', message);
  } else if (synchronous_commit.startsWith('remote_')) {
    refuse('synchronous_commit', `${synchronous_commit} waits for nobody: set synchronous_standby_names`);
  }
  return found;
}

/** Why no commit could ever be answered, or none would ever wait. The first node may be a standby later. */
function outOfReach(text: string, servers: readonly string[], commit: string): string | undefined {
  const sync = readSyncNames(text);
  if (sync === undefined) return `"${text}" cannot be read: write FIRST 1 (n2, n3), ANY 1 (n2, n3) or n2, n3`;
  const [, ...standbys] = servers;
  const strange = sync.names.find((name) => name !== '*' && !servers.includes(name));
  if (strange !== undefined) {
    const those = standbys.length === 0 ? 'there is none: set "standbys"' : `they are ${standbys.join(', ')}`;
    return `"${strange}" is no standby; ${those}`;
  }
  const able = sync.names.includes('*') ? standbys.length : standbys.filter((name) => sync.names.includes(name)).length;
  if (able < sync.count) return `no commit would ever be answered: it waits for ${sync.count} of ${able} standbys`;
  if (commit === 'off' || commit === 'local') return `synchronous_commit: ${commit} waits for no standby`;
  return undefined;
}

/** Workloads and abilities that are not there with these settings, each with what to do. */
export function lacks({ standbys }: PostgresSettings, simulated: boolean): Readonly<Record<string, string>> {
  if (simulated)
    return {
      append: 'the simulated server has no such tables: run it on a real one, --env lab',
      promote: 'the simulated server has no standbys: run it on real ones, --env lab',
    };
  return standbys > 0 ? {} : { promote: 'there is no standby: set database.postgres.standbys' };
}
