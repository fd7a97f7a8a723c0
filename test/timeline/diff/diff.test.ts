import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diffTimelines, modulesDiffer } from '../../../src/timeline/diff/index.ts';
import type { Timeline } from '../../../src/timeline/index.ts';
import { changes, diff, edited, PLAN, registry, timelineOf } from './plans.ts';

const plans = readdirSync('plans').map((file) => [file, readFileSync(`plans/${file}`, 'utf8')] as const);

/** All that a timeline means: where it stands in which file, and in which order its checkers are named, means nothing. */
function meaningOf({ file: _, overrides: __, steps, checkers, ...rest }: Timeline): unknown {
  const byName = [...checkers].sort((a, b) => (a.name < b.name ? -1 : 1));
  return sorted({ ...rest, checkers: byName, steps: steps.map(({ place: _place, ...step }) => step) });
}

/** With the keys of all maps in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

describe('no change', () => {
  it.each(plans)('%s and itself', (_, text) => {
    expect(diff(text, text)).toEqual([]);
  });

  it.each(plans)('%s: comments, layout and quotes', (_, text) => {
    const commented = text.replace(/^(\w+):/gm, '# a comment\n$1:').replace(/$/, '\n\n# the end\n');
    expect(diff(text, commented)).toEqual([]);
  });

  it('the order of keys, of checkers and of faults', () => {
    const blocks = PLAN.split(/^(?=\w)/m);
    const [checker, ...others] = [...blocks].reverse() as [string, ...string[]];
    const swapped = edited(checker, ['  set: { lost: 0 }\n', '']).replace(/$/, '  set: { lost: 0 }\n');
    expect(diff(PLAN, [swapped, ...others].join(''))).toEqual([]);
    const one = `  - { at: 40s, for: 5s, kill: n1 }\n`;
    const two = `  - { at: 50s, for: 5s, pause: n2 }\n`;
    const [head, tail] = [PLAN.slice(0, PLAN.indexOf('  - at: 10s')), PLAN.slice(PLAN.indexOf('settle:'))];
    expect(diff(head + one + two + tail, head + two + one + tail)).toEqual([]);
  });

  it('defaults that are written out, and units written another way', () => {
    expect(
      changes(
        ['settle: 15s', 'settle: 15000ms\nready: 60s\nexpect: valid\nenvironment: { sim: { loss: "0%" } }'],
        ['rate: 100/s', 'rate: 6000/m'],
        ['set: { lost: 0 }', 'set:'],
        ['clients: 5', 'clients: { count: 5, attach: outside }'],
        ['nodes: 5', 'nodes: [n1, n2, n3, n4, n5]'],
      ),
    ).toEqual([]);
  });
});

describe('a setting', () => {
  const settings = (...edits: [string, string][]) =>
    changes(...edits).map(({ kind, subject, before, after }) => [kind, subject, before, after]);

  it('with another unit or another blank is no change', () => {
    const MORE = ['">= 90%"', '">= 90%", gap: "< 5s"'] as [string, string];
    const plan = edited(PLAN, MORE, ['majority }', 'majority, heartbeat_interval: 2s }']);
    const other = edited(
      plan,
      ['"< 5s"', '"<5000ms"'],
      ['">= 90%"', '">=90.0%"'],
      ['interval: 2s', 'interval: 2000ms'],
    );
    expect(diff(plan, other)).toEqual([]);
    const links = 'environment: { sim: { latency: 1ms, loss: "0%" } }';
    const same = 'environment: { sim: { latency: 0.001s, loss: "0.0%" } }';
    expect(diff(`${PLAN}${links}\n`, `${PLAN}${same}\n`)).toEqual([]);
  });

  it('may be called as what every object has', () => {
    const found = diff(
      `${PLAN}  assertions: { lost: 0 }\n`,
      `${PLAN}  assertions: { lost: 0, constructor: 1, __proto__: 2 }\n`,
    );
    expect(found.map(({ kind, path, after }) => [kind, path, after])).toEqual([
      ['added', 'checker.assertions.constructor', '1'],
      ['added', 'checker.assertions.__proto__', '2'],
    ]);
  });

  it('that is long shows where it differs', () => {
    const of = (end: string) => `[${'a'.repeat(200)}${end}]`;
    const logs = (end: string) => `${PLAN}  logs: { forbidden: ${of(end)} }\n`;
    const [change] = diff(logs('one'), logs('two'));
    expect(change).toMatchObject({ before: `...${'a'.repeat(20)}one]`, after: `...${'a'.repeat(20)}two]` });
  });

  it('of another module is told where it is not the usual one', () => {
    expect(settings(['mongodb: { write_concern: majority }', 'redis: { wait: 2, appendonly: false }'])).toEqual([
      ['changed', 'database', 'mongodb', 'redis {wait: 2}'],
    ]);
  });
});

it('modules from outside are a change, whether they are used or not', () => {
  expect(modulesDiffer(['./a.mjs', './b.mjs'], ['./b.mjs', './a.mjs'])).toEqual([]);
  expect(modulesDiffer([], ['./a.mjs'])).toMatchObject([{ kind: 'added', subject: 'modules', after: './a.mjs' }]);
  expect(modulesDiffer(['./a.mjs'], ['./b.mjs'])).toMatchObject([{ before: './a.mjs', after: './b.mjs' }]);
});

describe('a change', () => {
  const sets = [
    ...[
      'seed=4',
      'nodes=7',
      'nodes=[n1,n2,n3,n4,n5,n6]',
      'settle=16s',
      'ready=61s',
      'expect=invalid',
      'name=other',
      'about=x',
    ],
    ...['require.before=2', 'require.during=0', 'require.after=9', 'workload.clients=6', 'workload.timeout=6s'],
    ...['workload.clients={count: 5, attach: home}', 'workload.rate=101/s', 'workload.set.writes=5999'],
    ...['workload.set.on_unknown=leave', 'database.mongodb.version=2.4.1', 'database.mongodb.write_concern=2'],
    ...['faults[0].at=10.5s', 'faults[0].for=20.5s', 'faults[0].partition=[[n1],[n2,n3,n4,n5]]', 'faults[1].every=11s'],
    ...[
      'faults[1].from=36s',
      'faults[1].until=50s',
      'faults[1].for=3s',
      'faults[1].kill=[n1,n2]',
      'faults[1].jitter=1s',
    ],
    ...[
      'faults[1]={at: 40s, for: 3s, pause: n1}',
      'faults=[]',
      'checker.set.lost=1',
      'checker.availability.gap="< 5s"',
    ],
    ...[
      'checker={set: {}}',
      'checker.stats={}',
      'environment={sim: {loss: "1%"}}',
      'environment.sim.links=[{between: n1, and: n2, loss: "3%"}]',
    ],
  ];

  it.each(sets)('--set %s is none if and only if the timeline means the same', (set) => {
    const [before, after] = [timelineOf(PLAN), timelineOf(PLAN, [set])];
    const same = JSON.stringify(meaningOf(before)) === JSON.stringify(meaningOf(after));
    const found = diffTimelines(before, after, registry);
    expect(found.length === 0).toBe(same);
    for (const { before, after, note, kind } of found) {
      expect(before ?? after ?? note).toBeTypeOf('string');
      if (kind === 'changed' && before !== undefined) expect(before).not.toBe(after);
    }
  });

  it('of nearly every setting above is one', () => {
    const silent = sets.filter(
      (set) => diffTimelines(timelineOf(PLAN), timelineOf(PLAN, [set]), registry).length === 0,
    );
    expect(silent).toEqual(['workload.set.on_unknown=leave']);
  });

  it.each(plans)('%s back is the same lines with before and after turned round', (_, text) => {
    const [one, other] = [timelineOf(PLAN), timelineOf(text)];
    const [there, back] = [diffTimelines(one, other, registry), diffTimelines(other, one, registry)];
    const turned = { added: 'removed', removed: 'added' } as Record<string, string>;
    const plain = (list: typeof there, turn: boolean) =>
      list
        .filter(({ group }) => group !== 'faults')
        .map(({ group, kind, path, subject, before, after }) =>
          JSON.stringify(
            turn
              ? [group, turned[kind] ?? kind, subject, after, before]
              : [group, kind, subject, before, after, path].slice(0, 5),
          ),
        )
        .sort();
    expect(plain(back, true)).toEqual(plain(there, false));
  });
});
