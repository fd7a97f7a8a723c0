import type { Access, Operation } from './client.ts';
import type { Entry } from './client-gateway.ts';
import { optimistic, unchanged } from './client-optimistic.ts';

type MicroOp = readonly ['append', number, number] | readonly ['r', number, readonly number[] | null];

/**
 * A transaction of appends and reads on lists, each a key that holds JSON:
 *
 *     {f: 'txn', value: [['append', 3, 7], ['r', 3, null]]}   ok value: [['append', 3, 7], ['r', 3, [5, 7]]]
 *
 * One that only reads is one transaction of etcd, at one revision. One that appends is optimistic: it reads the lists, and
 * writes them where none has changed since.
 */
export const append = {
  txn(access: Access, ops: readonly MicroOp[]) {
    const keys = [...new Set(ops.map(([, key]) => key))];
    const changed = [...new Set(ops.flatMap(([f, key]) => (f === 'append' ? [key] : [])))];
    const ranges = keys.map((key) => ({ range: nameOf(key) }));
    return optimistic(access, ranges, (found) => {
      const { value, after } = carryOut(ops, new Map(keys.map((key, i) => [key, listOf(found[i])])));
      if (changed.length === 0) return { type: 'ok', value };
      return {
        compare: keys.map((key, i) => unchanged(nameOf(key), found[i]?.[0])),
        success: changed.map((key) => ({ put: nameOf(key), value: JSON.stringify(after.get(key)) })),
        outcome: { type: 'ok', value },
      };
    });
  },
} satisfies Record<string, Operation>;

const nameOf = (key: number) => `list/${key}`;

function listOf([entry]: readonly Entry[] = []): readonly number[] {
  return entry === undefined ? [] : JSON.parse(entry.value);
}

/** What the operations read and leave, one after another: a read sees what its own transaction has appended. */
function carryOut(ops: readonly MicroOp[], lists: ReadonlyMap<number, readonly number[]>) {
  const after = new Map(lists);
  const value = ops.map((op): MicroOp => {
    const [f, key, element] = op;
    const before = after.get(key) as readonly number[];
    if (f === 'r') return ['r', key, before];
    after.set(key, [...before, element]);
    return op;
  });
  return { value, after };
}
