import type { Call } from '../call.ts';
import { crashed, type Model, type ModelOptions, odd, textOf, unknownOperation } from '../model.ts';

const KNOWN = ['get', 'put', 'append'];

/**
 * One key of a store of texts: `put` text replaces, `append` text adds to its end, `get` null -> the whole text, "" where
 * nobody has put any (porcupine's kv model). Keys are apart: each is an object of its own.
 */
export function keyValue({ initial, nilRead }: ModelOptions): Model<string> {
  return {
    name: 'key-value',
    initial: typeof initial === 'string' ? initial : '',
    accept(call) {
      if (!KNOWN.includes(call.f)) unknownOperation(call, 'key-value', KNOWN);
      if (call.f !== 'get') return [{ ...call, input: text(call, call.input), output: undefined }];
      const none = (call.output ?? null) === null;
      if (crashed(call) || (none && nilRead === 'unknown')) return [];
      return [{ ...call, input: null, output: none ? '' : text(call, call.output) }];
    },
    step(state, { f, input, output }) {
      if (f === 'get') return state === output ? state : undefined;
      return f === 'put' ? (input as string) : state + input;
    },
    key: (state) => state,
    tell,
    needs: ({ f, output }) => (f === 'get' ? `the value to be ${tell(output as string)}` : 'nothing'),
    free: true,
    looks: ({ f }) => f === 'get',
    // The last call before the get has put the text, or its end.
    helps: (_, { output }, { f, input }) =>
      f === 'put' ? input === output : (output as string).endsWith(input as string),
  };
}

function text(call: Call, value: unknown): string {
  return typeof value === 'string' ? value : odd(call, `has no text: ${textOf(value).slice(0, 60)}`);
}

const SHOWN = 80;

/** Long texts by their ends: that is where they differ. */
function tell(state: string): string {
  return state.length <= SHOWN ? textOf(state) : `...${textOf(state.slice(-SHOWN))} (${state.length} characters)`;
}
