import type { Call } from '../call.ts';
import { crashed, type Model, type ModelOptions, odd, textOf, unknownOperation } from '../model.ts';

const KNOWN = ['add', 'read'];

/**
 * A set that only grows: `add` element; `read` null -> all elements, in any order (knossos.model/set). A read of null says
 * nothing. A state is a number with a bit per element.
 */
export function set({ initial }: ModelOptions): Model<bigint> {
  const elements: unknown[] = [];
  const bits = new Map<string, bigint>();
  const bitOf = (element: unknown): bigint => {
    const text = textOf(element);
    let bit = bits.get(text);
    if (bit === undefined) {
      bit = 1n << BigInt(elements.length);
      bits.set(text, bit);
      elements.push(element);
    }
    return bit;
  };
  const masks = new Map<unknown, bigint>();
  /** Of what a call adds or has seen. */
  const maskOf = ({ f, input, output }: Call): bigint => {
    const value = f === 'add' ? input : output;
    if (f === 'add') return bitOf(value);
    let mask = masks.get(value);
    if (mask === undefined) {
      mask = maskOfAll(value as unknown[], bitOf);
      masks.set(value, mask);
    }
    return mask;
  };
  const has = (all: bigint, some: bigint) => (some & all) === some;
  const tell = (state: bigint) => tellElements(elements.filter((_, i) => (state >> BigInt(i)) & 1n));
  return {
    name: 'set',
    initial: Array.isArray(initial) ? maskOfAll(initial, bitOf) : 0n,
    accept(call) {
      if (!KNOWN.includes(call.f)) unknownOperation(call, 'set', KNOWN);
      if (call.f === 'add') return [{ ...call, output: undefined }];
      if (crashed(call) || (call.output ?? null) === null) return [];
      if (!Array.isArray(call.output)) odd(call, `has no list of elements: ${textOf(call.output).slice(0, 60)}`);
      return [{ ...call, input: null }];
    },
    step(state, call) {
      const mask = maskOf(call);
      if (call.f === 'add') return state | mask;
      return state === mask ? state : undefined;
    },
    // A base that is a power of two takes linear time.
    key: (state) => state.toString(32),
    tell,
    needs: (call) => (call.f === 'add' ? 'nothing' : `the set to be ${tellElements(call.output as unknown[])}`),
    free: true,
    looks: ({ f }) => f === 'read',
    // What is read with the element in it can only be read where the element is.
    commute: (a, b) => a.f === b.f || (a.f === 'add' ? has(maskOf(b), maskOf(a)) : has(maskOf(a), maskOf(b))),
    // The first element that is missing must come, sooner or later.
    helps(state, read, add) {
      const missing = maskOf(read) & ~state;
      return maskOf(add) === (missing & -missing) && has(maskOf(read), state);
    },
    hopeless: (state, call) => call.f === 'read' && !has(maskOf(call), state),
  };
}

function maskOfAll(list: readonly unknown[], bitOf: (element: unknown) => bigint): bigint {
  let mask = 0n;
  for (const element of list) mask |= bitOf(element);
  return mask;
}

const SHOWN = 20;

function tellElements(list: readonly unknown[]): string {
  const shown = list.slice(0, SHOWN).map(textOf).join(' ');
  return list.length > SHOWN ? `{${shown} ... ${list.length} elements}` : `{${shown}}`;
}
