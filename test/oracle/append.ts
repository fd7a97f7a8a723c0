import { type History, pairs } from '../../src/history/index.ts';
import type { MicroOp } from '../../src/workload/append/index.ts';

interface Transaction {
  readonly ops: readonly MicroOp[];
  readonly type: 'ok' | 'fail' | 'info';
  readonly invoked: number;
  readonly returned: number;
}

/**
 * What is wrong with a history of the append workload, in words; nothing where it is as if its transactions had been carried
 * out one after another, as far as single reads and pairs of transactions show. It is no proof of serializability.
 */
export function anomalies(history: History): string[] {
  const found: string[] = [];
  const transactions = [...pairs(history)].map(({ invoke, completion }): Transaction => {
    const type = (completion?.type ?? 'info') as Transaction['type'];
    const ops = (type === 'ok' ? completion?.value : invoke.value) as readonly MicroOp[];
    return { ops, type, invoked: invoke.index, returned: completion?.index ?? Number.POSITIVE_INFINITY };
  });
  const writers = new Map<string, Transaction>();
  for (const transaction of transactions)
    for (const [f, key, element] of transaction.ops) if (f === 'append') writers.set(`${key}:${element}`, transaction);

  const longest = new Map<number, readonly number[]>();
  const done = transactions.filter(({ type }) => type === 'ok');
  for (const { ops, returned } of done) {
    const own = new Map<number, number[]>();
    for (const [f, key, given] of ops) {
      if (f === 'append') {
        own.set(key, [...(own.get(key) ?? []), given]);
        continue;
      }
      const list = given as readonly number[];
      const name = `list ${key}`;
      if (new Set(list).size < list.length) found.push(`${name} has an element twice: ${list}`);
      for (const element of list) {
        const writer = writers.get(`${key}:${element}`);
        if (writer === undefined) found.push(`${name} has ${element}, which nobody appended`);
        else if (writer.type === 'fail') found.push(`${name} has ${element}, whose transaction failed`);
        else if (writer.invoked > returned) found.push(`${name} has ${element} before it was appended`);
      }
      const mine = own.get(key) ?? [];
      if (String(list.slice(list.length - mine.length)) !== String(mine))
        found.push(`${name} does not end with the transaction's own ${mine}: ${list}`);
      const before = longest.get(key) ?? [];
      const [short, long] = list.length < before.length ? [list, before] : [before, list];
      if (short.some((element, i) => element !== long[i]))
        found.push(`${name} was read in two orders: ${short} and ${long}`);
      longest.set(key, long);
    }
  }

  for (const reader of done) {
    // As it was before the transaction's own appends: its first read of each list.
    const read = new Map<number, readonly number[]>();
    for (const [f, key, list] of reader.ops) if (f === 'r' && !read.has(key)) read.set(key, list as readonly number[]);
    for (const writer of transactions) {
      if (writer === reader || writer.type === 'fail') continue;
      const appended = writer.ops.flatMap(([f, key, element]) =>
        f === 'append' && read.has(key) ? [[key, element] as const] : [],
      );
      const seen = appended.filter(([key, element]) => read.get(key)?.includes(element));
      if (seen.length > 0 && seen.length < appended.length)
        found.push(`a transaction was seen in part: ${JSON.stringify(appended)}, of it ${JSON.stringify(seen)}`);
      if (writer.type === 'ok' && writer.returned < reader.invoked && seen.length < appended.length)
        found.push(`acknowledged, and not there for a transaction that began later: ${JSON.stringify(appended)}`);
    }
  }
  return found;
}
