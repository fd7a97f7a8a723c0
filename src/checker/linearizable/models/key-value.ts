import type { Call } from '../call.ts';
import { crashed, type Model, type ModelOptions, odd, textOf, unknownOperation } from '../model.ts';

const KNOWN = ['get', 'put', 'append'];

/** A text; those that no get was told, nor one that begins with them, are all alike: only a put leads from there to what is seen. */
type State = string | typeof UNSEEN;
const UNSEEN = Symbol('unseen');

/**
 * One key of a store of texts: `put` text replaces, `append` text adds to its end, `get` null -> the whole text, "" where
 * nobody has put any (porcupine's kv model). Keys are apart: each is an object of its own.
 */
export function keyValue({ initial, nilRead }: ModelOptions): Model<State> {
  const told = new Told();
  const see = (text: string): State => (told.begins(text) ? text : UNSEEN);
  return {
    name: 'key-value',
    initial: typeof initial === 'string' ? initial : '',
    accept(call) {
      if (!KNOWN.includes(call.f)) unknownOperation(call, 'key-value', KNOWN);
      if (call.f !== 'get') {
        const input = text(call, call.input);
        if (call.f === 'put') told.put(input, call);
        return [{ ...call, input, output: undefined }];
      }
      const none = (call.output ?? null) === null;
      if (crashed(call) || (none && nilRead === 'unknown')) return [];
      const output = none ? '' : text(call, call.output);
      told.get(output);
      return [{ ...call, input: null, output }];
    },
    step(state, { f, input, output }) {
      if (f === 'get') return state === output ? state : undefined;
      if (f === 'put') return see(input as string);
      return state === UNSEEN ? UNSEEN : see(state + input);
    },
    key: (state) => (state === UNSEEN ? 0 : state),
    tell: (state) => (state === UNSEEN ? 'a text that no get was told' : tell(state)),
    needs: ({ f, output }) => (f === 'get' ? `the value to be ${tell(output as string)}` : 'nothing'),
    free: true,
    looks: ({ f }) => f === 'get',
    // The last call before the get has put the text, or its end.
    helps: (_, { output }, { f, input }) =>
      f === 'put' ? input === output : (output as string).endsWith(input as string),
    unseen: (state) => state === UNSEEN,
    // It does not begin as the get's text does, and no put that may still come does.
    hopeless: (state, call, now) =>
      call.f === 'get' &&
      (state === UNSEEN || !(call.output as string).startsWith(state)) &&
      told.putUntil(call.output as string, call.complete) < now,
  };
}

/** What the gets of a history were told, and which of its puts that may come from. */
class Told {
  #gets: string[] = [];
  #isSorted = true;
  /** By text, in the order of their invocations: until when one of the puts up to there may take effect. */
  readonly #puts = new Map<string, { invoke: number; until: number }[]>();
  readonly #lengths = new Set<number>();

  get(text: string): void {
    this.#gets.push(text);
    this.#isSorted = false;
  }

  put(text: string, { invoke, complete }: Call): void {
    const puts = this.#puts.get(text) ?? [];
    puts.push({ invoke, until: Math.max(complete, puts.at(-1)?.until ?? complete) });
    this.#puts.set(text, puts);
    this.#lengths.add(text.length);
  }

  /** Whether it is what a get was told, or its beginning: then the first of them that does not come before it is such a one. */
  begins(text: string): boolean {
    if (!this.#isSorted) this.#gets = [...new Set(this.#gets)].sort();
    this.#isSorted = true;
    let [low, high] = [0, this.#gets.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#gets[middle]! < text) low = middle + 1;
      else high = middle;
    }
    return this.#gets[low]?.startsWith(text) ?? false;
  }

  /** Until when a put may take effect that was invoked before `end` and has put the text's beginning; -1: none was. */
  putUntil(text: string, end: number): number {
    let until = -1;
    for (const length of this.#lengths) {
      if (length > text.length) continue;
      const puts = this.#puts.get(text.slice(0, length));
      until = Math.max(until, puts?.findLast(({ invoke }) => invoke < end)?.until ?? -1);
    }
    return until;
  }
}

function text(call: Call, value: unknown): string {
  return typeof value === 'string' ? value : odd(call, `has no text: ${textOf(value).slice(0, 60)}`);
}

const SHOWN = 80;

/** Long texts by their ends: that is where they differ. */
function tell(state: string): string {
  return state.length <= SHOWN ? textOf(state) : `...${textOf(state.slice(-SHOWN))} (${state.length} characters)`;
}
