/**
 * Random faults: whatever is cut, killed or paused, nothing that was acknowledged is lost with synchronous_commit on, nothing
 * that failed or was verified not to be is there, and the trace says at every moment what the server has. A longer run:
 * FUZZ=1000 (runs; each takes about a tenth of a second).
 */
import { expect, test } from 'vitest';
import { makeRng, pick, type Rng } from '../../../../src/base/rng.ts';
import { simulateLookedInto } from '../../contents.ts';

const RUNS = Number(process.env.FUZZ ?? 12);
const SECONDS = 12;

/** A plan of chance; the same for the same number. */
function planOf(number: number) {
  const rng = makeRng(number).fork('fuzz');
  const rate = pick(rng, [40, 80]);
  const faults: object[] = [];
  for (let atMs = 500; atMs < SECONDS * 1_000 - 3_000; ) {
    const lengthMs = pick(rng, [100, 700, 1_300, 3_000]);
    faults.push({ at: `${atMs}ms`, for: `${lengthMs}ms`, ...faultOf(rng) });
    atMs += lengthMs + rng.int(20, 1_500);
  }
  return {
    plan: 1,
    nodes: 3,
    environment: {
      sim: {
        kill: pick(rng, ['process', 'machine']),
        loss: pick(rng, ['0%', '0%', '3%']),
        reorder: pick(rng, ['0%', '1%']),
        duplicate: pick(rng, ['0%', '1%']),
        latency: pick(rng, ['0.2ms', '5ms']),
        disk_fsync: pick(rng, ['0.2ms', '4ms', '30ms']),
        clock_drift_ppm: pick(rng, [0, 20_000]),
      },
    },
    database: {
      postgres: {
        synchronous_commit: pick(rng, ['on', 'on', 'off']),
        wal_writer_delay: pick(rng, ['10ms', '200ms']),
        commit_delay: pick(rng, ['0ms', '10ms']),
        commit_siblings: pick(rng, [0, 1, 5]),
        // At least one for each client, or some are never let in; but those that are cut off keep theirs for a while.
        max_connections: pick(rng, [8, 100]),
        connect_timeout: pick(rng, ['300ms', '1s']),
        socket_timeout: pick(rng, ['100ms', '1s']),
      },
    },
    workload: {
      clients: { count: pick(rng, [1, 5, 8]) },
      rate: `${rate}/s`,
      // Sometimes the workload gives up before the client does.
      timeout: pick(rng, ['700ms', '5s']),
      set: { writes: SECONDS * rate, on_unknown: pick(rng, ['leave', 'retry', 'verify', 'verify']) },
    },
    faults,
    settle: '8s',
    require: { during: 0, before: 0 },
  };
}

function faultOf(rng: Rng): object {
  switch (rng.int(0, 6)) {
    case 0:
    case 1:
      return { partition: [['n1'], ['clients']] };
    case 2:
      return { partition: { from: ['clients'], to: ['n1'] } };
    case 3:
      return { partition: { from: ['n1'], to: ['clients'] } };
    case 4:
      return { pause: pick(rng, ['n1', 'primary', 'all']) };
    default:
      return { kill: pick(rng, ['n1', 'n1', 'all']) };
  }
}

test('what was acknowledged is there, what is said not to have happened is not, and the trace says who has what', async () => {
  const met = { lost: 0, unknown: 0, refuted: 0, fenced: 0 };
  for (let number = 1; number <= RUNS; number++) {
    const plan = planOf(number);
    const { database, workload } = plan;
    const { error, results, differences, samples, history, trace, lost } = await simulateLookedInto(plan, number, [], {
      everyMs: 30,
    });
    const told = `run ${number}: ${JSON.stringify(plan)}`;
    expect(error, told).toBeUndefined();
    expect(differences, told).toEqual([]);
    expect(samples, told).toBeGreaterThan(300);
    expect(results.checkers.set, told).toMatchObject({ failed_but_present: 0, unexpected: 0, duplicated: 0 });
    if (database.postgres.synchronous_commit === 'on') expect(results.checkers.set, told).toMatchObject({ lost: 0 });
    if (workload.set.on_unknown !== 'leave') expect(results.checkers.set, told).toMatchObject({ unknown: 0 });
    met.lost += lost.length;
    met.unknown += history.filter(({ f, type }) => f === 'add' && type === 'info').length;
    met.refuted += history.filter(
      ({ f, type, value }) => f === 'verify' && type === 'ok' && !(value as unknown[])[1],
    ).length;
    met.fenced += trace.filter(({ what, words }) => what === 'conflict' && words.includes('a fence is there')).length;
  }
  // The runs have met what they are to meet.
  for (const count of Object.values(met)) expect(count, JSON.stringify(met)).toBeGreaterThan(0);
});
