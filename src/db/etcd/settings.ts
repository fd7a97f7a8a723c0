import Type from 'typebox';
import { durationMs } from '../../base/units.ts';
import { Duration, type Settings } from '../../contract/index.ts';
import { InstalledVersion } from '../version.ts';

/** etcd's own names, in snake case; what a client decides has names of etcd's Go client. */
export const settings = Type.Object(
  {
    version: InstalledVersion(['3', '3.4', '3.4.23']),
    heartbeat_interval: Duration({
      description: 'How often the leader tells the others that it is there (--heartbeat-interval).',
      default: '100ms',
      examples: ['100ms'],
    }),
    election_timeout: Duration({
      description:
        'How long a member hears no leader before it stands for election, up to twice that (--election-timeout).',
      default: '1s',
      examples: ['1s', '3s'],
    }),
    snapshot_count: Type.Integer({
      description:
        'After so many entries a member takes a snapshot and cuts its log; a restart reads both (--snapshot-count).',
      minimum: 1,
      maximum: 1_000_000_000,
      default: 100_000,
      examples: [500],
    }),
    pre_vote: Type.Boolean({
      description:
        'A member asks whether it would win before it stands for election, so that one that was cut off does not unseat a leader when it comes back (--pre-vote).',
      default: false,
      examples: [true],
    }),
    reads: Type.Enum(['linearizable', 'serializable'], {
      description:
        'linearizable: a read waits until its member is as far as the leader was when it began; serializable: it is what that member has, however old.',
      default: 'linearizable',
      examples: ['serializable'],
    }),
    endpoints: Type.Enum(['home', 'all'], {
      description:
        'home: a client talks to the member of its home node only; all: it begins there, and after an error its next operation goes to the next member.',
      default: 'home',
      examples: ['all'],
    }),
    require_leader: Type.Boolean({
      description:
        'A member that knows of no leader refuses at once (WithRequireLeader): fail, for nothing happened. Else it lets its clients wait, and few of them learn what became of their writes.',
      default: false,
      examples: [true],
    }),
    connect_timeout: Duration({
      description:
        'How long a client waits for a connection before its operation has failed: nothing was sent. It should be shorter than the workload’s timeout.',
      default: '500ms',
      examples: ['500ms'],
    }),
    request_timeout: Duration({
      description:
        'How long a client waits for an answer, connecting included. It should be shorter than the workload’s timeout; etcd itself gives up after five seconds and two election timeouts.',
      default: '2s',
      examples: ['2s', '8s'],
    }),
  },
  { additionalProperties: false },
);

export type EtcdSettings = Settings<typeof settings>;

/** No run waits longer; Node's timers end some way beyond. */
const DAY_MS = 86_400_000;
/** embed/config.go: maxElectionMs. */
const ELECTION_MS_MAX = 50_000;

/** What the schema cannot say, and etcd would refuse at its start (embed/config.go, Validate). */
export function problems(settings: EtcdSettings): { path: string; message: string }[] {
  const found: { path: string; message: string }[] = [];
  for (const path of ['connect_timeout', 'request_timeout'] as const)
    if (durationMs(settings[path]) < 1 || durationMs(settings[path]) > DAY_MS)
      found.push({ path, message: `${path} must be at least 1ms, and at most 24h` });
  for (const path of ['heartbeat_interval', 'election_timeout'] as const)
    if (durationMs(settings[path]) < 1 || !Number.isInteger(durationMs(settings[path])))
      found.push({ path, message: `${path} must be a whole number of milliseconds, at least 1ms` });
  const [heartbeatMs, electionMs] = [durationMs(settings.heartbeat_interval), durationMs(settings.election_timeout)];
  if (electionMs > ELECTION_MS_MAX)
    found.push({ path: 'election_timeout', message: 'etcd takes an election_timeout of at most 50s' });
  if (electionMs < 5 * heartbeatMs) {
    const message = `etcd needs an election_timeout of at least five times the heartbeat_interval (${settings.heartbeat_interval})`;
    found.push({ path: 'election_timeout', message });
  }
  return found;
}
