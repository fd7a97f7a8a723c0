/** Whom a member replicates from. */
import { expect, test } from 'vitest';
import type { Member } from '../../../../src/db/mongodb/model/member.ts';
import { type Candidate, chooseSource } from '../../../../src/db/mongodb/model/puller.ts';

const other = (node: string, ts: number, more: Partial<Candidate> = {}): Candidate => ({
  node,
  up: true,
  state: 'SECONDARY',
  applied: { term: 1, ts },
  pingMs: 1,
  ...more,
});

/** For a member at time 5. */
const chosen = (candidates: readonly Candidate[], chaining = true) =>
  chooseSource({
    candidates: () => candidates,
    oplog: { last: { term: 1, ts: 5 } },
    set: { chaining },
  } as unknown as Member);

const primary = other('n1', 9, { state: 'PRIMARY', pingMs: 3 });

test('the nearest member that is ahead, the primary among them', () => {
  expect(chosen([primary, other('n2', 8), other('n3', 8, { pingMs: 2 })])).toBe('n2');
  expect(chosen([primary, other('n2', 8, { pingMs: 4 })])).toBe('n1');
  // As near as each other.
  expect(chosen([primary, other('n2', 8), other('n3', 8)])).toBe('n3');
});

test('no secondary that is not ahead, and nobody who is down or still copying', () => {
  expect(chosen([primary, other('n2', 5), other('n3', 4)])).toBe('n1');
  expect(chosen([other('n2', 8, { up: false }), other('n3', 8, { state: 'STARTUP2' })])).toBeUndefined();
});

test('without chaining the primary alone, wherever it stands', () => {
  expect(chosen([primary, other('n2', 8)], false)).toBe('n1');
  expect(chosen([other('n2', 8)], false)).toBeUndefined();
  expect(chosen([other('n1', 2, { state: 'PRIMARY' })])).toBe('n1');
});
