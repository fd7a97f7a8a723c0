/** Queues of distinct values, by pairs of values, against the brute force: verdict, failing completion, and the configuration before it. */
import { expect, test } from 'vitest';
import type { Rng } from '../../../src/base/rng.ts';
import type { Call, Configuration } from '../../../src/checker/linearizable/call.ts';
import type { Model } from '../../../src/checker/linearizable/model.ts';
import { makeModel } from '../../../src/checker/linearizable/models/index.ts';
import { decideQueue } from '../../../src/checker/linearizable/queue/index.ts';
import { firstBad } from '../../oracle/brute.ts';
import { makeDraws } from '../../planted/simulate.ts';
import { randomCalls, type Subject } from './random.ts';
import { bruteOf, TOLD } from './subjects.ts';

const HISTORIES = 100_000;
const OPTIONS = { initial: undefined, nilRead: 'absent', reentrant: false, permits: 1 } as const;

/** A queue into which no value is put twice; it begins with the values below `initial`. */
function distinct(initial: number): Subject<number[]> {
  let put = initial;
  const queue = TOLD['fifo-queue'];
  return {
    ...queue,
    model: () => makeModel('fifo-queue', OPTIONS),
    initial: Array.from({ length: initial }, (_, i) => i),
    ask: (rng: Rng, process) => {
      const asked = queue.ask(rng, process);
      return asked.f === 'enqueue' ? { f: 'enqueue', input: put++ } : asked;
    },
    lie: (rng, f, output) => (f === 'enqueue' ? output : rng.int(0, put)),
  };
}

test(`as the brute force says on ${HISTORIES} histories, valid and not, to the completion`, () => {
  let [invalid, crashed] = [0, 0];
  for (let seed = 0; seed < HISTORIES; seed++) {
    const rng = makeDraws(seed);
    const subject = distinct(seed % 5 === 0 ? 2 : 0);
    let calls = randomCalls(subject, rng, rng.int(2, 8), rng.int(2, 5), seed % 2 > 0);
    // More of what is hard: of some dequeues nobody knows the end.
    if (seed % 3 === 0) {
      const hidden = (call: Call) => call.f === 'dequeue' && rng.int(0, 2) === 0;
      calls = calls.map((call) =>
        hidden(call) ? { ...call, output: undefined, complete: Number.POSITIVE_INFINITY } : call,
      );
    }
    const model = makeModel('fifo-queue', { ...OPTIONS, initial: subject.initial });
    const accepted = calls.flatMap((call) => model.accept(call));
    const found = decideQueue(accepted, model.initial as string[])!;
    const expected = calls[firstBad(calls, { ...bruteOf('fifo-queue'), initial: subject.initial }, true)]?.complete;
    const say = () => `seed ${seed}: ${JSON.stringify([found, expected, calls])}`;
    if (accepted.some(({ f, output }) => f === 'dequeue' && output === undefined)) crashed++;
    if (found.valid !== false) {
      expect(expected, expected === undefined ? '' : say()).toBe(undefined);
      continue;
    }
    invalid++;
    if (found.failing.complete !== expected) expect.fail(say());
    if (!fits(found.last[0]!, model, accepted, found.failing.complete)) expect.fail(`configuration: ${say()}`);
  }
  expect(invalid).toBeGreaterThan(HISTORIES / 10);
  expect(invalid).toBeLessThan(HISTORIES / 2);
  expect(crashed).toBeGreaterThan(HISTORIES / 5);
});

/** Whether it is an order of what had begun, with all that had ended: nothing comes too late, and the queue does each as told. */
function fits(
  { linearized, pending, state }: Configuration,
  model: Model,
  calls: readonly Call[],
  end: number,
): boolean {
  let now: unknown = model.initial;
  for (const call of linearized) now = now === undefined ? undefined : model.step(now, call);
  const begun = calls.filter(({ invoke }) => invoke < end);
  return (
    JSON.stringify(now) === JSON.stringify(state) &&
    linearized.every((call, at) => linearized.slice(at).every(({ complete }) => complete > call.invoke)) &&
    linearized.length + pending.length === begun.length &&
    begun.every((call) => (call.complete < end ? linearized : [...linearized, ...pending]).includes(call))
  );
}
