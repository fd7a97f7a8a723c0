/**
 * Random faults against the current protocol: whatever is cut, killed or stopped, no acknowledged majority write is lost,
 * none that failed is there, and no invariant breaks. A longer run: FUZZ=1000 (runs; each takes about half a second).
 */
import { expect, test } from 'vitest';
import { makeRng, pick, type Rng, shuffle } from '../../../../src/base/rng.ts';
import { simulateText } from '../../simulate.ts';

const RUNS = Number(process.env.FUZZ ?? 10);
const SECONDS = 20;

/** A plan of chance; the same for the same number. */
function planOf(number: number): object {
  const rng = makeRng(number).fork('fuzz');
  const nodes = pick(rng, [3, 3, 4, 5, 5, 7]);
  const names = Array.from({ length: nodes }, (_, index) => `n${index + 1}`);
  const faults: object[] = [];
  for (let at = 2; at < SECONDS - 4; ) {
    const length = rng.int(1, 6);
    faults.push({ at: `${at}s`, for: `${length}s`, ...faultOf(names, rng) });
    at += length + rng.int(1, 2);
  }
  const some = (part: number) => rng.int(1, 100) <= part;
  const concern = pick(rng, ['local', 'majority', 'linearizable']);
  return {
    plan: 1,
    nodes,
    environment: {
      sim: {
        kill: pick(rng, ['process', 'machine']),
        loss: pick(rng, ['0%', '0%', '2%']),
        reorder: pick(rng, ['0%', '1%']),
        latency: pick(rng, ['0.2ms', '5ms']),
        clock_offset: pick(rng, ['0ms', '10s']),
        clock_drift_ppm: pick(rng, [0, 20_000]),
      },
    },
    database: {
      mongodb: {
        version: '7.0',
        write_concern: 'majority',
        read_concern: concern,
        heartbeat_interval: pick(rng, ['500ms', '2s']),
        heartbeat_timeout: pick(rng, ['2s', '10s']),
        election_timeout: pick(rng, ['1s', '2s', '5s']),
        journal_commit_interval: pick(rng, ['10ms', '300ms']),
        chaining: some(75),
        retryable_writes: some(60),
        ...(some(30) ? { priorities: names.map((_, index) => rng.int(index === 0 ? 1 : 0, 3)) } : {}),
      },
    },
    workload: {
      clients: { count: pick(rng, [1, 5, 15]), attach: pick(rng, ['home', 'outside']) },
      rate: '40/s',
      timeout: pick(rng, ['1s', '5s']),
      // Only a primary answers a linearizable read.
      set: { writes: SECONDS * 40, read_from: concern === 'linearizable' ? 'primary' : 'every-node' },
    },
    faults,
    settle: '15s',
    ready: '1m',
  };
}

function faultOf(names: readonly string[], rng: Rng): object {
  const order = shuffle(rng, names);
  const at = rng.int(1, names.length - 1);
  const [one, two] = order as [string, string];
  switch (rng.int(0, 7)) {
    case 0:
      return { partition: [order.slice(0, at), order.slice(at)] };
    case 1: {
      // One node is on both sides: a bridge.
      const bridge = rng.int(1, names.length - 2);
      return { partition: [order.slice(0, bridge + 1), order.slice(bridge)] };
    }
    case 2:
      return { partition: { from: [one], to: [two] } };
    case 3:
      return { partition: { from: order.slice(0, at), to: order.slice(at) } };
    case 4:
      return { partition: 'primary' };
    case 5:
      return { kill: pick(rng, ['primary', 'minority', 'majority', one]) };
    case 6:
      return { pause: pick(rng, ['primary', 'minority', one]) };
    default:
      return { kill: 'primary' };
  }
}

test(
  'nothing acknowledged is lost, whatever happens',
  async () => {
    for (let number = 1; number <= RUNS; number++) {
      const plan = planOf(number);
      const { error, results } = await simulateText(JSON.stringify(plan), number);
      const told = `run ${number}: ${JSON.stringify(plan)}`;
      expect(error, told).toBeUndefined();
      expect(results.checkers.set, told).toMatchObject({
        lost: 0,
        failed_but_present: 0,
        unexpected: 0,
        duplicated: 0,
      });
    }
  },
  20_000 + 10_000 * RUNS,
);

/**
 * n2 does not hear n1, the primary, and is elected by n3 and n4, which go on replicating from n1 for a while: n1 must not
 * call committed what they have taken from it since.
 */
test.each([1, 2, 3])('voters do not go on counting for the old primary, seed %i', async (seed) => {
  const plan = {
    plan: 1,
    nodes: 4,
    environment: 'sim',
    database: { mongodb: { version: '7.0', election_timeout: '5s', heartbeat_timeout: '2s' } },
    workload: { clients: 5, rate: '40/s', timeout: '1s', set: { writes: 1200 } },
    faults: [{ at: '3s', for: '16s', partition: { from: ['n1'], to: ['n2'] } }],
    settle: '10s',
  };
  const { error, lost, valid } = await simulateText(JSON.stringify(plan), seed);
  expect(error).toBeUndefined();
  expect(lost).toEqual([]);
  expect(valid).toBe(true);
});
