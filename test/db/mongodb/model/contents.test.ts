/** The trace says at every moment which elements each mongod has: writes, replication, rollbacks, starts, and kills. */
import { describe, expect, test } from 'vitest';
import type { TraceEntry } from '../../../../src/contract/index.ts';
import { type LookedInto, simulateLookedInto } from '../../contents.ts';
import { simulate } from '../../simulate.ts';

/** n1 is cut off with its clients long enough to be replaced and to roll back; then members are killed and stopped. */
const PLAN = {
  plan: 1,
  nodes: 5,
  environment: { sim: { kill: 'process' } },
  database: { mongodb: { version: '2.4.1', write_concern: 'safe', heartbeat_timeout: '4s' } },
  workload: { clients: 5, rate: '10/s', timeout: '5s', set: { writes: 600 } },
  faults: [
    {
      at: '3s',
      for: '20s',
      partition: [
        ['n1', 'n2'],
        ['n3', 'n4', 'n5'],
      ],
    },
    { at: '8s', for: '4s', kill: ['n4'] },
    { at: '32s', for: '2s', kill: 'primary' },
    { at: '40s', for: '6s', pause: 'primary' },
    { at: '52s', for: '3s', kill: 'minority' },
  ],
  settle: '15s',
};

const OFTEN = { everyMs: 20 };
const concern = (name: string) => `database.mongodb.write_concern=${name}`;
const CURRENT = ['database.mongodb.version=7.0', 'database.mongodb.election_timeout=5s'];

function expectTold({ error, differences, samples, seen, trace }: LookedInto): void {
  expect(error).toBeUndefined();
  expect(differences).toEqual([]);
  expect(samples).toBeGreaterThan(2_000);
  expect(seen).toBeGreaterThan(100_000);
  const kinds = new Set(trace.filter(({ change }) => change !== undefined).map(({ what }) => what));
  for (const kind of ['write', 'replicate', 'rollback', 'killed', 'recover']) expect(kinds).toContain(kind);
}

/** Nobody was told, not even the client: what no member ever had must be in the trace by name. */
test.each([1, 2, 3, 4])('an acknowledged write that never came to anybody is told of, seed %i', async (seed) => {
  const { acknowledged, trace } = await simulate('plans/mongo-unsafe.yaml', seed);
  const named = (of: (entry: TraceEntry) => boolean) =>
    new Set(trace.filter(of).flatMap(({ elements = [] }) => elements));
  const gained = named(({ change }) => change === 'gained');
  const gone = named(({ what }) => what === 'send-lost' || what === 'not-primary');
  const never = acknowledged.filter((element) => !gained.has(element));
  expect(never.length).toBeGreaterThan(0);
  expect(never.filter((element) => !gone.has(element))).toEqual([]);
});

describe.each(['process', 'machine'])('with a kill of the %s', (kill) => {
  const set = [`environment.sim.kill=${kill}`];

  test.each(['unsafe', 'safe', 'journal_safe', 'replicas_safe', 'majority'])('2.4, %s', async (name) => {
    for (const seed of [1, 2]) expectTold(await simulateLookedInto(PLAN, seed, [...set, concern(name)], OFTEN));
  });

  test.each(['unsafe', 'safe', 'replicas_safe', 'majority'])('7.0, %s', async (name) => {
    for (const seed of [1, 2])
      expectTold(await simulateLookedInto(PLAN, seed, [...set, concern(name), ...CURRENT], OFTEN));
  });
});
