/** Kinds of change that a pull request may make to a plan. The review of each is in test/fixtures/reviews, to be read. */

import { type Edit, edited } from '../../timeline/diff/plans.ts';

/** The plan that most of them change. */
export const PLAN = `# yaml-language-server: $schema=../schemas/plan.schema.json
plan: 1
about: A primary that is cut off.
seed: 3
nodes: 5

database:
  mongodb: { write_concern: majority }

workload:
  clients: 5
  rate: 100/s
  timeout: 5s
  set: { writes: 6000 }

faults:
  - at: 10s
    for: 20s
    partition: [[n1, n2], [n3, n4, n5]]
  - every: 10s
    from: 35s
    until: 58s
    for: 5s
    kill: one

settle: 15s

checker:
  set: { lost: 0 }
  availability: { acknowledged: ">= 50%" }
`;

export interface Case {
  /** Undefined: there is none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** The name that its file has afterwards, where that is another. */
  readonly renamed?: string;
}

const change = (...edits: readonly Edit[]): Case => ({ before: PLAN, after: edited(PLAN, ...edits) });

const FIRST = '  - at: 10s\n    for: 20s\n    partition: [[n1, n2], [n3, n4, n5]]\n';
/** Unlike the others, and each other: git takes what is alike for renamed. */
const ADDED = `plan: 1
name: registers
about: |
  Reads from a replica.

  They may be stale: <b>look</b> at \`freshness\`.
nodes: [a, b, c]
environment: lab
database: { etcd: { reads: serializable } }
workload: { rate: 50/s, clients: 3, register: { ops: 1000 } }
faults:
  - { at: 2s, for: 5s, partition: [[a], [b, c]] }
`;
const DELETED = `plan: 1
database:
  riak:
    w: 2
workload:
  rate: 20/s
  set:
    writes: 800
expect: invalid
`;

const BROKEN = edited(PLAN, ['mongodb', 'mongdb'], ['100/s', '100']);

export const CASES: Readonly<Record<string, Case>> = {
  'fault-moved': change(['at: 10s', 'at: 12s']),
  'fault-longer': change(['for: 20s', 'for: 23s']),
  'fault-without-end': change(['    for: 20s\n    partition', '    partition'], ['  - every: 10s', '  - every: 20s']),
  'fault-added': change([FIRST, `${FIRST}  - { at: 50s, for: 3s, pause: primary }\n`]),
  'fault-removed': change([FIRST, '']),
  'fault-groups': change(['[[n1, n2], [n3, n4, n5]]', '[[n1], [n2, n3, n4, n5]]']),
  'fault-kind': change(['partition: [[n1, n2], [n3, n4, n5]]', 'pause: [n1, n2]']),
  'fault-pace': change(['every: 10s', 'every: 5s'], ['for: 5s', 'for: 5s']),
  'quorum-lost': change(['[[n1, n2], [n3, n4, n5]]', '[[n1, n2], [n3, n4], [n5]]']),
  'write-concern': change(['write_concern: majority', 'write_concern: 1']),
  'database-version': change(['write_concern: majority', 'version: 2.4.1, write_concern: majority']),
  'database-changed': change(['mongodb: { write_concern: majority }', 'redis: {}']),
  'workload-rate': change(['rate: 100/s', 'rate: 200/s'], ['from: 35s', 'from: 20s'], ['until: 58s', 'until: 28s']),
  'workload-longer': change(['writes: 6000', 'writes: 9000']),
  'workload-changed': change(
    ['set: { writes: 6000 }', 'register: { ops: 6000 }'],
    ['  set: { lost: 0 }\n', '  linearizable:\n'],
  ),
  'clients-at-home': change(['clients: 5', 'clients: { count: 5, attach: home }']),
  'fewer-nodes': change(['nodes: 5', 'nodes: 3'], ['[n3, n4, n5]', '[n3]']),
  'checker-loosened': change(['lost: 0', 'lost: 10'], ['">= 50%"', '">= 5%"']),
  'checker-tightened': change(['">= 50%"', '">= 50%", gap: "< 20s"']),
  'checker-removed': change(['  set: { lost: 0 }\n', '']),
  'requires-less': change(['settle: 15s', 'settle: 15s\nrequire: { during: 0 }']),
  'expect-flipped': change(['settle: 15s', 'settle: 15s\nexpect: invalid']),
  'seed-only': change(['seed: 3', 'seed: 4'], ['kill: one', 'kill: one']),
  'seed-without-draws': {
    before: edited(PLAN, ['kill: one', 'kill: n1']),
    after: edited(PLAN, ['kill: one', 'kill: n1'], ['seed: 3', 'seed: 4']),
  },
  'comment-only': change(['# yaml', '# A comment.\n# yaml'], ['at: 10s', 'at: 10s # a comment']),
  'order-and-defaults': change(
    ['settle: 15s\n', 'settle: 15000ms\nready: 60s\nexpect: valid\n'],
    [
      '  set: { lost: 0 }\n  availability: { acknowledged: ">= 50%" }',
      '  availability: { acknowledged: ">= 50%" }\n  set:',
    ],
  ),
  'environment-lab': {
    before: edited(PLAN, ['mongodb: { write_concern: majority }', 'redis: {}']),
    after: edited(
      PLAN,
      ['mongodb: { write_concern: majority }', 'redis: {}'],
      ['seed: 3', 'seed: 3\nenvironment: lab'],
    ),
  },
  'rests-and-words': change(['settle: 15s', 'settle: 30s\nready: 2m'], ['about: A', 'name: other\nabout: Another']),
  'file-renamed': { ...change(), renamed: 'file-renamed-to' },
  'file-renamed-and-changed': { ...change(['lost: 0', 'lost: 1']), renamed: 'renamed-and-changed-to' },
  'plan-broken': { before: PLAN, after: BROKEN },
  'plan-not-yaml': { before: PLAN, after: edited(PLAN, ['[[n1, n2], [n3, n4, n5]]', '[[n1, n2], [n3, n4, n5]']) },
  'plan-mended': { before: BROKEN, after: PLAN },
  'plan-still-broken': { before: BROKEN, after: edited(BROKEN, ['lost: 0', 'lost: few']) },
  'plan-warned': change(['for: 5s', 'for: 2s']),
  'plan-added': { before: undefined, after: ADDED },
  'plan-deleted': { before: DELETED, after: undefined },
  'own-modules': {
    before: edited(
      PLAN,
      ['mongodb: { write_concern: majority }', 'toy: {}'],
      ['seed: 3', 'modules: [./toy.mjs]\nseed: 3'],
    ),
    after: edited(
      PLAN,
      ['mongodb: { write_concern: majority }', 'toy: { size: 3 }'],
      ['seed: 3', 'modules: [./toy.mjs]\nseed: 3'],
    ),
  },
};
