import { PlanRunError } from '../base/errors.ts';
import type { Registry, Use } from '../contract/index.ts';
import { type History, historyOf, isKeyed, keyed, type Op } from '../history/index.ts';
import { parseCheckers } from '../plan/index.ts';

type Guess = (history: History) => string | undefined;

/** Enough of a history to see what its clients do. */
const OPS_MAX = 10_000;

/** What judges a history by its operations, the first that fits: all of these, besides others that only look. Where they do not say, their values do. */
const GUESSES: readonly (readonly [f: readonly string[], checker: string | Guess])[] = [
  [['add'], addedTo],
  [['cas'], 'linearizable: {model: cas-register}'],
  [['write', 'read'], writtenTo],
  [['acquire'], 'linearizable: {model: mutex}'],
  [['put', 'get'], 'linearizable: {model: key-value}'],
  [['transfer'], 'bank'],
  [['enqueue'], enqueuedTo],
  [['generate'], 'unique-ids'],
  [['send', 'receive'], 'delivery'],
  [['increment'], 'monotonic'],
];

/**
 * The checkers that a history's operations ask for.
 * @throws PlanRunError `usage` where they do not say.
 */
export function usesFor(history: History, registry: Registry, path: string): readonly Use[] {
  const first: Op[] = [];
  for (const op of history.ops()) {
    if (typeof op.process === 'number') first.push(op);
    if (first.length === OPS_MAX) break;
  }
  const seen = new Set(first.map(({ f }) => f));
  const onKeys = isKeyed(historyOf(first));
  const guess = GUESSES.find(([needed]) => needed.every((f) => seen.has(f)))?.[1];
  const text = typeof guess === 'function' ? guess(onKeys ? withoutKeys(history) : history) : guess;
  // linearizable looks for keys itself.
  const whole = onKeys && text !== undefined && !text.includes(':') ? `independent: {checker: {${text}: {}}}` : text;
  const { checkers } = whole === undefined ? {} : parseCheckers(whole, 'guess', registry);
  if (checkers !== undefined) return checkers;
  const found =
    seen.size === 0 ? 'there are no operations of clients' : `its operations are ${[...seen].sort().join(', ')}`;
  throw new PlanRunError('usage', `${path} does not say what is to be judged: ${found}`, {
    hint: `name a checker, as in a plan: --checker 'linearizable: {model: cas-register}'; there are ${[...registry.checkers.keys()].join(', ')}`,
  });
}

function withoutKeys(history: History): History {
  return {
    *ops() {
      for (const op of history.ops()) yield { ...op, value: keyed(op.value)?.[1] ?? null };
    },
  };
}

/** What is added to, the first read that ended ok says: a set is read as a list, and a counter as a number. */
function addedTo(history: History): string | undefined {
  let listed = false;
  for (const { f, process, type, value } of history.ops()) {
    if (typeof process !== 'number') continue;
    // It was read while it was written: more is to be said than what is lost at the end.
    if (f === 'add' && listed) return 'set-full';
    if (f !== 'read' || type !== 'ok') continue;
    if (!Array.isArray(value)) return 'counter';
    listed = true;
  }
  return listed ? 'set' : undefined;
}

/** Only of a queue that was drained is it known what never comes out; else what does is judged. */
function enqueuedTo(history: History): string {
  for (const { f } of history.ops()) if (f === 'drain') return 'total-queue';
  return 'queue';
}

/**
 * What is written, and read: a key in a transaction of its own, of which others read several (long-fork); a value, where a read lists
 * what it sees (causal); else a register.
 */
function writtenTo(history: History): string {
  let written: unknown;
  let read: unknown;
  for (const { f, process, type, value } of history.ops()) {
    if (typeof process !== 'number') continue;
    if (f === 'write') written ??= value;
    if (f === 'read' && type === 'ok') read ??= value;
    if (written !== undefined && read !== undefined) break;
  }
  if (isTransaction(written)) return 'long-fork';
  return Array.isArray(read) && !Array.isArray(written) ? 'causal' : 'linearizable: {model: register}';
}

function isTransaction(value: unknown): boolean {
  return Array.isArray(value) && value.every((op) => Array.isArray(op) && (op[0] === 'r' || op[0] === 'w'));
}
