import { expect, test } from 'vitest';
import { Budget } from '../../../src/checker/linearizable/budget.ts';
import { Configurations } from '../../../src/checker/linearizable/register/configurations.ts';
import { draws } from '../../oracle/registers.ts';

const UNLIMITED = { timeMs: Number.POSITIVE_INFINITY, memoryBytes: Number.POSITIVE_INFINITY };

/** Of rows [state, seen, reads, reads, used, used]: as rule 4 of `search.ts` has it. */
const dominates = (a: number[], b: number[], cas: readonly number[]) =>
  a[0] === b[0] &&
  (a[1] as number) >= (b[1] as number) &&
  [2, 3, 4, 5].every((k) => ((a[k] as number) & ~(b[k] as number)) === 0) &&
  [4, 5].every((k) => (((a[k] as number) ^ (b[k] as number)) & (cas[k - 4] as number)) === 0);

test('what is left are the rows that no other one dominates', () => {
  const below = draws(1);
  // Few bits and few states, so that most rows can be compared; the last bit of the first word is the sign.
  const word = () => (below(4) << 30) | below(4);
  for (let round = 0; round < 100; round++) {
    const cas = [1 << 31, 2];
    const set = new Configurations(2, Int32Array.from(cas), new Budget(UNLIMITED));
    // Twice, for what was there before must be gone; and with more rows than there is room for to begin with.
    for (const size of [100, 60]) {
      set.clear(below(40));
      const rows = Array.from({ length: size }, () => [below(3), below(3), word(), word(), word(), word()]);
      for (const row of rows) {
        set.draft(Int32Array.from(row), 0);
        set.keep(0, -1);
      }
      const best = rows.filter((row, i) =>
        rows.every((other, j) => !dominates(other, row, cas) || (dominates(row, other, cas) && i <= j)),
      );
      const left = set.compact();
      const kept = Array.from({ length: set.alive }, (_, i) => [...left.subarray(i * 6, i * 6 + 6)]);
      expect(kept.map(String).sort()).toEqual(best.map(String).sort());
    }
  }
});
