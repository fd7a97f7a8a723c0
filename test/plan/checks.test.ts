import { describe, expect, it } from 'vitest';
import type { RuleId } from '../../src/plan/index.ts';
import { parseText } from './fixtures.ts';
import { registry } from './registry.ts';

interface Parts {
  readonly nodes?: string;
  readonly database?: string;
  readonly workload?: string;
  readonly fault?: string;
  readonly checker?: string;
}

/** A plan on Redis, of which a test sets what matters in it. */
function rulesOf({ nodes = '5', database = 'redis:', workload = 'set:', fault, checker }: Parts): RuleId[] {
  const faults = fault === undefined ? '' : `faults:\n  - { at: 1s, for: 6s, ${fault} }\n`;
  const text =
    `plan: 1\nnodes: ${nodes}\ndatabase:\n  ${database}\nworkload:\n  rate: 100/s\n  ${workload}\n${faults}` +
    (checker === undefined ? '' : `checker:\n  ${checker}\n`);
  return parseText(text, registry).problems.map((problem) => problem.rule);
}

const noop = { database: 'noop:', workload: 'noop:' };

/** For each rule about the plan as a whole: a plan that breaks it, and one that comes near. */
const cases: readonly [RuleId, broken: Parts, kept: Parts][] = [
  ['unknown-node', { fault: 'kill: n6' }, { nodes: '6', fault: 'kill: n6' }],
  ['unknown-node', { nodes: '[a, b, c]', fault: 'kill: n1' }, { nodes: '[a, b, c]', fault: 'kill: [a, c]' }],
  ['unreachable-target', { fault: 'pause: clients' }, { fault: 'partition: [[n1], [clients]]' }],
  ['empty-selector', { nodes: '2', fault: 'kill: minority' }, { nodes: '3', fault: 'kill: minority' }],
  ['empty-selector', { nodes: '3', fault: 'kill: minority-third' }, { nodes: '4', fault: 'kill: minority-third' }],
  ['empty-selector', { nodes: '1', fault: 'kill: secondaries' }, { nodes: '2', fault: 'kill: secondaries' }],
  ['no-primary', { ...noop, fault: 'partition: primary' }, { fault: 'partition: primary' }],
  ['overlapping-groups', { fault: 'partition: [[n1], [n2, n1]]' }, { fault: 'partition: [[n1], [n2, n3]]' }],
  ['duplicate-item', { fault: 'kill: [n1, n2, n1]' }, { fault: 'kill: [n1, n2]' }],
  ['unsupported-workload', { workload: 'noop:' }, { workload: 'set:' }],
  ['unsupported-workload', { workload: 'set: { on_unknown: verify }' }, { workload: 'set: { on_unknown: retry }' }],
  ['checker-mismatch', { ...noop, checker: 'set:' }, { ...noop, checker: 'availability:' }],
  ['unsupported-fault', { ...noop, fault: 'kill: n1' }, { ...noop, fault: 'partition: [[n1], [n2]]' }],
  ['module-settings', { database: 'redis: { wait: 5 }' }, { database: 'redis: { wait: 4 }' }],
  [
    'malformed-secret',
    { database: 'redis: { password: "${env:A-B}" }' },
    { database: 'redis: { password: "${env:A_B}" }' },
  ],
  ['malformed-secret', { database: 'redis: { password: "a${b" }' }, { database: 'redis: { password: "$b {c}" }' }],
];

describe.each(cases)('%s', (rule, broken, kept) => {
  it(`refuses ${JSON.stringify(broken)}`, () => expect(rulesOf(broken)).toEqual([rule]));
  it(`accepts ${JSON.stringify(kept)}`, () => expect(rulesOf(kept)).toEqual([]));
});
