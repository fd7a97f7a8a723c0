import type { Call } from '../call.ts';
import { crashed, type Model, type ModelOptions, odd, textOf, unknownOperation } from '../model.ts';

const KNOWN = ['append', 'read'];

/** A list by its last element: lists that begin alike share their beginning. Each is there once: equal lists are one object. */
interface List {
  readonly id: number;
  readonly before: List | undefined;
  readonly element: unknown;
  readonly length: number;
}

/** A list: `append` element; `read` null -> the list, in order. */
export function appendList({ initial, nilRead }: ModelOptions): Model<List> {
  const longer = new Map<string, List>();
  const empty: List = { id: 0, before: undefined, element: undefined, length: 0 };
  const append = (list: List, element: unknown): List => {
    const place = `${list.id} ${textOf(element)}`;
    let next = longer.get(place);
    if (next === undefined) {
      next = { id: longer.size + 1, before: list, element, length: list.length + 1 };
      longer.set(place, next);
    }
    return next;
  };
  const beginnings = new Map<unknown, readonly List[]>();
  /** The lists that a read has seen grow, by length. */
  const beginningsOf = ({ output }: Call): readonly List[] => {
    let found = beginnings.get(output);
    if (found === undefined) {
      let list = empty;
      found = [empty, ...(output as unknown[]).map((element) => (list = append(list, element)))];
      beginnings.set(output, found);
    }
    return found;
  };
  const hopeless = (state: List, read: Call) => beginningsOf(read)[state.length] !== state;
  return {
    name: 'append-list',
    initial: (Array.isArray(initial) ? initial : []).reduce(append, empty),
    accept(call) {
      if (!KNOWN.includes(call.f)) unknownOperation(call, 'append-list', KNOWN);
      if (call.f === 'append') return [{ ...call, output: undefined }];
      const none = (call.output ?? null) === null;
      if (crashed(call) || (none && nilRead === 'unknown')) return [];
      if (!none && !Array.isArray(call.output)) odd(call, `has no list: ${textOf(call.output).slice(0, 60)}`);
      return [{ ...call, input: null, output: call.output ?? [] }];
    },
    step(state, call) {
      if (call.f === 'append') return append(state, call.input);
      return beginningsOf(call).at(-1) === state ? state : undefined;
    },
    key: ({ id }) => id,
    tell: tellList,
    needs: ({ f, output }) => (f === 'append' ? 'nothing' : `the list to be ${tell(output as unknown[])}`),
    free: true,
    looks: ({ f }) => f === 'read',
    // The next element that was seen must come next.
    helps: (state, read, { input }) =>
      !hopeless(state, read) && textOf((read.output as unknown[])[state.length]) === textOf(input),
    hopeless: (state, call) => call.f === 'read' && hopeless(state, call),
  };
}

const SHOWN = 20;

function tellList(list: List): string {
  const elements: unknown[] = [];
  for (let at = list; at.before !== undefined; at = at.before) elements.push(at.element);
  return tell(elements.reverse());
}

function tell(elements: readonly unknown[]): string {
  if (elements.length <= SHOWN) return `[${elements.map(textOf).join(' ')}]`;
  return `[... ${elements.slice(-SHOWN).map(textOf).join(' ')}] (${elements.length} elements)`;
}
