/**
 * The protocol in examples/own-model: that the plan finds its bug, that the corrected twin loses nothing whatever happens to it, and
 * that both say truly who has what. A longer run: FUZZ=2000 (runs; each takes about a tenth of a second).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeRng, pick, type Rng, shuffle } from '../../src/base/rng.ts';
import type { AnyDatabase } from '../../src/contract/index.ts';
import { type LookedInto, simulateLookedInto } from '../db/contents.ts';

const FOLDER = '../../examples/own-model';
const { ownStore } = (await import(`${FOLDER}/own-store.mjs`)) as { ownStore: AnyDatabase };
const RUNS = Number(process.env.FUZZ ?? 100);
const SECONDS = 8;
const RATE = 20;

/** The modules that the plan names are here already. */
function run(plan: string | object, seed: number, everyMs: number): Promise<LookedInto> {
  return simulateLookedInto(plan, seed, [], { everyMs, modules: [ownStore] });
}

function planAt(file: string): string {
  return readFileSync(new URL(`${FOLDER}/${file}`, import.meta.url), 'utf8');
}

describe.each([1, 2, 3])('seed %i', (seed) => {
  test('acknowledged before replication, a write is lost, and the trace has who threw it away', async () => {
    const { error, valid, lost, differences, trace } = await run(planAt('plan.yaml'), seed, 50);
    expect(error).toBeUndefined();
    expect(valid).toBe(false);
    expect(lost.length).toBeGreaterThan(100);
    expect(differences).toEqual([]);
    const thrown = new Set(trace.flatMap(({ what, elements = [] }) => (what === 'rollback' ? elements : [])));
    expect(lost.filter((element) => !thrown.has(element))).toEqual([]);
  });

  test('acknowledged by a majority, none is', async () => {
    const { error, valid, lost, differences, acknowledged } = await run(planAt('corrected.yaml'), seed, 50);
    expect(error).toBeUndefined();
    expect(valid).toBe(true);
    expect(lost).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(900);
    expect(differences).toEqual([]);
  });
});

test('the corrected twin loses nothing that it has acknowledged, whatever happens', async () => {
  let [acknowledged, rolledBack, elected] = [0, 0, 0];
  for (let number = 1; number <= RUNS; number++) {
    const plan = planOf(number);
    const { error, results, differences, trace, ...outcome } = await run(plan, number, 50);
    const told = `run ${number}: ${JSON.stringify(plan)}`;
    expect(error, told).toBeUndefined();
    expect(results.checkers.set, told).toMatchObject({ lost: 0, failed_but_present: 0, unexpected: 0, duplicated: 0 });
    expect(differences, told).toEqual([]);
    acknowledged += outcome.acknowledged.length;
    rolledBack += trace.filter(({ what, elements = [] }) => what === 'rollback' && elements.length > 0).length;
    elected += trace.filter(({ what }) => what === 'elected').length;
  }
  // That there was something to be lost.
  expect(acknowledged).toBeGreaterThan(100 * RUNS);
  expect(rolledBack).toBeGreaterThan(RUNS / 4);
  expect(elected).toBeGreaterThan(2 * RUNS);
});

/** A plan of chance; the same for the same number. */
function planOf(number: number): object {
  const rng = makeRng(number).fork('fuzz');
  const names = Array.from({ length: pick(rng, [3, 3, 4, 5, 5]) }, (_, index) => `n${index + 1}`);
  // Of one kind at a time; processes die under a cut, too.
  const faults = [cutOf, stopOf].flatMap((faultOf) => {
    const some: object[] = [];
    for (let at = rng.int(1, 3); at < SECONDS - 2; at += rng.int(1, 2)) {
      const length = rng.int(1, 3);
      some.push({ at: `${at}s`, for: `${length}s`, ...faultOf(names, rng) });
      at += length;
    }
    return some;
  });
  return {
    plan: 1,
    nodes: names.length,
    environment: {
      sim: {
        kill: pick(rng, ['process', 'machine']),
        loss: pick(rng, ['0%', '0%', '2%']),
        reorder: pick(rng, ['0%', '1%']),
        latency: pick(rng, ['0.2ms', '5ms', '40ms']),
        disk_fsync: pick(rng, ['4ms', '60ms']),
        clock_drift_ppm: pick(rng, [0, 20_000]),
      },
    },
    database: { 'own-store': { acknowledge: 'majority' } },
    workload: {
      clients: { count: pick(rng, [2, 5]), attach: pick(rng, ['home', 'outside']) },
      rate: `${RATE}/s`,
      timeout: '1s',
      set: { writes: SECONDS * RATE },
    },
    faults,
    settle: '6s',
    ready: '1m',
  };
}

function cutOf(names: readonly string[], rng: Rng): object {
  const order = shuffle(rng, names);
  const at = rng.int(1, names.length - 1);
  const bridge = rng.int(1, names.length - 2);
  const [one, two] = order as [string, string];
  return pick<object>(rng, [
    { partition: [order.slice(0, at), order.slice(at)] },
    { partition: [order.slice(0, bridge + 1), order.slice(bridge)] },
    { partition: { from: [one], to: [two] } },
    { partition: { from: order.slice(0, at), to: order.slice(at) } },
    { partition: 'primary' },
  ]);
}

function stopOf(_names: readonly string[], rng: Rng): object {
  return pick<object>(rng, [
    { kill: pick(rng, ['primary', 'minority', 'majority', 'all']) },
    { kill: 'primary' },
    { pause: pick(rng, ['primary', 'minority', 'majority']) },
  ]);
}
