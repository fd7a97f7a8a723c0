/**
 * Each model once more, told by a correct object: what the engine's models are held against shares nothing with them.
 */
import type { Rng } from '../../../src/base/rng.ts';
import { makeModel } from '../../../src/checker/linearizable/models/index.ts';
import type { ModelName } from '../../../src/checker/linearizable/settings.ts';
import type { BruteModel } from '../../oracle/brute.ts';
import type { Subject } from './random.ts';

const OPTIONS = { initial: undefined, nilRead: 'absent', reentrant: false, permits: 2 } as const;

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const small = (rng: Rng) => rng.int(0, 2);

// biome-ignore lint/suspicious/noExplicitAny: each has a state of its own
type Any = any;

interface Told extends Omit<Subject<Any>, 'model'> {
  /** A crashed call may have been told anything: the states it may leave. Default: what `serve` says. */
  readonly brute?: BruteModel<Any>;
  readonly options?: Partial<typeof OPTIONS> | Record<string, unknown>;
}

const register: Told = {
  initial: null,
  ask(rng) {
    const f = ['read', 'write'][rng.int(0, 1)] as string;
    return { f, input: f === 'read' ? null : small(rng) };
  },
  serve: (state, f, input) => (f === 'read' ? { output: state, next: state } : { output: input, next: input }),
  lie: (rng, f, output) => (f === 'read' ? small(rng) : output),
};

const lock = (who: boolean, times: number): Told => ({
  initial: [],
  ask: (rng) => ({ f: rng.int(0, 2) < 2 ? 'acquire' : 'release', input: null }),
  serve(state: number[], f, _, process) {
    if (f === 'acquire') {
      const may = who ? state.every((one) => one === process) && state.length < times : state.length < times;
      return may ? { output: null, next: [...state, process] } : undefined;
    }
    if (who ? state[0] !== process : state.length === 0) return undefined;
    return { output: null, next: state.slice(1) };
  },
  lie: () => null,
});

export const TOLD: Record<ModelName, Told> = {
  register,
  'cas-register': {
    ...register,
    ask(rng) {
      if (rng.int(0, 2) > 0) return register.ask(rng, 0);
      return { f: 'cas', input: [rng.int(0, 3) === 0 ? null : small(rng), small(rng)] };
    },
    serve(state, f, input, process) {
      if (f !== 'cas') return register.serve(state, f, input, process);
      return same((input as unknown[])[0], state) ? { output: input, next: (input as unknown[])[1] } : undefined;
    },
  },
  'multi-register': {
    initial: { x: 0, y: 0 },
    options: { initial: { x: 0, y: 0 } },
    ask(rng) {
      const micro = () =>
        rng.int(0, 1) ? ['r', rng.int(0, 1) ? 'x' : 'y', null] : ['w', rng.int(0, 1) ? 'x' : 'y', small(rng)];
      return { f: 'txn', input: Array.from({ length: rng.int(1, 2) }, micro) };
    },
    serve(state, _, input) {
      const next = { ...state };
      const output = (input as Any[]).map(([f, k, v]) => {
        if (f === 'r') return [f, k, next[k]];
        next[k] = v;
        return [f, k, v];
      });
      return { output, next };
    },
    lie: (rng, _, output) => (output as Any[] | undefined)?.map(([f, k, v]) => [f, k, f === 'r' ? small(rng) : v]),
  },
  mutex: lock(false, 1),
  'owned-mutex': { ...lock(true, 9), options: { reentrant: true } },
  semaphore: lock(false, 2),
  counter: {
    initial: 0,
    ask: (rng) => (rng.int(0, 2) ? { f: 'add', input: rng.int(-1, 3) } : { f: 'read', input: null }),
    serve: (state, f, input) =>
      f === 'add' ? { output: input, next: state + (input as number) } : { output: state, next: state },
    lie: (rng, f, output) => (f === 'add' ? output : ((output as number) ?? 0) + rng.int(-2, 2)),
  },
  set: {
    initial: [],
    ask: (rng) => (rng.int(0, 2) ? { f: 'add', input: rng.int(0, 5) } : { f: 'read', input: null }),
    serve(state: number[], f, input) {
      if (f === 'read') return { output: state, next: state };
      return { output: input, next: [...new Set([...state, input as number])].sort() };
    },
    lie: (rng, f, output) =>
      f === 'add' ? output : [...(output as number[]), 0, 1, 2].filter(() => rng.int(0, 3) > 0).reverse(),
    brute: {
      initial: [],
      step(state: number[], f, input, output) {
        if (f === 'add') return [...new Set([...state, input as number])].sort();
        return output === undefined || same([...new Set(output as number[])].sort(), state) ? state : undefined;
      },
    },
  },
  'fifo-queue': queue(true),
  'unordered-queue': queue(false),
  'append-list': {
    initial: [],
    ask: (rng) => (rng.int(0, 2) ? { f: 'append', input: rng.int(0, 5) } : { f: 'read', input: null }),
    serve: (state, f, input) =>
      f === 'read' ? { output: state, next: state } : { output: input, next: [...state, input] },
    lie: (rng, f, output) =>
      f === 'append' ? output : [...(output as number[]), rng.int(0, 5)].filter(() => rng.int(0, 4) > 0),
  },
  'key-value': {
    initial: '',
    ask(rng) {
      const f = ['get', 'get', 'put', 'append', 'append'][rng.int(0, 4)] as string;
      return { f, input: f === 'get' ? null : 'ab'[rng.int(0, 1)] };
    },
    serve(state: string, f, input) {
      if (f === 'get') return { output: state, next: state };
      return { output: input, next: f === 'put' ? input : state + input };
    },
    lie: (rng, f, output) =>
      f === 'get' ? [...(output as string), 'b', 'a'].filter(() => rng.int(0, 2) > 0).join('') : output,
  },
};

function queue(fifo: boolean): Told {
  return {
    initial: [],
    ask: (rng) => (rng.int(0, 1) ? { f: 'enqueue', input: rng.int(0, 3) } : { f: 'dequeue', input: null }),
    serve(state: number[], f, input, process) {
      if (f === 'enqueue') return { output: input, next: [...state, input] };
      if (state.length === 0) return undefined;
      const at = fifo ? 0 : process % state.length;
      return { output: state[at], next: state.toSpliced(at, 1) };
    },
    lie: (rng, f, output) => (f === 'enqueue' ? output : rng.int(0, 3)),
    brute: {
      initial: [],
      step(state: number[], f, input, output) {
        if (f === 'enqueue') return [...state, input as number];
        const at = fifo ? 0 : output === undefined ? 0 : state.indexOf(output as number);
        if (state.length === 0 || at === -1 || (output !== undefined && state[at] !== output)) return undefined;
        return state.toSpliced(at, 1);
      },
    },
  };
}

/** The definition for the brute force: a call can end as told where the correct object would have told it so. */
export function bruteOf(name: ModelName): BruteModel<Any> {
  const told = TOLD[name];
  if (told.brute !== undefined) return told.brute;
  return {
    initial: told.initial,
    step(state, f, input, output) {
      // The owner is the process; the brute force does not hand it over, so it stands in the input.
      const [asked, process] = name === 'owned-mutex' ? [null, input as number] : [input, 0];
      const served = told.serve(state, f, asked, process);
      if (served === undefined) return undefined;
      return output === undefined || same(output, served.output) ? served.next : undefined;
    },
  };
}

export function subjectOf(name: ModelName): Subject<Any> {
  const told = TOLD[name];
  return { ...told, model: () => makeModel(name, { ...OPTIONS, ...told.options } as never) };
}
