import { type Model, type ModelOptions, odd, textOf, unknownOperation } from '../model.ts';

const KNOWN = ['acquire', 'release'];

/** A lock: `acquire` is ok only where it is free, `release` only where it is held, by whomever (knossos.model/mutex). */
export function mutex({ initial }: ModelOptions): Model<boolean> {
  return {
    name: 'mutex',
    initial: initial === true || initial === 'held' || initial === 'locked',
    accept: (call) => acquireOrRelease('mutex', call),
    step: (held, { f }) => (held === (f === 'release') ? !held : undefined),
    key: Number,
    tell: (held) => (held ? 'held' : 'free'),
    needs: ({ f }) => `the lock to be ${f === 'acquire' ? 'free' : 'held'}`,
    looks: () => false,
    // One that acquires and one that releases are never possible at a time.
    commute: (a, b) => a.f !== b.f,
    helps: (_, call, other) => call.f !== other.f,
  };
}

/** Who holds it, and how many times. */
interface Holding {
  readonly holder: number | undefined;
  readonly times: number;
}

const FREE: Holding = { holder: undefined, times: 0 };

/**
 * A lock that knows its holder: only the process that acquired it may release it. Reentrant: the holder may acquire it
 * again, and must release it as often (hazelcast.cp's FencedLock; java.util.concurrent.locks.ReentrantLock).
 */
export function ownedMutex({ initial, reentrant }: ModelOptions): Model<Holding> {
  return {
    name: 'owned-mutex',
    initial: typeof initial === 'number' ? { holder: initial, times: 1 } : FREE,
    accept: (call) => acquireOrRelease('owned-mutex', call),
    step({ holder, times }, { f, process }) {
      if (f === 'acquire') {
        const may = holder === undefined || (reentrant && holder === process);
        return may ? { holder: process, times: times + 1 } : undefined;
      }
      if (holder !== process) return undefined;
      return times === 1 ? FREE : { holder, times: times - 1 };
    },
    key: ({ holder, times }) => (holder === undefined ? '' : `${holder} ${times}`),
    tell: ({ holder, times }) => {
      if (holder === undefined) return 'free';
      return `held by process ${holder}${times > 1 ? `, ${times} times` : ''}`;
    },
    needs({ f, process }) {
      if (f === 'release') return `process ${process} to hold the lock`;
      return `the lock to be free${reentrant ? `, or held by process ${process}` : ''}`;
    },
    looks: () => false,
    // Processes that differ: whoever may release holds it, and then nobody else can do anything.
    commute: (a, b) => a.process !== b.process && (a.f === 'release' || b.f === 'release'),
    helps: ({ holder }, { f, process }, other) =>
      f === 'acquire'
        ? other.f === 'release' && other.process === holder
        : other.f === 'acquire' && other.process === process,
    byProcess: true,
  };
}

/** So many may hold it at a time: `acquire` takes a permit, `release` gives one back (java.util.concurrent.Semaphore). */
export function semaphore({ initial, permits }: ModelOptions): Model<number> {
  return {
    name: 'semaphore',
    initial: typeof initial === 'number' ? initial : 0,
    accept: (call) => acquireOrRelease('semaphore', call),
    step(held, { f }) {
      if (f === 'acquire') return held < permits ? held + 1 : undefined;
      return held > 0 ? held - 1 : undefined;
    },
    key: (held) => held,
    tell: (held) => `${held} of ${permits} held`,
    needs: ({ f }) => (f === 'acquire' ? 'a permit to be free' : 'a permit to be held'),
    looks: () => false,
    commute: (a, b) => a.f !== b.f,
    helps: (_, call, other) => call.f !== other.f,
  };
}

/** Tokens are not compared: whether they grow is a property of its own. */
function acquireOrRelease(name: string, call: Parameters<Model['accept']>[0]) {
  if (!KNOWN.includes(call.f)) unknownOperation(call, name, KNOWN);
  if (name === 'semaphore' && typeof call.input === 'number' && call.input !== 1 && call.f === 'acquire') {
    odd(call, `takes ${textOf(call.input)} permits: one at a time is what can be judged`);
  }
  return [{ ...call, input: null, output: undefined }];
}
