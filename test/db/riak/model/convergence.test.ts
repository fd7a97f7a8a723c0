/**
 * The union of siblings converges: whatever is cut, killed or paused, after the heal, the handoffs and one read all primaries
 * have the same, and it is all that was acknowledged. A longer run: FUZZ=10000 (runs; each takes some ten milliseconds).
 */
import { expect, test } from 'vitest';
import { planOf } from './chance.ts';
import { simulateKept } from './kept.ts';

const RUNS = Number(process.env.FUZZ ?? 1_000);
test(
  'all primaries are equal in the end, and nothing acknowledged is gone',
  async () => {
    let acknowledged = 0;
    for (let number = 1; number <= RUNS; number++) {
      const plan = planOf(number, { allow_mult: true, merge: 'union' });
      const { results, error, replicas } = await simulateKept(plan, number);
      const told = `run ${number}: ${JSON.stringify(plan)}`;
      expect(error, told).toBeUndefined();
      expect(results.checkers.set, told).toMatchObject({ lost: 0, failed_but_present: 0, unexpected: 0 });
      expect(results.valid, told).toBe(true);
      acknowledged += (results.checkers.set as { acknowledged?: number }).acknowledged ?? 0;
      expect(replicas, told).toHaveLength(3);
      for (const one of replicas) expect(one, told).toEqual(replicas[0]);
    }
    expect(acknowledged).toBeGreaterThan(15 * RUNS);
  },
  20_000 + 200 * RUNS,
);

test('the same runs lose a lot where the latest version is kept', async () => {
  let lost = 0;
  for (let number = 1; number <= 20; number++) {
    const { results, error } = await simulateKept(planOf(number), number);
    expect(error).toBeUndefined();
    lost += (results.checkers.set as { lost?: number }).lost ?? 0;
  }
  expect(lost).toBeGreaterThan(20);
});
