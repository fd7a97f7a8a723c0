import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeRng } from '../../src/base/rng.ts';
import { makeRegistry } from '../../src/cli/registry.ts';
import { parsePlan } from '../../src/plan/index.ts';
import { begins } from '../../src/timeline/compile.ts';
import { compile, renderTimeline, type Timeline } from '../../src/timeline/index.ts';

const registry = makeRegistry();

function timelineOf(text: string, seed?: number): Timeline {
  const { plan, problems } = parsePlan(
    { file: 'test.yaml', bytes: Buffer.from(text) },
    registry,
    seed === undefined ? {} : { seed },
  );
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return compile(plan, registry);
}

const PLAN = `
plan: 1
name: test
environment: lab
database: { redis: {} }
workload: { rate: 100/s, set: { writes: 2000 } }
faults:
  - { at: 5s, for: 5s, partition: minority }
  - { every: 4s, for: 1s, from: 1s, jitter: 500ms, mix: [ { kill: one }, { pause: one } ] }
`;

describe('compile', () => {
  it('gives the same bytes for the same plan and seed, others for another seed', () => {
    const bytes = (seed: number) => JSON.stringify(timelineOf(PLAN, seed));
    expect(bytes(7)).toBe(bytes(7));
    expect(bytes(7)).not.toBe(bytes(8));
  });

  it('resolves everything random: names are left, and what only the run can know', () => {
    const timeline = timelineOf(PLAN);
    const text = JSON.stringify(timeline.steps);
    expect(text).not.toMatch(/"(one|minority|majority)"/);
    const kinds = new Set(timeline.steps.flatMap((step) => (step.do === 'inject' ? [step.nemesis] : [])));
    expect([...kinds].sort()).toEqual(['kill', 'partition', 'pause']);
  });

  it('names faults in the order of their begin; ends come before begins at one moment', () => {
    const timeline = timelineOf(`
plan: 1
name: test
environment: lab
database: { redis: {} }
workload: { rate: 100/s, set: { writes: 2000 } }
faults:
  - { at: 8s, for: 2s, partition: [[n1], [n2, n3, n4, n5]] }
  - { at: 4s, for: 4s, partition: [[n1, n2], [n3, n4, n5]] }
`);
    const walked = timeline.steps.flatMap((step) =>
      step.do === 'inject' || step.do === 'undo' ? [[step.atMs, step.do, step.fault, step.place.line]] : [],
    );
    expect(walked).toEqual([
      [4000, 'inject', 'f1', 9],
      [8000, 'undo', 'f1', 9],
      [8000, 'inject', 'f2', 8],
      [10_000, 'undo', 'f2', 8],
    ]);
  });

  it('leaves what would end after the workload to the heal', () => {
    const timeline = timelineOf(PLAN.replace(/ {2}- \{ every.*/, '  - { at: 18s, for: 5s, kill: one }'));
    const walked = timeline.steps.flatMap((step) => (step.do === 'inject' || step.do === 'undo' ? [step.do] : []));
    expect(walked).toEqual(['inject', 'undo', 'inject']);
  });

  it('puts client i at home on node i mod n', () => {
    const timeline = timelineOf(PLAN.replace('rate:', 'clients: 7, rate:'));
    expect(timeline.clients.map(({ home }) => home)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'n1', 'n2']);
  });

  it('draws the same for one fault whatever other faults are added after it', () => {
    const first = timelineOf(PLAN).steps.find((step) => step.do === 'inject' && step.nemesis === 'partition');
    const alone = timelineOf(PLAN.replace(/ {2}- \{ every.*/, '')).steps.find((step) => step.do === 'inject');
    expect(alone).toMatchObject({ action: (first as { action: unknown }).action });
  });
});

describe('a repeated fault', () => {
  const every = { kind: 'every', everyMs: 4000, fromMs: 1000, jitterMs: 0 } as const;
  it('begins every so often, until the end of the workload or its own', () => {
    expect(begins(every, 20_000, makeRng(1))).toEqual([1000, 5000, 9000, 13_000, 17_000]);
    expect(begins({ ...every, untilMs: 9000 }, 20_000, makeRng(1))).toEqual([1000, 5000]);
    expect(begins({ ...every, untilMs: 9001 }, null, makeRng(1))).toEqual([1000, 5000, 9000]);
  });
  it('moves by its jitter, both ways, and never before the start', () => {
    const times = begins({ ...every, fromMs: 0, jitterMs: 500 }, 400_000, makeRng(1));
    const moved = times.map((time, turn) => time - turn * 4000);
    expect(Math.min(...moved)).toBeLessThan(-300);
    expect(Math.max(...moved)).toBeGreaterThan(300);
    expect(Math.max(...moved.map(Math.abs))).toBeLessThanOrEqual(500);
    expect(times[0]).toBeGreaterThanOrEqual(0);
  });
});

/** Everything that a reviewer may meet: a mix, symbolic nodes, one direction, a fault without an end. */
const BUSY = `
plan: 1
name: busy
environment: lab
database: { redis: {} }
workload: { clients: { count: 7, attach: home }, rate: 100/s, set: { writes: 3000 } }
faults:
  - every: 6s
    for: 2s
    jitter: 500ms
    mix: [{ kill: one }, { pause: primary }, { partition: primary }, { partition: { from: n1, to: [n2, clients] } }]
  - { at: 4s, for: 10s, noop: }
  - { at: 12345ms, pause: [n1, secondaries] }
`;

const CROWDED = `
plan: 1
name: crowded
environment: lab
nodes: 99
database: { redis: { sentinel: false } }
workload: { clients: 1000, set: { writes: 100000 } }
faults:
  - { at: 0s, for: 5s, kill: majority }
  - { every: 10s, for: 5s, until: 25s, partition: minority }
`;

describe('the rendered timeline', () => {
  it.each([
    ['busy', BUSY, []],
    ['crowded', CROWDED, []],
    ['changed', BUSY, ['faults=[{ at: 1s, for: 6s, kill: n1 }]', 'database.redis.wait=2']],
  ])('of the plan %s', async (name, text, set) => {
    const { plan } = parsePlan({ file: `${name}.yaml`, bytes: Buffer.from(text) }, registry, { set });
    if (plan === undefined) throw new Error(`${name} is refused`);
    const rendered = renderTimeline(compile(plan, registry));
    await expect(rendered).toMatchFileSnapshot(`../fixtures/timelines/${name}.txt`);
    expect(Math.max(...rendered.split('\n').map((line) => line.length))).toBeLessThan(130);
  });

  it.each(readdirSync('plans'))('of plans/%s', async (name) => {
    const file = `plans/${name}`;
    const { plan } = parsePlan({ file, bytes: readFileSync(file) }, registry);
    if (plan === undefined) throw new Error(`${file} is refused`);
    await expect(renderTimeline(compile(plan, registry))).toMatchFileSnapshot(`../fixtures/timelines/${name}.txt`);
  });
});
