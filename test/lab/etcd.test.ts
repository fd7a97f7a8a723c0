/** etcd, the positive control: under every fault of its plans nothing is lost, and nothing is out of order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type History, historyFromFile } from '../../src/history/index.ts';
import { anomalies } from '../oracle/append.ts';
import { isLinearizable, registersOf } from '../oracle/linearizable.ts';
import { latest, resultsOf, run } from './cli.ts';

const historyOf = (store: string): History => historyFromFile(join(latest(store), 'history.jsonl'));

describe.each(['partitions', 'processes'])('plans/etcd-%s.yaml', (plan) => {
  it('loses nothing, and every member has the whole set at the end', async () => {
    const { code, stdout, stderr, store } = await run([`plans/etcd-${plan}.yaml`]);
    expect(code, stdout + stderr).toBe(0);
    const { checkers, faults } = resultsOf(store);
    expect(checkers.set).toMatchObject({ valid: true, lost: 0, unexpected: 0, failed_but_present: 0 });
    expect(faults.length).toBeGreaterThan(2);
    for (const fault of faults) expect(fault).toMatchObject({ presence: 'installed', presence_after: 'not' });
    const reads = [...historyOf(store).ops()].filter(({ type, f }) => type === 'ok' && f.startsWith('read'));
    const sets = new Set(reads.map(({ f, value }) => JSON.stringify(f === 'read' ? value : (value as unknown[])[1])));
    expect(reads).toHaveLength(6);
    expect(sets.size).toBe(1);
    for (const node of ['n1', 'n2', 'n3', 'n4', 'n5'])
      expect(readFileSync(join(latest(store), 'nodes', node, 'etcd.log'), 'utf8')).toContain('elected leader');
  });
});

describe('plans/etcd-register.yaml', () => {
  it('is linearizable, key by key', async () => {
    const { code, stdout, stderr, store } = await run(['plans/etcd-register.yaml']);
    expect(code, stdout + stderr).toBe(0);
    const registers = registersOf(historyOf(store));
    expect(registers.size).toBe(5);
    for (const [key, calls] of registers) expect(isLinearizable(calls), `register ${key}`).toBe(true);
  });
});

describe('plans/etcd-serializable-stale.yaml', () => {
  it('reads what was overwritten, of most keys, and a second opinion says so, too', async () => {
    const { code, stdout, stderr, store } = await run(['plans/etcd-serializable-stale.yaml']);
    expect(code, stdout + stderr).toBe(0);
    expect(resultsOf(store).checkers.linearizable?.valid).toBe(false);
    const registers = [...registersOf(historyOf(store)).values()];
    expect(registers.filter((calls) => !isLinearizable(calls)).length).toBeGreaterThan(2);
  });
});

describe('plans/etcd-linearizable.yaml', () => {
  it('is valid through a cut, a kill and a pause', async () => {
    const { code, stdout, stderr, store } = await run(['plans/etcd-linearizable.yaml']);
    expect(code, stdout + stderr).toBe(0);
    const { checkers, faults } = resultsOf(store);
    expect(checkers.linearizable?.valid).toBe(true);
    for (const fault of faults) expect(fault).toMatchObject({ presence: 'installed', presence_after: 'not' });
  });
});

describe('plans/etcd-append.yaml', () => {
  it('has every acknowledged transaction, whole, and in one order', async () => {
    const { code, stdout, stderr, store } = await run(['plans/etcd-append.yaml']);
    expect(code, stdout + stderr).toBe(0);
    expect(anomalies(historyOf(store))).toEqual([]);
  });
});
