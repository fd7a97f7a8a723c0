import type { Outcome } from '../../contract/index.ts';
import type { Access, Operation } from './client.ts';
import type { TxnAnswer } from './client-gateway.ts';

type MicroOp = readonly ['append', number, number] | readonly ['r', number, readonly number[] | null];

/** A list, and the revision that wrote it. */
interface List {
  readonly elements: readonly number[];
  readonly modRevision: string;
}

/** Others were quicker so often: then the transaction gives up, and has written nothing. */
const TRIES = 20;

/**
 * A transaction of appends and reads on lists, each a key that holds JSON:
 *
 *     {f: 'txn', value: [['append', 3, 7], ['r', 3, null]]}   ok value: [['append', 3, 7], ['r', 3, [5, 7]]]
 *
 * One that only reads is one transaction of etcd, at one revision. One that appends is optimistic (etcd has no
 * transactions that are read from before they are written): it reads the lists, and writes them where none has changed
 * since. Where one has, nothing is written, and the answer brings the lists as they are now, for the next try.
 */
export const append = {
  async txn({ gateway, serializable }: Access, ops: readonly MicroOp[]): Promise<Outcome> {
    const keys = [...new Set(ops.map(([, key]) => key))];
    let lists = listsOf(
      keys,
      await gateway.txn(
        [],
        keys.map((key) => ({ range: nameOf(key), serializable })),
      ),
    );
    const changed = [...new Set(ops.flatMap(([f, key]) => (f === 'append' ? [key] : [])))];
    if (changed.length === 0) return { type: 'ok', value: carryOut(ops, lists).value };
    for (let i = 0; i < TRIES; i++) {
      const { value, after } = carryOut(ops, lists);
      const answer = await gateway.txn(
        keys.map((key) => ({ key: nameOf(key), modRevision: lists.get(key)!.modRevision })),
        changed.map((key) => ({ put: nameOf(key), value: JSON.stringify(after.get(key)) })),
        keys.map((key) => ({ range: nameOf(key) })),
      );
      if (answer.succeeded) return { type: 'ok', value };
      lists = listsOf(keys, answer);
    }
    return { type: 'fail', error: `gave up: in each of ${TRIES} tries another client had changed a list` };
  },
} satisfies Record<string, Operation>;

const nameOf = (key: number) => `list/${key}`;

function listsOf(keys: readonly number[], { entries }: TxnAnswer): Map<number, List> {
  return new Map(
    keys.map((key, i) => {
      const entry = entries[i]?.[0];
      if (entry === undefined) return [key, { elements: [], modRevision: '0' }];
      return [key, { elements: JSON.parse(entry.value) as number[], modRevision: entry.modRevision }];
    }),
  );
}

/** What the operations read and leave, one after another: a read sees what its own transaction has appended. */
function carryOut(ops: readonly MicroOp[], lists: ReadonlyMap<number, List>) {
  const after = new Map([...lists].map(([key, { elements }]) => [key, elements]));
  const value = ops.map((op): MicroOp => {
    const [f, key, element] = op;
    const before = after.get(key) as readonly number[];
    if (f === 'r') return ['r', key, before];
    after.set(key, [...before, element]);
    return op;
  });
  return { value, after };
}
