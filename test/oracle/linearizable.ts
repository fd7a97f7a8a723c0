import { type History, type Op, pairs } from '../../src/history/index.ts';

/** An operation on one register. `returned` is Infinity where nobody knows how it ended: it may have happened, or may yet. */
export interface Call {
  readonly f: string;
  /** Of a read the value that it gave, of a write the one that it wrote, of a cas [expected, new]. */
  readonly value: unknown;
  readonly invoked: number;
  readonly returned: number;
}

/** The registers of a history of the register workload: by key the calls that count, as they were invoked. */
export function registersOf(history: History): Map<number, Call[]> {
  const registers = new Map<number, Call[]>();
  for (const { invoke, completion } of pairs(history)) {
    const type = completion?.type ?? 'info';
    // Nothing happened, or nobody was told anything.
    if (type === 'fail' || (type === 'info' && invoke.f === 'read')) continue;
    const [key, value] = ((type === 'ok' ? completion : invoke) as Op).value as [number, unknown];
    const returned = type === 'ok' ? (completion?.index as number) : Number.POSITIVE_INFINITY;
    const calls = registers.get(key) ?? [];
    registers.set(key, calls);
    calls.push({ f: invoke.f, value, invoked: invoke.index, returned });
  }
  for (const calls of registers.values()) calls.sort((a, b) => a.invoked - b.invoked);
  return registers;
}

/**
 * Whether there is one order of the calls in which each takes effect between its invocation and its return, and every read
 * gives what was written last; what nobody knows may be left out. `calls` as they were invoked; a register begins as null.
 *
 * A search through all orders that remembers where it has been (Wing and Gong, Testing and Verifying Concurrent Objects,
 * 1993; the memory is Lowe's, 2017). Exponential in the number of calls that overlap.
 */
export function isLinearizable(calls: readonly Call[]): boolean {
  const seen = new Set<string>();
  return search(0n, null);

  function search(done: bigint, state: unknown): boolean {
    const place = `${done.toString(36)} ${state}`;
    if (seen.has(place)) return false;
    seen.add(place);
    const left = calls.flatMap((call, i) => ((done >> BigInt(i)) & 1n ? [] : [{ call, bit: 1n << BigInt(i) }]));
    // Whoever takes effect next was invoked before any of the others returned.
    const end = Math.min(...left.map(({ call }) => call.returned));
    if (end === Number.POSITIVE_INFINITY) return true;
    return left.some(({ call, bit }) => {
      const next = call.invoked < end ? apply(call, state) : undefined;
      return next !== undefined && search(done | bit, next);
    });
  }
}

/** The register's value after the call; undefined where it cannot have ended like this. */
function apply({ f, value }: Call, state: unknown): unknown {
  if (f === 'write') return value;
  if (f === 'read') return value === state ? state : undefined;
  const [from, to] = value as [unknown, unknown];
  return from === state ? to : undefined;
}
