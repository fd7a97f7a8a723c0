import { describe, expect, it } from 'vitest';
import { type RuleId, renderProblems } from '../../../src/plan/index.ts';
import { judge, parseText } from '../../plan/fixtures.ts';
import { registry } from '../../plan/registry.ts';

const head = 'plan: 1\ndatabase:\n  redis:\nworkload:\n  rate: 100/s\n  set: { writes: 2000 }\nfaults:\n';

/** What is said about a plan of five nodes whose workload lasts 20 s, with these faults. */
function lintOf(...faults: readonly string[]) {
  const text = `${head}${faults.map((fault) => `  - ${fault}\n`).join('')}`;
  const { plan, problems } = parseText(text, registry);
  if (plan === undefined) throw new Error(`the plan itself is refused: ${JSON.stringify(problems)}`);
  return judge(text, registry).all;
}

const rulesOf = (...faults: readonly string[]) => lintOf(...faults).map((problem) => problem.rule);

/** For each rule: faults that break it, and faults that come near. */
const cases: readonly [RuleId, 'error' | 'warning', broken: readonly string[][], kept: readonly string[][]][] = [
  [
    'overlapping-fault',
    'error',
    [
      ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 3s, for: 6s, kill: [n1, n2] }'],
      ['{ at: 1s, kill: n1 }', '{ at: 10s, for: 6s, kill: n1 }'],
      ['{ at: 1s, for: 6s, kill: [n1, primary] }', '{ at: 3s, for: 6s, kill: [n1, secondaries] }'],
      ['{ every: 6s, for: 7s, until: 13s, pause: n1 }'],
      ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 1s, for: 6s, kill: n1 }'],
      ['{ at: 1s, for: 6s, partition: [[n1], [n2]] }', '{ at: 2s, for: 6s, partition: [[n2], [n3]] }'],
    ],
    [
      ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 7s, for: 6s, kill: n1 }'],
      ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 3s, for: 6s, kill: n2 }'],
      ['{ at: 1s, for: 6s, partition: [[n1], [n2]] }', '{ at: 3s, for: 6s, kill: n1 }'],
      ['{ every: 7s, for: 7s, until: 15s, pause: n1 }'],
    ],
  ],
  [
    'possible-overlap',
    'warning',
    [
      ['{ at: 1s, for: 6s, kill: primary }', '{ at: 3s, for: 6s, kill: primary }'],
      ['{ at: 1s, for: 6s, kill: primary }', '{ at: 3s, for: 6s, kill: n1 }'],
      ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 3s, for: 6s, kill: secondaries }'],
      ['{ every: 6s, for: 7s, until: 13s, pause: primary }'],
    ],
    [
      ['{ at: 1s, for: 6s, kill: primary }', '{ at: 7s, for: 6s, kill: n1 }'],
      ['{ at: 1s, for: 6s, kill: primary }', '{ at: 3s, for: 6s, pause: n1 }'],
      ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 3s, for: 6s, kill: n2 }'],
    ],
  ],
  ['fault-after-workload', 'error', [['{ at: 20s, for: 6s, kill: n1 }']], [['{ at: 19s, for: 1s, kill: n1 }']]],
  [
    'target-killed',
    'error',
    [
      ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 6s, for: 6s, pause: [n1, n2] }'],
      ['{ at: 1s, kill: n1 }', '{ at: 6s, for: 6s, pause: n1 }'],
      ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 1s, for: 6s, pause: n1 }'],
      ['{ at: 1s, for: 9s, pause: n1 }', '{ at: 3s, for: 6s, kill: [n1, n2] }'],
    ],
    [
      ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 7s, for: 6s, pause: n1 }'],
      // the kill ends last: by then the pause is over anyway
      ['{ at: 1s, for: 6s, pause: n1 }', '{ at: 3s, for: 6s, kill: n1 }'],
      // the killed one is primary no more
      ['{ at: 1s, for: 6s, kill: primary }', '{ at: 3s, for: 6s, pause: primary }'],
      ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 3s, for: 6s, partition: [[n1], [n2, n3, n4, n5]] }'],
    ],
  ],
  ['fault-never-undone', 'warning', [['{ at: 1s, kill: n1 }']], [['{ at: 1s, for: 6s, kill: n1 }']]],
  [
    'fault-outlives-workload',
    'warning',
    [['{ at: 15s, for: 6s, kill: n1 }']],
    [['{ at: 14s, for: 6s, kill: n1 }'], ['{ at: 15s, kill: n1 }'], ['{ at: 21s, for: 6s, kill: n1 }']],
  ],
  [
    'no-majority',
    'warning',
    [
      ['{ at: 1s, for: 6s, kill: [n1, n2, n3] }'],
      ['{ at: 1s, for: 6s, kill: majority }'],
      ['{ at: 1s, for: 6s, partition: [[n1, n2], [n3, n4], [n5]] }'],
      ['{ at: 1s, for: 6s, partition: [[n1, n2], [n3, n4, n5]] }', '{ at: 2s, for: 6s, pause: n4 }'],
      ['{ at: 1s, for: 6s, kill: secondaries }'],
      ['{ at: 1s, for: 6s, partition: [[n1, n2], [n3, n4, n5]] }', '{ at: 2s, for: 6s, kill: [n3, primary] }'],
      ['{ at: 1s, for: 6s, partition: { from: [n1, n2, n3, n4, n5], to: [n1, n2, n3, n4, n5] } }'],
      ['{ at: 1s, for: 6s, partition: { from: [n1, n2, n3], to: [n3, n4, n5] } }'],
      ['{ at: 1s, for: 6s, partition: { from: [n1, n2], to: [n3, n4, n5] } }', '{ at: 2s, for: 6s, kill: n3 }'],
    ],
    [
      ['{ at: 1s, for: 6s, kill: [n1, n2] }'],
      ['{ at: 1s, for: 6s, partition: [[n1, n2], [n3, n4, n5]] }', '{ at: 7s, for: 6s, pause: n4 }'],
      // the primary may be n1
      ['{ at: 1s, for: 6s, partition: [[n1, n2], [n3, n4, n5]] }', '{ at: 2s, for: 6s, kill: primary }'],
      // n3 is on no side: it hears both
      ['{ at: 1s, for: 6s, partition: [[n1, n2], [n4, n5]] }'],
      ['{ at: 1s, for: 6s, partition: [[n1], [clients]] }'],
      ['{ at: 1s, for: 6s, partition: { from: [n1, n2], to: [n3, n4, n5] } }'],
    ],
  ],
  [
    'fault-shorter-than-timeout',
    'warning',
    [['{ at: 1s, for: 4s, kill: n1 }']],
    [['{ at: 1s, for: 5s, kill: n1 }'], ['{ at: 1s, kill: n1 }'], ['{ at: 1s, for: 1s, noop: }']],
  ],
  [
    'empty-selector',
    'error',
    [
      ['{ at: 1s, for: 6s, partition: all }'],
      ['{ at: 1s, for: 6s, partition: [[all], [minority]] }'],
      ['{ at: 1s, for: 6s, partition: [[n1, n2], [n1, n2]] }'],
      ['{ at: 1s, for: 6s, partition: [[primary], [primary]] }'],
      ['{ at: 1s, for: 6s, partition: { from: n1, to: n1 } }'],
      ['{ at: 1s, for: 6s, partition: { from: clients, to: clients } }'],
      ['{ at: 1s, for: 6s, partition: { from: all, to: one } }'],
    ],
    [
      ['{ at: 1s, for: 6s, partition: minority }'],
      ['{ at: 1s, for: 6s, partition: [[n1], [primary]] }'],
      ['{ at: 1s, for: 6s, partition: [[n1, n2], [n2, n3]] }'],
      ['{ at: 1s, for: 6s, partition: { from: clients, to: n1 } }'],
      ['{ at: 1s, for: 6s, partition: { from: [n1, n2], to: [n1, n2] } }'],
    ],
  ],
  [
    'require-out-of-reach',
    'warning',
    [['{ at: 0s, for: 6s, kill: n1 }'], ['{ at: 5ms, for: 6s, kill: n1 }', '{ at: 7005ms, for: 1ms, pause: n1 }']],
    [['{ at: 10ms, for: 6s, kill: n1 }'], ['{ at: 21s, for: 6s, kill: n1 }'], ['{ at: 19s, for: 6s, kill: n1 }']],
  ],
];

describe.each(cases)('%s', (rule, severity, broken, kept) => {
  it.each(broken.map((faults) => [faults]))('speaks up: %s', (faults) => {
    const found = lintOf(...faults).filter((problem) => problem.rule === rule);
    expect(found).toHaveLength(1);
    expect(found[0]?.severity).toBe(severity);
  });
  it.each(kept.map((faults) => [faults]))('keeps quiet: %s', (faults) => {
    expect(rulesOf(...faults)).not.toContain(rule);
  });
});

describe('faults-without-rate', () => {
  const fault = 'faults:\n  - at: 1s\n    for: 6s\n    kill: n1\n';
  const workload = 'plan: 1\ndatabase:\n  redis:\nworkload:\n  set:\n';
  it('speaks up at the workload', () => {
    const { all } = judge(workload + fault, registry);
    expect(all).toMatchObject([{ rule: 'faults-without-rate', severity: 'warning', path: 'workload.set', line: 5 }]);
  });
  it('keeps quiet without faults, with a rate, or where it is said that there shall be none', () => {
    expect(judge(workload, registry).all).toEqual([]);
    expect(judge(`${workload}  rate: 100/s\n${fault}`, registry).all).toEqual([]);
    expect(judge(`${workload}  rate: max\n${fault}`, registry).all).toEqual([]);
  });
});

describe('three faults of which each overlaps the next', () => {
  it('are two problems', () => {
    const faults = ['{ at: 1s, for: 6s, kill: n1 }', '{ at: 5s, for: 6s, kill: n1 }', '{ at: 9s, for: 6s, kill: n1 }'];
    expect(lintOf(...faults).map(({ rule, path }) => [rule, path])).toEqual([
      ['overlapping-fault', 'faults[1].kill'],
      ['overlapping-fault', 'faults[2].kill'],
    ]);
  });
});

describe('a fault that happens again and again', () => {
  it('is named once a rule', () => {
    expect(rulesOf('{ every: 5s, for: 1s, kill: n1 }')).toEqual(['fault-shorter-than-timeout']);
  });
});

describe('a fault that the command line changed', () => {
  const plan = `${head}  - { at: 1s, for: 6s, kill: n1 }\n  - { at: 8s, for: 6s, kill: n2 }\n`;
  const judged = (...set: string[]) => judge(plan, registry, 'plan.yaml', { set });

  it('is named with the argument, whatever of it was changed', () => {
    const args = ['faults[0].for=1s', 'faults[1]={at: 30s, for: 6s, kill: n2}'];
    expect(judged(...args).all.map(({ rule, override }) => [rule, override])).toEqual([
      ['fault-shorter-than-timeout', `--set ${args[0]}`],
      ['fault-after-workload', `--set ${args[1]}`],
    ]);
  });

  it('is shown without the text that stands there', () => {
    const { all, source } = judged('faults=[{at: 30s, for: 6s, pause: n2}]');
    expect(renderProblems(all, [source], { color: false })).not.toContain('kill');
  });

  it('leaves the other faults alone', () => {
    expect(judged('faults[0].at=2s', 'faults[1].for=20s').all.map(({ override }) => override)).toEqual([
      '--set faults[1].for=20s',
    ]);
  });
});

it('says where: the nemesis in the plan, with its end', () => {
  const [problem] = lintOf('{ at: 1s, kill: n1 }');
  expect(problem).toMatchObject({
    file: 'plan.yaml',
    path: 'faults[0].kill',
    line: 8,
    column: 15,
    endLine: 8,
    endColumn: 19,
  });
});
