import { type History, pairs } from '../../history/index.ts';
import { brief } from '../values.ts';
import { Marks } from './marks.ts';

/** What became of an element's adds, and of those that looked it up, taken together. */
export const ATTEMPTED = 1;
/** One ended info, or never did: it may have happened. */
export const MAYBE = 2;
export const ACKNOWLEDGED = 4;
/** It was looked up: it did not happen, and never will. */
export const REFUTED = 8;

/** What the checker needs of a history, gathered in one pass. */
export interface Survey {
  /** Per element the or of ATTEMPTED, MAYBE, ACKNOWLEDGED and REFUTED. */
  readonly marks: Marks;
  readonly final: Read | undefined;
  /** Per node, its own last read; only such as a final read could be. */
  readonly nodes: ReadonlyMap<string, Read>;
  /** How many reads ended ok, final or not. */
  readonly reads: number;
  /** How the last read that did not end ok has ended, in its client's words. */
  readonly refusal: string | undefined;
  /** The first operation whose value the checker cannot read, in words. */
  readonly odd: string | undefined;
}

export interface Read {
  /** Index of its invocation. */
  readonly index: number;
  readonly elements: readonly number[];
}

/**
 * A read is final when no add was invoked after it was, and none that ended ok was still open then: whatever was
 * acknowledged was acknowledged before it began, so that a lack is a loss. (An add that ended info may be open: it
 * may take effect whenever.) Of several the one that was invoked last counts.
 */
export function survey(history: History): Survey {
  const marks = new Marks();
  const lastReads = new Map<string, { index: number; value: unknown }>();
  let reads = 0;
  let settled = -1;
  let odd: string | undefined;
  let refusal: string | undefined;
  for (const pair of pairs(history)) {
    const { invoke, completion } = pair;
    if (invoke.f === 'add') {
      const element = invoke.value as number;
      if (!Number.isSafeInteger(element)) {
        odd ??= `the value of add ${invoke.index} is not an integer: ${brief(element)}`;
        continue;
      }
      marks.add(element, ATTEMPTED | markOf(completion?.type));
      settled = Math.max(settled, completion?.type === 'ok' ? completion.index : invoke.index);
    } else if (invoke.f === 'verify') {
      if (completion?.type !== 'ok') continue;
      const [element, happened] = Array.isArray(completion.value) ? completion.value : [];
      if (!Number.isSafeInteger(element) || element !== invoke.value || typeof happened !== 'boolean') {
        odd ??= `the value of verify ${completion.index} is not [integer, true or false]: ${brief(completion.value)}`;
        continue;
      }
      marks.add(element, happened ? ACKNOWLEDGED : REFUTED);
      settled = Math.max(settled, completion.index);
    } else if (completion?.type === 'ok' && (invoke.f === 'read' || invoke.f === 'read-node')) {
      if (invoke.f === 'read') reads++;
      const [place, value] = invoke.f === 'read' ? [FINAL, completion.value] : nodeAndValue(completion.value);
      const last = lastReads.get(place);
      if (last === undefined || last.index < invoke.index) lastReads.set(place, { index: invoke.index, value });
    } else if (invoke.f === 'read' && completion?.error !== undefined) {
      refusal = `${completion.type}: ${completion.error}`;
    }
  }
  const finals = new Map<string, Read>();
  for (const [place, { index, value }] of lastReads) {
    if (index < settled) continue;
    if (isIntegers(value)) finals.set(place, { index, elements: value });
    else odd ??= `the value of read ${index} is not a list of integers: ${brief(value)}`;
  }
  const final = finals.get(FINAL);
  finals.delete(FINAL);
  return { marks, final, nodes: finals, reads, refusal, odd };
}

/** No node's name. */
const FINAL = '';

function markOf(type: string | undefined): number {
  if (type === 'ok') return ACKNOWLEDGED;
  return type === 'fail' ? 0 : MAYBE;
}

function nodeAndValue(value: unknown): [string, unknown] {
  if (Array.isArray(value) && typeof value[0] === 'string' && value[0] !== FINAL) return [value[0], value[1]];
  return ['?', value];
}

function isIntegers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(Number.isSafeInteger);
}
