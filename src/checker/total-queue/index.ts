import Type from 'typebox';
import type { CheckerModule, CheckerResult, Settings } from '../../contract/index.ts';
import { FAIL, OK, survey, type Traffic } from '../queue/traffic.ts';
import { listed, some } from '../values.ts';

const settings = Type.Object(
  {
    redelivers: Type.Boolean({
      description:
        'Whether the database gives again what a dequeue without an answer may have taken (a consumer acknowledges what it has got). Then what never came out is lost, where somebody asked again afterwards; else it may be what such a dequeue took, and the verdict is unknown.',
      default: false,
      examples: [true],
    }),
  },
  { additionalProperties: false },
);

/**
 * What goes in must come out (jepsen.checker/total-queue): every acknowledged enqueue has a dequeue, and nothing comes out that nobody
 * put in. Values are counted, as in a multiset. What comes out more often than it went in is counted, not invalid: most queues deliver
 * at least once. Invalid too: a value whose every enqueue had failed. The queue must have been emptied: where drains were tried and none
 * ended ok after the last acknowledgement, or the run ended before they were, what is missing may still be inside, and the verdict is unknown. An empty history: valid, as
 * Jepsen has it.
 *
 * Result: `attempted`, `acknowledged`, `ok` (came out and had been tried), `lost`, `unexpected`, `duplicated`, `recovered` (came out, never
 * acknowledged), `failed_but_dequeued`, each with its `..._elements`; `unanswered` dequeues and drains. 30 bytes an operation.
 */
export const totalQueue: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'total-queue',
  summary:
    'Everything acknowledged by a queue comes out of it again, and nothing else: lost, unexpected, duplicated, recovered.',
  settings,
  judges: ['queue'],
  check(history, { redelivers }: Settings<typeof settings>, { cutShort }): CheckerResult {
    const traffic = survey(history);
    if (traffic.odd !== undefined) return { valid: 'unknown', why: traffic.odd };
    const found = compare(traffic);
    const { dequeues, drains } = traffic.unanswered;
    const lost = found.lost.length;
    const wrong = [
      found.unexpected.length > 0 && `${found.unexpected.length} values came out that nobody enqueued`,
      found.failed_but_dequeued.length > 0 &&
        `${found.failed_but_dequeued.length} values came out whose enqueue is said not to have happened`,
    ].filter((words) => words !== false);
    const doubt = lost === 0 ? undefined : doubtOf(traffic, lost, redelivers, cutShort);
    if (lost > 0 && doubt === undefined) wrong.unshift(`${lost} acknowledged values never came out`);
    return {
      ...(wrong.length > 0
        ? { valid: false, why: wrong.join('; ') }
        : doubt === undefined
          ? { valid: true }
          : { valid: 'unknown', why: doubt }),
      ...totals(traffic),
      ...Object.fromEntries(
        Object.entries(found).flatMap(([name, values]) => [
          [name, values.length],
          [`${name}_elements`, listed(values)],
        ]),
      ),
      unanswered: dequeues + drains,
    };
  },
  text(result) {
    if (result.attempted === undefined) return [];
    const list = (name: string, words: string) =>
      result[name] === 0 ? [] : [`${result[name]} ${words}: ${some(result[`${name}_elements`])}`];
    return [
      `${result.attempted} enqueues, ${result.acknowledged} acknowledged, ${result.ok} came out`,
      ...list('lost', 'lost'),
      ...list('unexpected', 'from nowhere'),
      ...list('failed_but_dequeued', 'said not to have happened, yet dequeued'),
      ...list('duplicated', 'more often than they went in'),
      ...list('recovered', 'unacknowledged, yet dequeued'),
    ];
  },
};

function totals({ enqueues, values, takes }: Traffic) {
  const attempts = counts(values.size, enqueues.value.view());
  const came = counts(values.size, takes.value.view());
  let ok = 0;
  for (let value = 0; value < values.size; value++) ok += Math.min(attempts[value]!, came[value]!);
  const acknowledged = enqueues.end.view().reduce((sum, end) => sum + (end === OK ? 1 : 0), 0);
  return { attempted: enqueues.value.length, acknowledged, ok };
}

function counts(size: number, values: Float64Array): Uint32Array {
  const count = new Uint32Array(size);
  for (const value of values) count[value]!++;
  return count;
}

/** Values, each as often as it is lost, unexpected, ... */
function compare({ values, enqueues, takes }: Traffic) {
  const taken = counts(values.size, takes.value.view());
  const attempted = counts(values.size, enqueues.value.view());
  const failed = new Uint32Array(values.size);
  const acknowledged = new Uint32Array(values.size);
  for (let i = 0; i < enqueues.value.length; i++) {
    if (enqueues.end.at(i) === OK) acknowledged[enqueues.value.at(i)]!++;
    if (enqueues.end.at(i) === FAIL) failed[enqueues.value.at(i)]!++;
  }
  const found = {
    lost: [] as unknown[],
    unexpected: [] as unknown[],
    duplicated: [] as unknown[],
    recovered: [] as unknown[],
    failed_but_dequeued: [] as unknown[],
  };
  for (let i = 0; i < values.size; i++) {
    const [tries, sure, came] = [attempted[i]!, acknowledged[i]!, taken[i]!];
    const add = (list: unknown[], count: number) => {
      for (; count > 0; count--) list.push(values.value(i));
    };
    add(found.lost, sure - came);
    add(tries === 0 ? found.unexpected : found.duplicated, came - tries);
    add(found.recovered, Math.min(came, tries) - sure);
    if (failed[i] === tries) add(found.failed_but_dequeued, Math.min(came, tries));
  }
  return found;
}

/** Why what is missing need not be lost. */
function doubtOf(
  { drains, unanswered, answeredAt, acknowledgedAt }: Traffic,
  lost: number,
  redelivers: boolean,
  cutShort: string | undefined,
): string | undefined {
  const missing = `${lost} acknowledged values never came out`;
  if (drains.invoked === 0 && cutShort !== undefined) {
    return `${missing}, but nobody has drained the queue: they may still be in it (${cutShort})`;
  }
  if (drains.invoked > 0 && drains.last < acknowledgedAt) {
    return `${missing}, but no drain ended ok after the last of them was acknowledged: they may still be in the queue`;
  }
  if (unanswered.drains === 0 && lost > unanswered.dequeues) return undefined;
  // What is given again must have been asked for again.
  if (redelivers && unanswered.until < (drains.invoked > 0 ? drains.last : answeredAt)) return undefined;
  const count = unanswered.dequeues + unanswered.drains;
  return count === 0 ? undefined : `${missing}, but ${count} dequeues without an answer may have taken them`;
}
