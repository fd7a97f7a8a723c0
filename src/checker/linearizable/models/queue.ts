import type { Call } from '../call.ts';
import { crashed, type Model, type ModelOptions, odd, textOf, unknownOperation } from '../model.ts';

const TAKES = ['dequeue', 'drain'];
const KNOWN = ['enqueue', ...TAKES];

/** What a queue holds, as texts, the oldest first; of one without order, sorted. */
type Items = readonly string[];

/**
 * A queue without order, each element as often as it was put in: `enqueue` v; `dequeue` null -> v (knossos.model/unordered-queue).
 * A dequeue that ended `fail` did not happen: it does not say that the queue was empty. One that crashed, and may have
 * taken any element, can only hurt those that are known: it is left out, which is sound, for it may never take effect.
 */
export function unorderedQueue({ initial }: ModelOptions): Model<Items> {
  return {
    ...common('unordered-queue'),
    initial: itemsOf(initial).sort(),
    accept: (call) => (crashed(call) && TAKES.includes(call.f) ? [] : accept('unordered-queue', call)),
    step(items, { f, input, output }) {
      if (f === 'enqueue') return [...items, input as string].sort();
      const at = items.indexOf(output as string);
      return at === -1 ? undefined : items.toSpliced(at, 1);
    },
    needs: ({ f, output }) => (f === 'enqueue' ? 'nothing' : `${output} to be in the queue`),
    // Two that take the same element may be one too many.
    commute: (a, b) => a.f !== b.f || a.f === 'enqueue' || a.output !== b.output,
    helps: (_, call, other) => other.f === 'enqueue' && other.input === call.output,
  };
}

/**
 * First in, first out: `dequeue` gives the oldest (knossos.model/fifo-queue; Herlihy & Wing 1990, section 3.1). One that crashed
 * takes whatever is the oldest.
 */
export function fifoQueue({ initial }: ModelOptions): Model<Items> {
  return {
    ...common('fifo-queue'),
    initial: itemsOf(initial),
    accept: (call) => accept('fifo-queue', call),
    step(items, { f, input, output }) {
      if (f === 'enqueue') return [...items, input as string];
      const [first, ...rest] = items;
      return first === undefined || (output !== undefined && output !== first) ? undefined : rest;
    },
    needs({ f, output }) {
      if (f === 'enqueue') return 'nothing';
      return output === undefined ? 'the queue not to be empty' : `${output} to be the oldest in the queue`;
    },
    // With something in it, its ends do not touch.
    commute: (a, b) => a.f !== b.f,
    helps([first], { output }, other) {
      if (first === undefined) return other.f === 'enqueue' && (output === undefined || other.input === output);
      return other.f === 'dequeue' && (other.output === undefined || other.output === first);
    },
  };
}

function common(name: string) {
  return {
    name,
    key: (items: Items) => items.join(),
    tell: (items: Items) => (items.length === 0 ? 'empty' : tellItems(items)),
    looks: () => false,
  };
}

const SHOWN = 20;

function tellItems(items: Items): string {
  const shown = items.slice(0, SHOWN).join(' ');
  return items.length > SHOWN ? `[${shown} ... ${items.length} elements]` : `[${shown}]`;
}

/** A drain is so many dequeues, each some time within it: whoever drains takes one after another. See `queue/drains.ts` for their order. */
function accept(name: string, call: Call): readonly Call[] {
  if (!KNOWN.includes(call.f)) unknownOperation(call, name, KNOWN);
  if (call.f === 'enqueue') return [{ ...call, input: textOf(call.input), output: undefined }];
  const dequeue = (output: string | undefined): Call => ({ ...call, f: 'dequeue', input: null, output });
  if (call.f === 'dequeue') {
    if (crashed(call)) return [dequeue(undefined)];
    if ((call.output ?? null) === null) odd(call, 'ended ok without an element: an empty queue is a fail');
    return [dequeue(textOf(call.output))];
  }
  if (crashed(call)) return odd(call, 'ended info: how many elements it took is unknown');
  if (!Array.isArray(call.output)) return odd(call, `has no list of elements: ${textOf(call.output).slice(0, 60)}`);
  return call.output.map((element) => ({ ...dequeue(textOf(element)), whole: call }));
}

function itemsOf(initial: unknown): string[] {
  return Array.isArray(initial) ? initial.map(textOf) : [];
}
