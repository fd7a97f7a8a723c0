/** plans/mongo-majority-current.yaml in the lab: against MongoDB where MONGOD says which, else against the tests' double of it. */
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildDouble } from '../db/mongodb/double/build.ts';
import { latest, resultsOf, run } from './cli.ts';

const PLAN = 'plans/mongo-majority-current.yaml';
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const real = process.env.MONGOD;

function nodeLog(store: string, node: string): string {
  return readFileSync(join(latest(store), 'nodes', node, 'mongod.log'), 'utf8');
}

if (real !== undefined) {
  describe(`${PLAN}, with MongoDB (${real})`, () => {
    it('loses nothing', async () => {
      const { code, stdout, stderr, store } = await run([PLAN]);
      expect(code, stdout + stderr).toBe(0);
      const { checkers, faults, valid } = resultsOf(store);
      expect(valid).toBe(true);
      expect(checkers.set).toMatchObject({ valid: true, lost: 0 });
      expect(checkers.set?.acknowledged).toBeGreaterThan(3000);
      expect(faults).toMatchObject([{ fault: 'f1', presence: 'installed', presence_after: 'not' }]);
      for (const node of NODES) expect(nodeLog(store, node)).toContain('plan-run');
    }, 300_000);
  });
} else {
  describe(`${PLAN}, with the double of mongod, which is not MongoDB`, () => {
    const double = buildDouble();
    afterAll(() => rmSync(dirname(double), { recursive: true }));
    const env = { ...process.env, MONGOD: double };
    /** The plan's own fault lasts 45 s, for the sake of MongoDB's usual election timeout, and of 2.4. */
    const shorter = (faults: string) =>
      ['workload.set.writes=300', 'settle=1s', 'database.mongodb.election_timeout=2s', 'workload.timeout=4s']
        .concat(`faults=${faults}`)
        .flatMap((change) => ['--set', change]);

    it('loses nothing in a cut: the old primary steps down, the majority elects another, and n1 goes back', async () => {
      const cut = '[{at: 1s, for: 6s, partition: [[n1, n2], [n3, n4, n5]]}]';
      const { code, stdout, stderr, store } = await run([PLAN, ...shorter(cut)], { env });
      expect(code, stdout + stderr).toBe(0);
      const { checkers, faults, valid } = resultsOf(store);
      expect(valid).toBe(true);
      expect(checkers.set).toMatchObject({ valid: true, lost: 0 });
      expect(faults).toMatchObject([{ fault: 'f1', presence: 'installed', presence_after: 'not' }]);
      expect(nodeLog(store, 'n1')).toContain('steps down: it does not see a majority');
      const later = NODES.filter((node) => /is primary in term [2-9]/.test(nodeLog(store, node)));
      expect(later.length).toBeGreaterThan(0);
      expect(['n3', 'n4', 'n5']).toEqual(expect.arrayContaining(later));
    });

    it('loses nothing where the primary is killed, and another paused', async () => {
      const killed = '[{at: 1s, for: 3s, kill: n1}, {at: 2s, for: 3s, pause: n2}]';
      const { code, stdout, stderr, store } = await run([PLAN, ...shorter(killed)], { env });
      expect(code, stdout + stderr).toBe(0);
      const { checkers, faults } = resultsOf(store);
      expect(checkers.set).toMatchObject({ valid: true, lost: 0 });
      expect(faults).toMatchObject([
        { nemesis: 'kill', presence: 'installed', presence_after: 'not' },
        { nemesis: 'pause', presence: 'installed', presence_after: 'not' },
      ]);
      // It has been started twice, with one log.
      expect(NODES.filter((node) => nodeLog(store, node).match(/pid \d+/g)?.length === 2)).toHaveLength(1);
    });
  });
}

describe('a plan for a MongoDB that is not there', () => {
  it('is refused: a version that the driver does not speak with, before anything is started', async () => {
    const { code, stderr } = await run(['plans/mongo-majority.yaml']);
    expect(code).toBe(65);
    expect(stderr).toContain('MongoDB 2.4.1 does not run on real nodes: the driver speaks with 4.4 and later');
    expect(stderr).toContain('--env sim');
  });
});
