import type { Call } from '../call.ts';
import { crashed, type Model, type ModelOptions, odd, textOf, unknownOperation } from '../model.ts';

const KNOWN = ['add', 'read'];

/** A counter: `add` integer, which may be negative; `read` null -> the sum of what was added. Begins as 0. */
export function counter({ initial }: ModelOptions): Model<number> {
  /** Whether anything was ever taken away. */
  let falls = false;
  /** No state is further from zero. */
  let most = Math.abs(typeof initial === 'number' ? initial : 0);
  return {
    name: 'counter',
    initial: typeof initial === 'number' ? initial : 0,
    accept(call) {
      if (!KNOWN.includes(call.f)) unknownOperation(call, 'counter', KNOWN);
      if (call.f === 'add') {
        const input = integer(call, call.input);
        falls ||= input < 0;
        most += Math.abs(input);
        if (most > Number.MAX_SAFE_INTEGER) odd(call, 'may lead to a sum that is too large to be exact');
        return [{ ...call, input, output: undefined }];
      }
      if (crashed(call) || (call.output ?? null) === null) return [];
      return [{ ...call, input: null, output: integer(call, call.output) }];
    },
    step(state, { f, input, output }) {
      if (f === 'add') return state + (input as number);
      return state === output ? state : undefined;
    },
    key: (state) => state,
    tell: String,
    needs: ({ f, output }) => (f === 'add' ? 'nothing' : `the counter to be ${output}`),
    free: true,
    looks: ({ f }) => f === 'read',
    commute: (a, b) => a.f === b.f || a.input === 0 || b.input === 0,
    // To come to a greater number something must be added, to a smaller one taken away.
    helps: (state, { output }, { input }) =>
      (output as number) > state ? (input as number) > 0 : (input as number) < 0,
    hopeless: (state, { f, output }) => f === 'read' && !falls && state > (output as number),
  };
}

function integer(call: Call, value: unknown): number {
  return Number.isSafeInteger(value) ? (value as number) : odd(call, `has no integer: ${textOf(value)}`);
}
