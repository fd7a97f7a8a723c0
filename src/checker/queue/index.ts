import { type CheckerModule, type CheckerResult, NoSettings } from '../../contract/index.ts';
import { countBelow } from '../numbers.ts';
import { listed, some } from '../values.ts';
import { FAIL, survey, type Traffic } from './traffic.ts';

/**
 * Every dequeue must come from somewhere (jepsen.checker/queue, with an unordered queue): each value is taken no more often than
 * enqueues of it had been invoked by then, those that failed left out. It does not look at what is left in the queue, nor
 * at the order: see `total-queue`, and `linearizable` with `fifo-queue`. Nothing dequeued: valid, as Jepsen has it.
 *
 * Result: `enqueued`, `dequeued`, `unexpected` (how many came from nowhere) with `unexpected_elements`, `first_unexpected_index`.
 * O(n log n); 40 bytes an operation.
 */
export const queue: CheckerModule<typeof NoSettings> = {
  kind: 'checker',
  name: 'queue',
  summary: 'Every value that comes out of a queue has been put in before.',
  settings: NoSettings,
  judges: ['queue'],
  check(history): CheckerResult {
    const traffic = survey(history);
    if (traffic.odd !== undefined) return { valid: 'unknown', why: traffic.odd };
    const nowhere = fromNowhere(traffic);
    const [first] = nowhere;
    const unexpected = nowhere.map((take) => traffic.values.value(traffic.takes.value.at(take)));
    return {
      ...(first === undefined
        ? { valid: true }
        : { valid: false, why: `${unexpected.length} dequeued values had not been enqueued by then, or not so often` }),
      enqueued: traffic.enqueues.value.length,
      dequeued: traffic.takes.value.length,
      unexpected: unexpected.length,
      ...(first !== undefined && {
        unexpected_elements: listed(unexpected),
        first_unexpected_index: traffic.takes.index.at(first),
      }),
    };
  },
  text({ enqueued, dequeued, unexpected, unexpected_elements, first_unexpected_index }) {
    if (enqueued === undefined) return [];
    const found = unexpected === 0 ? [] : [`${unexpected} from nowhere: ${some(unexpected_elements)}`];
    const dated = unexpected === 0 ? [] : [`the first: operation ${first_unexpected_index}`];
    return [`${enqueued} enqueued, ${dequeued} dequeued`, ...found, ...dated];
  },
};

/** The takes, in order, that take a value more often than it could be in the queue by then. */
function fromNowhere({ values, enqueues, takes }: Traffic): number[] {
  const { starts, indices } = invokedByValue(values.size, enqueues);
  const taken = new Uint32Array(values.size);
  const nowhere: number[] = [];
  for (let take = 0; take < takes.value.length; take++) {
    const value = takes.value.at(take);
    const invoked = indices.subarray(starts[value], starts[value + 1]);
    // One from nowhere takes no place of one that is there.
    if (countBelow(invoked, takes.index.at(take)) > taken[value]!) taken[value]!++;
    else nowhere.push(take);
  }
  return nowhere;
}

/** Indices of the invocations of enqueues that did not fail, sorted, those of value v from `starts[v]` to `starts[v + 1]`. */
function invokedByValue(count: number, { value, invoke, end }: Traffic['enqueues']) {
  const starts = new Uint32Array(count + 1);
  for (let i = 0; i < value.length; i++) if (end.at(i) !== FAIL) starts[value.at(i) + 1]!++;
  for (let v = 0; v < count; v++) starts[v + 1]! += starts[v]!;
  const indices = new Float64Array(starts[count]!);
  const next = starts.slice();
  for (let i = 0; i < value.length; i++) {
    if (end.at(i) !== FAIL) indices[next[value.at(i)]!++] = invoke.at(i);
  }
  for (let v = 0; v < count; v++) {
    if (starts[v + 1]! - starts[v]! > 1) indices.subarray(starts[v], starts[v + 1]).sort();
  }
  return { starts, indices };
}
