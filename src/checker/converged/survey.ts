import { type History, keyed, nameOfKey, pairs, withPlainNames } from '../../history/index.ts';

/** A write of which nobody knows whether it happened, or will. */
export interface Doubtful {
  /** The name of its key; undefined where it has none that can be told: it bears on all. */
  readonly key: string | undefined;
  readonly f: string;
  /** What it may have written: its value, the one beside its key, and the new one of a cas. */
  readonly values: readonly unknown[];
}

export interface FinalReads {
  /** Per key (null where there is none) what each node has at the end. */
  readonly byKey: ReadonlyMap<string | null, ReadonlyMap<string, unknown>>;
  /** Of all keys, in their natural order. */
  readonly nodes: readonly string[];
  /** Reads of a node that ended ok and were not final. */
  readonly notFinal: number;
  /** By key, those that bear on it. */
  readonly doubtful: ReadonlyMap<string | null, readonly Doubtful[]>;
}

/** The last final read of each node, by key: see `converged`. */
export function finalReads(history: History): FinalReads {
  const last = new Map<string | null, Map<string, { index: number; value: unknown }>>();
  const settled = new Map<string | null, number>();
  const doubtful: Doubtful[] = [];
  // Of operations on no key that can be told: they bear on all.
  let settledAll = -1;
  let settledEver = -1;
  for (const { invoke, completion } of pairs(history)) {
    const { f, value, index } = invoke;
    if (f === 'read-node') {
      const read = completion?.type === 'ok' ? nodeReadOf(value, completion.value) : undefined;
      if (read === undefined) continue;
      const own = last.get(read.key) ?? new Map<string, { index: number; value: unknown }>();
      last.set(read.key, own);
      const before = own.get(read.node);
      if (before === undefined || before.index < index) own.set(read.node, { index, value: read.value });
    } else if (!f.startsWith('read') && f !== 'verify' && completion?.type !== 'fail') {
      const at = completion?.type === 'ok' ? completion.index : index;
      settledEver = Math.max(settledEver, at);
      const key = keyed(value)?.[0];
      if (completion?.type !== 'ok') doubtful.push(doubtfulOf(f, value));
      if (key === undefined) settledAll = Math.max(settledAll, at);
      if (key !== undefined) settled.set(nameOfKey(key), Math.max(settled.get(nameOfKey(key)) ?? -1, at));
    }
  }
  const byKey = new Map<string | null, Map<string, unknown>>();
  const nodes = new Set<string>();
  let notFinal = 0;
  for (const [key, reads] of last) {
    const bound = key === null ? settledEver : Math.max(settledAll, settled.get(key) ?? -1);
    const finals = new Map<string, unknown>();
    for (const [node, { index, value }] of reads) {
      if (index < bound) notFinal++;
      else {
        finals.set(node, value);
        nodes.add(node);
      }
    }
    if (finals.size > 0) byKey.set(key, finals);
  }
  const bearing = new Map(
    [...byKey.keys()].map((key) => [
      key,
      doubtful.filter((write) => key === null || write.key === undefined || write.key === key),
    ]),
  );
  return {
    byKey: withPlainNames(byKey),
    nodes: [...nodes].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
    notFinal,
    doubtful: withPlainNames(bearing),
  };
}

function doubtfulOf(f: string, value: unknown): Doubtful {
  const last = (one: unknown) => (Array.isArray(one) ? [one.at(-1)] : []);
  const own = keyed(value);
  const inner = own === undefined ? [] : [own[1], ...last(own[1])];
  return { key: own && nameOfKey(own[0]), f, values: [value, ...last(value), ...inner] };
}

/** `[node, value]`, or `[key, [node, value]]` where there are keys, which is seen from what was asked: `[key, [node, null]]`. */
function nodeReadOf(asked: unknown, told: unknown): { key: string | null; node: string; value: unknown } | undefined {
  const isKeyed = Array.isArray(asked) && Array.isArray(asked[1]);
  const [key, read] = isKeyed ? (keyed(told) ?? []) : [null, told];
  if (key === undefined || !Array.isArray(read) || read.length !== 2 || typeof read[0] !== 'string') return undefined;
  return { key: key === null ? null : nameOfKey(key), node: read[0], value: read[1] };
}
