import { describe, expect, it } from 'vitest';
import { makeRegistry } from '../../src/cli/registry.ts';
import { type Judged, textReport, verdict } from '../../src/report/text.ts';

const RESULTS: Judged = {
  plan: 'redis-sentinel',
  environment: 'lab',
  simulated: null,
  seed: 7,
  valid: false,
  expect: 'valid',
  as_expected: false,
  why: ['set: 1 acknowledged writes are not in the final read (at most 0 may be missing)'],
  checkers: {
    set: {
      valid: false,
      attempted: 3,
      acknowledged: 2,
      survivors: 1,
      lost: 1,
      recovered: 0,
      unexpected: 0,
      duplicated: 0,
      ack_rate: 2 / 3,
      loss_rate: 0.5,
      recovered_rate: 0,
      lost_elements: '1',
      recovered_elements: '',
    },
    noop: { valid: 'unknown', why: 'the noop checker judges nothing' },
  },
  faults: [
    {
      fault: 'f1',
      nemesis: 'partition',
      words: 'cut {n1} from {n2}',
      hit: {},
      due_ms: 3000,
      onset_ms: 6.66,
      undo_last_node_ms: 3.9,
      presence: 'installed',
      ok_during: 2,
      from_ns: 3_000_000_000,
      until_ns: 4_000_000_000,
    },
    {
      fault: 'f2',
      nemesis: 'kill',
      words: 'kill {n1}',
      hit: {},
      due_ms: 4500,
      onset_ms: 1,
      undo_last_node_ms: null,
      presence: 'partly',
      ok_during: 0,
      from_ns: 4_500_000_000,
      until_ns: null,
    },
  ],
  start_ns: 0,
  operations: { invoked: 4, ok: 3, fail: 1, info: 0 },
  latency_ms: { p50: 0.5, p99: 2, max: 3 },
  latency_by_phase_ms: { before: { p50: 0.5, p99: 0.6, max: 0.7 }, during: { p50: 2, p99: 3, max: 3 }, after: null },
  lateness_ms: { p50: 0.1, p99: 0.2, max: 0.3 },
  notes: ['tear-down: remove the nodes: the bridge would not go'],
};

describe('the report', () => {
  it('tells the verdict, what the plan is about, what each checker found, the faults and the operations', () => {
    expect(textReport(RESULTS, makeRegistry(), 'What to look for.\n\n  And where.\n')).toBe(`\
redis-sentinel: invalid, but valid was expected  (lab, seed 7)
  because set: 1 acknowledged writes are not in the final read (at most 0 may be missing)

about:
    What to look for.

      And where.

set:
    3 total
    2 acknowledged
    1 survivors
    1 acknowledged writes lost! (╯°□°)╯︵ ┻━┻
    (1)
    0.6666667 ack rate
    0.5 loss rate
    0.0 unacknowledged but successful rate

faults:
    f1 partition at 3s: cut {n1} from {n2}; installed, 6.7 ms after it was due; undone in 3.9 ms; 2 ok meanwhile
    f2 kill at 4.5s: kill {n1}; partly, 1.0 ms after it was due; never undone; 0 ok meanwhile

operations: 4 invoked: 3 ok, 1 fail, 0 info; latency p50 0.5 ms, p99 2 ms; behind schedule p50 0.1 ms, p99 0.2 ms
latency: before the first fault p50 0.5 ms, p99 0.6 ms; during p50 2 ms, p99 3 ms; after the last none ended ok
note: tear-down: remove the nodes: the bridge would not go
`);
  });

  it('passes no control character of a plan on to the terminal', () => {
    const report = textReport(RESULTS, makeRegistry(), 'red \u001b[31m, and \u202eturned');
    expect(report).toContain('    red \ufffd[31m, and \ufffdturned\n');
  });

  it('keeps the verdict where a checker cannot tell its finding', () => {
    const registry = makeRegistry();
    const set = { ...registry.checkers.get('set')!, text: () => JSON.parse('no') };
    const broken = { ...registry, checkers: new Map([['set', set]]) };
    expect(textReport(RESULTS, broken)).toMatch(/^redis-sentinel: invalid[\s\S]*\nset:\n {4}\(its words failed: /);
  });

  it('has a word for each verdict', () => {
    expect(verdict({ valid: true, expect: 'valid', as_expected: true })).toBe('valid, as expected');
    expect(verdict({ valid: false, expect: 'invalid', as_expected: true })).toBe('invalid, as expected');
    expect(verdict({ valid: 'unknown', expect: 'invalid', as_expected: false })).toBe(
      'unknown, but invalid was expected',
    );
  });
});

it('the report dates what was broken, in the time of the workload', () => {
  const broken = [{ what: 'reads were stale', index: 9, from: 5.5e9, until: 8.5e9 }];
  const checkers = { noop: { valid: false, why: 'x', broken } } as const;
  const text = textReport({ ...RESULTS, start_ns: 2e9, checkers }, makeRegistry());
  expect(text).toContain(`noop:
    first broken at 3.5s, held again at 6.5s; 3s long; during f2 kill
`);
});
