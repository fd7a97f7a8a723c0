import Type from 'typebox';
import { durationMs } from '../../base/units.ts';
import { Duration, type Settings } from '../../contract/index.ts';

/** PostgreSQL's own names; the clients' timeouts are those of its JDBC driver, in snake case. */
export const settings = Type.Object(
  {
    synchronous_commit: Type.Enum(['on', 'off'], {
      description:
        'on: a commit is answered when its log is on the disk. off: at once; the log follows within three times wal_writer_delay, and a crash before that loses the commit.',
      default: 'on',
      examples: ['off'],
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
      description: 'How long a client waits for a connection, its login among it (loginTimeout of the JDBC driver).',
      default: '1s',
      examples: ['500ms'],
    }),
    socket_timeout: Duration({
      description:
        'How long a client waits for an answer before it closes the connection, and knows nothing (socketTimeout of the JDBC driver). It should be shorter than the workload’s timeout.',
      default: '1s',
      examples: ['5s'],
    }),
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

/** What the schema cannot say. */
export function problems(settings: PostgresSettings): { path: string; message: string }[] {
  return Object.entries(RANGES_MS).flatMap(([path, [least, most]]) => {
    const ms = durationMs(settings[path as keyof typeof RANGES_MS]);
    return ms >= least && ms <= most ? [] : [{ path, message: `${path} must be ${least}ms to ${most}ms` }];
  });
}
