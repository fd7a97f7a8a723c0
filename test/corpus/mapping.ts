/**
 * What a manifest's names are called here: per checker of its own our checker, the settings for each of its options, and where in our result
 * each of its details stands. What is not in the table is a difference, never passed over.
 */
import { isDeepStrictEqual } from 'node:util';
import { parseRanges } from '../../src/checker/set/ranges.ts';
import type { CheckerResult } from '../../src/contract/index.ts';
import type { History } from '../../src/history/index.ts';

type Settings = Readonly<Record<string, unknown>>;
/** What the result has for a detail; `wanted` is what the manifest has, for lists whose order, or numbers whose type, means nothing. */
type Detail = (result: CheckerResult, history: History, wanted: unknown) => unknown;

export interface Mapping {
  /** Ours. */
  readonly checker: string;
  /** Settings that all entries of this checker get. */
  readonly settings?: Settings;
  /** The `model`, where the checker has any. */
  readonly model?: (model: string) => Settings | undefined;
  readonly options?: Readonly<Record<string, (value: unknown) => Settings>>;
  readonly details?: Readonly<Record<string, Detail>>;
  /** What stands for the expectation's `error`. */
  readonly error?: Detail;
}

const field =
  (name: string): Detail =>
  (result) =>
    result[name];

/** `a-b-c` is `a_b_c` in our results, unless another name is given. */
const fields = (...names: string[]): Record<string, Detail> =>
  Object.fromEntries(names.map((name) => [name, field(name.replaceAll('-', '_'))]));

/** The list that is wanted where `found` has the same in it, whatever the order. */
const inAnyOrder = (found: unknown, wanted: unknown): unknown => {
  const named = (list: unknown) => (Array.isArray(list) ? list.map((one) => JSON.stringify(one)).sort() : list);
  return isDeepStrictEqual(named(found), named(wanted)) ? wanted : found;
};

/** A list that our results have as compact text where its values are integers. */
const elements =
  (name: string): Detail =>
  (result, _history, wanted) => {
    const list = result[`${name}_elements`];
    return inAnyOrder(typeof list === 'string' ? parseRanges(list) : list, wanted);
  };

/** `lost-count` and `lost`, for each. */
const counted = (...names: string[]): Record<string, Detail> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const own = name.replaceAll('-', '_');
      return [
        [`${name}-count`, field(own)],
        [name, elements(own)],
      ];
    }),
  );

/** As `#{0..2 9}`, which is how Jepsen's set checker prints elements. */
const intervals =
  (of: Detail): Detail =>
  (result, history) => {
    const text = of(result, history, undefined);
    return typeof text === 'string' ? `#{${text}}` : undefined;
  };

/** The elements of the final read that somebody had tried to add: of these the set's result has only how many there are. */
const survivors: Detail = ({ final_read }, history) => {
  const tried = new Set<unknown>();
  let reader: unknown;
  let elements: unknown[] = [];
  for (const { index, type, process, f, value } of history.ops()) {
    if (f === 'add' && type === 'invoke') tried.add(value);
    if (index === final_read) reader = process;
    else if (process === reader && type === 'ok') {
      elements = value as unknown[];
      reader = undefined;
    }
  }
  return elements
    .filter((element) => tried.has(element))
    .sort((a, b) => Number(a) - Number(b))
    .join(' ');
};

const onlyAs = (only: unknown, settings: Settings) => (value: unknown) => {
  if (value !== only) throw new TypeError(`only ${JSON.stringify(only)} has a meaning here`);
  return settings;
};

const MODELS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['register', 'cas-register', 'multi-register', 'mutex', 'owned-mutex', 'semaphore', 'counter', 'set'].map(
      (name) => [name, name],
    ),
  ),
  ...Object.fromEntries(['fifo-queue', 'unordered-queue', 'append-list', 'key-value'].map((name) => [name, name])),
  kv: 'key-value',
};

const verdictsByKey = (result: CheckerResult) =>
  Object.fromEntries(
    Object.entries((result.keys ?? {}) as Record<string, CheckerResult>).map(([key, own]) => [key, own.valid]),
  );
const invalidKeys: Detail = (result, _history, wanted) => {
  const keys = Object.entries(verdictsByKey(result)).flatMap(([key, valid]) => (valid === false ? [key] : []));
  const areNumbers = Array.isArray(wanted) && wanted.every((key) => typeof key === 'number');
  return inAnyOrder(areNumbers ? keys.map(Number) : keys, wanted);
};

const precedence: Omit<Mapping, 'checker'> = {
  details: {
    errors: ({ errors }) =>
      (errors as Settings[] | undefined)?.map(({ index, missing, expected_count }) => ({
        index,
        missing,
        'expected-count': expected_count,
      })),
  },
};

export const MAPPINGS: Readonly<Record<string, Mapping>> = {
  linearizable: {
    checker: 'linearizable',
    // Of what nobody was told, everything may be true.
    settings: { unobserved: 'valid' },
    model: (model) => (MODELS[model] === undefined ? undefined : { model: MODELS[model] }),
    options: {
      initial: (initial) => ({ initial }),
      nilRead: (nil_read) => ({ nil_read }),
      independent: (each) => ({ keys: each === true ? 'each' : 'none' }),
      partitionBy: onlyAs('key', { keys: 'each' }),
    },
    details: {
      failingIndex: field('failing_index'),
      previousOkIndex: field('previous_ok_index'),
      lastLinearizedIndex: field('last_linearized_index'),
      results: verdictsByKey,
      failures: invalidKeys,
      invalidKeys,
      failingIndexByKey: ({ keys }) =>
        Object.fromEntries(
          Object.entries((keys ?? {}) as Record<string, CheckerResult>).flatMap(([key, own]) =>
            own.failing_index === undefined ? [] : [[key, own.failing_index]],
          ),
        ),
    },
  },
  set: {
    checker: 'set',
    details: {
      'attempt-count': field('attempted'),
      'acknowledged-count': field('acknowledged'),
      'ok-count': field('survivors'),
      ok: intervals(survivors),
      ...Object.fromEntries(
        ['lost', 'recovered', 'unexpected'].flatMap((name) => [
          [`${name}-count`, field(name)],
          [name, intervals(field(`${name}_elements`))],
        ]),
      ),
    },
  },
  'set-full': {
    checker: 'set-full',
    options: { linearizable: (linearizable) => ({ linearizable }) },
    details: {
      'attempt-count': field('attempted'),
      'stable-count': field('stable'),
      ...counted('lost', 'never-read', 'stale', 'duplicated'),
      duplicated: ({ duplicates }) => duplicates ?? {},
      'stable-latencies': field('stable_latencies_ms'),
      'lost-latencies': field('lost_latencies_ms'),
    },
  },
  counter: { checker: 'counter', details: fields('reads', 'errors') },
  queue: {
    checker: 'queue',
    // Of which order a queue has, Jepsen's checker asks nothing: null is no model at all.
    model: (model) => (model === 'unordered-queue' ? {} : undefined),
    options: { model: onlyAs(null, {}) },
  },
  'total-queue': {
    checker: 'total-queue',
    // What Jepsen calls lost, whatever dequeues without an answer may have taken.
    settings: { redelivers: true },
    details: {
      'attempt-count': field('attempted'),
      'acknowledged-count': field('acknowledged'),
      'ok-count': field('ok'),
      ...counted('lost', 'unexpected', 'duplicated', 'recovered'),
    },
  },
  'unique-ids': {
    checker: 'unique-ids',
    details: {
      'attempted-count': field('attempted'),
      'acknowledged-count': field('acknowledged'),
      'duplicated-count': field('duplicated'),
      duplicated: field('duplicates'),
      range: field('range'),
    },
  },
  bank: {
    checker: 'bank',
    options: {
      totalAmount: (total) => ({ total }),
      accounts: (accounts) => ({ accounts }),
      allowNegativeBalances: (allow_negative) => ({ allow_negative }),
    },
    details: { ...fields('error-count', 'error-types', 'first-error-index'), 'read-count': field('reads') },
  },
  'long-fork': {
    checker: 'long-fork',
    options: { groupSize: (group_size) => ({ group_size }) },
    details: {
      'reads-count': field('reads'),
      'early-read-count': field('early_reads'),
      'late-read-count': field('late_reads'),
      forks: ({ forks }, _history, wanted) => inAnyOrder(forks, wanted),
    },
    error: field('error'),
  },
  'causal-reverse': { checker: 'causal', ...precedence },
  comments: { checker: 'comments', ...precedence },
  stats: {
    checker: 'stats',
    details: {
      ...fields('count', 'ok-count', 'fail-count', 'info-count'),
      'by-f': ({ by_f }) =>
        Object.fromEntries(
          Object.entries((by_f ?? {}) as Record<string, Settings>).map(([f, own]) => [
            f,
            {
              'valid?': own.valid,
              count: own.count,
              'ok-count': own.ok_count,
              'fail-count': own.fail_count,
              'info-count': own.info_count,
            },
          ]),
        ),
    },
  },
  // It only lists: what is never judged is never invalid.
  'unhandled-exceptions': {
    checker: 'stats',
    settings: { every_f: false },
    details: {
      exceptions: ({ exceptions }) =>
        (exceptions as Settings[] | undefined)?.map(({ class: name, count, example_index }) => ({
          class: name,
          count,
          'example-index': example_index,
        })),
    },
  },
  perf: { checker: 'latency', details: { 'nemesis-intervals-ns': field('nemesis_intervals_ns') } },
  'nemesis-intervals': { checker: 'latency', details: { intervals: field('nemesis_intervals') } },
  'clock-plot': { checker: 'clock' },
};
