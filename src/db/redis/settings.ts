import Type from 'typebox';
import { durationMs } from '../../base/units.ts';
import { Duration, type Settings } from '../../contract/index.ts';
import { InstalledVersion } from '../version.ts';

/** Redis's and Sentinel's own names, in snake case. */
export const settings = Type.Object(
  {
    version: InstalledVersion(['7', '7.0', '7.0.15']),
    sentinel: Type.Boolean({
      description:
        'Run a Sentinel on every node, which promotes a replica where the primary is gone. A single node runs without.',
      default: true,
      examples: [true],
    }),
    quorum: Type.Optional(
      Type.Integer({
        description: 'How many Sentinels must find the primary down before a failover starts. Default: a majority.',
        minimum: 1,
        examples: [3],
      }),
    ),
    down_after: Duration({
      description: 'How long a server must not answer before a Sentinel takes it for down (down-after-milliseconds).',
      default: '2s',
      examples: ['2s', '5s'],
    }),
    failover_timeout: Duration({
      description: 'How long a failover may take; twice that must pass before the next attempt (failover-timeout).',
      default: '10s',
      examples: ['10s', '3m'],
    }),
    parallel_syncs: Type.Integer({
      description:
        'How many replicas at once a failover turns to the new primary (parallel-syncs). With 1, a replica that is out of reach may keep the others waiting until failover_timeout.',
      minimum: 1,
      maximum: 1_000,
      default: 1,
      examples: [1, 4],
    }),
    min_replicas_to_write: Type.Integer({
      description:
        'A primary that has heard from fewer replicas of late refuses writes (min-replicas-to-write). 0: it never does.',
      minimum: 0,
      default: 0,
      examples: [1],
    }),
    min_replicas_max_lag: Type.Integer({
      description: 'Of late: within this many seconds (min-replicas-max-lag).',
      minimum: 1,
      maximum: 86_400,
      default: 10,
      examples: [10, 2],
    }),
    wait: Type.Integer({
      description: 'WAIT for so many replicas after each write; fewer make its outcome indeterminate. 0: no WAIT.',
      minimum: 0,
      default: 0,
      examples: [2],
    }),
    wait_timeout: Duration({
      description: 'How long WAIT may take; it should be shorter than the workload’s timeout.',
      default: '1s',
      examples: ['500ms'],
    }),
    appendonly: Type.Boolean({
      description: 'Log every write to disk (appendonly). Without it a killed server restarts with its last snapshot.',
      default: false,
      examples: [true],
    }),
    ask_sentinel: Type.Enum(['each-op', 'on-error'], {
      description:
        'When a client asks the Sentinel of its home node who is primary: before each operation, as in the article, or only at first and after an operation that was not ok.',
      default: 'each-op',
      examples: ['on-error'],
    }),
    connect_timeout: Duration({
      description:
        'How long a client waits for a connection, or for a Sentinel’s answer, before its operation has failed: nothing was sent. It should be shorter than the workload’s timeout.',
      default: '500ms',
      examples: ['500ms'],
    }),
    password: Type.Optional(
      Type.String({
        description: 'Password of every server (requirepass, masterauth, auth-pass). Default: none.',
        minLength: 1,
        examples: ['${env:REDIS_PASSWORD}'],
      }),
    ),
  },
  { additionalProperties: false },
);

export type RedisSettings = Settings<typeof settings>;

/** No run waits longer; Node's timers and Redis's numbers end some way beyond. */
const DAY_MS = 86_400_000;

/** What the schema cannot say: durations that must not be nothing, numbers that only fit so many nodes. */
export function problems(
  settings: RedisSettings,
  nodeCount: number,
  simulated = false,
): { path: string; message: string }[] {
  const { version, quorum, min_replicas_to_write, wait } = settings;
  const replicas = nodeCount - 1;
  const found: { path: string; message: string }[] = [];
  for (const path of ['down_after', 'failover_timeout', 'wait_timeout', 'connect_timeout'] as const)
    if (durationMs(settings[path]) < 1 || durationMs(settings[path]) > DAY_MS)
      found.push({ path, message: `${path} must be at least 1ms, and at most 24h` });
  if (simulated && version !== undefined && !/^7(\.0(\.\d+)?)?$/.test(version))
    found.push({ path: 'version', message: `Redis ${version} cannot be simulated: the model is of 7.0` });
  if (quorum !== undefined && quorum > nodeCount)
    found.push({ path: 'quorum', message: `a quorum of ${quorum} is out of reach of ${nodeCount} Sentinels` });
  if (min_replicas_to_write > replicas)
    found.push({
      path: 'min_replicas_to_write',
      message: `with ${replicas} replicas a primary that needs ${min_replicas_to_write} never accepts a write`,
    });
  if (wait > replicas) found.push({ path: 'wait', message: `${replicas} replicas can never satisfy WAIT ${wait}` });
  return found;
}

/** Whether Sentinels run: there is somebody to fail over to. */
export function runsSentinel({ sentinel }: RedisSettings, nodeCount: number): boolean {
  return sentinel && nodeCount > 1;
}
