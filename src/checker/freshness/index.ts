import Type from 'typebox';
import { NS_PER_MS } from '../../base/clock.ts';
import { durationMs, formatMs } from '../../base/units.ts';
import {
  type Broken,
  type CheckerModule,
  type CheckerResult,
  Duration,
  mergeBroken,
  type Settings,
} from '../../contract/index.ts';
import type { StaleRead } from './register.ts';
import { registersOf } from './survey.ts';

const settings = Type.Object(
  {
    apart: Duration({
      description: 'Stale reads that come no further apart than this are one stretch of staleness.',
      default: '1s',
      examples: ['1s', '100ms'],
    }),
    initial: Type.Union([Type.Null(), Type.Number(), Type.String(), Type.Boolean()], {
      description: 'The value of a register that nobody has written.',
      expected: 'a value',
      default: null,
      examples: [null, 0],
    }),
  },
  { additionalProperties: false },
);

/** Stale reads that are told one by one, at most: the first ones. */
const TOLD_MAX = 20;

interface Found {
  /** Reads that ended ok (a cas that did has read, too). */
  readonly reads: number;
  readonly stale: number;
  /** How long ago the oldest value read had been overwritten when its read began. */
  readonly max_staleness_ms: number;
  /** Stale reads by the node that served them, where it is known. */
  readonly stale_by_node: Readonly<Record<string, number>>;
  readonly stale_reads: readonly StaleRead[];
  readonly keys: number;
  /** Registers that were not judged: a value was written to them more than once. */
  readonly keys_repeating: number;
  /** Reads of a value that nobody had begun to write. */
  readonly unwritten: number;
}

export type FreshnessFinding = CheckerResult & Found;

/**
 * No read may return a value that was known to be overwritten when the read began: a newer value was written by an
 * operation that began after this one was there, and had been acknowledged, or read by somebody, before this read began. Regularity
 * (Lamport, On Interprocess Communication II, 1986, section on regular registers) with the reads' own order, by the zones of Gibbons and Korach (Testing
 * Shared Memories, 1997, section 4), as far as they follow one upon another. Every stale read is a violation of linearizability, with its date; a history without one need not be
 * linearizable: that is the checker `linearizable`. Works for registers whose writes are distinct, by key: `write`, `cas`, `increment` (whose completion has the value), `read` and
 * `read-node`. n log n; memory grows with the reads.
 */
export const freshness: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'freshness',
  summary: 'No read of a register may return a value that was known to be overwritten; says when reads were stale.',
  settings,
  judges: ['register', 'monotonic'],
  check(history, { apart, initial }: Settings<typeof settings>): FreshnessFinding {
    const stale: StaleRead[] = [];
    const broken: Broken[] = [];
    const counts = { reads: 0, keys: 0, keys_repeating: 0, unwritten: 0 };
    const { registers, odd } = registersOf(history, initial);
    for (const [key, register] of registers) {
      counts.keys++;
      counts.reads += register.reads.length;
      if (register.repeats) {
        counts.keys_repeating++;
        continue;
      }
      counts.unwritten += register.unwritten;
      const found = register.judge(key);
      stale.push(...found.stale);
      broken.push(...mergeBroken(found.broken, durationMs(apart) * NS_PER_MS));
    }
    stale.sort((a, b) => a.index - b.index);
    const stale_by_node: Record<string, number> = {};
    for (const { node } of stale) if (node !== undefined) stale_by_node[node] = (stale_by_node[node] ?? 0) + 1;
    const found = {
      ...counts,
      stale: stale.length,
      max_staleness_ms: stale.reduce((most, one) => Math.max(most, one.staleness_ms), 0),
      stale_by_node,
      stale_reads: stale.slice(0, TOLD_MAX),
    };
    return {
      ...judge(found, odd),
      ...found,
      ...(broken.length > 0 && { broken: mergeBroken(broken, durationMs(apart) * NS_PER_MS) }),
    };
  },
  text(result) {
    const { reads, stale, max_staleness_ms, stale_by_node, stale_reads } = result as FreshnessFinding;
    if (stale === 0) return [`${reads} reads, none known to be stale`];
    const nodes = Object.entries(stale_by_node).map(([node, count]) => `${node} ${count}`);
    return [
      `${stale} of ${reads} reads stale, by at most ${formatMs(max_staleness_ms)}${nodes.length === 0 ? '' : ` (${nodes.join(', ')})`}`,
      ...stale_reads.slice(0, 3).map(words),
      ...(stale > 3 ? [`... and ${stale - 3} more`] : []),
    ];
  },
};

function words({ index, key, value, newer, newer_index, node, staleness_ms }: StaleRead): string {
  const where = `${key === undefined ? '' : ` of ${key}`}${node === undefined ? '' : ` by ${node}`}`;
  return `read ${index}${where} returned ${show(value)}, overwritten ${formatMs(staleness_ms)} before it began (by ${show(newer)}, operation ${newer_index})`;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

function judge(
  { stale, reads, unwritten, keys, keys_repeating }: Found,
  odd: string | undefined,
): Pick<CheckerResult, 'valid' | 'why'> {
  const because = (why: string) => ({ valid: 'unknown', why }) as const;
  if (stale > 0)
    return { valid: false, why: `${stale} of ${reads} reads returned a value that was known to be overwritten` };
  if (odd !== undefined) return because(odd);
  if (keys_repeating > 0)
    return because(
      `a value was written more than once to ${keys_repeating} of ${keys} registers: which of the writes a read has seen is not known`,
    );
  if (unwritten > 0)
    return because(
      `${unwritten} reads returned a value that nobody had written; if registers begin with it, say initial`,
    );
  if (reads === 0) return because('no read ended ok');
  return { valid: true };
}
