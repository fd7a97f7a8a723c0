import Type from 'typebox';
import { BOUND_PATTERNS } from '../../base/bound.ts';
import {
  type CheckContext,
  type CheckerModule,
  type CheckerResult,
  mergeValid,
  type SettingsProblem,
} from '../../contract/index.ts';
import type { History } from '../../history/index.ts';
import { type Assertion, assertAll, type Wanted } from './assert.ts';
import { numbersOf } from './names.ts';

const settings = Type.Object(
  {},
  {
    description:
      'Names of reported numbers, as results.json has them or the last words of that (`set.lost`, `lost`, `latency p99`), each with what it must be.',
    additionalProperties: Type.Union(
      [
        Type.Number(),
        Type.Boolean(),
        Type.String({ pattern: BOUND_PATTERNS.any, expected: 'a bound such as ">= 95%", "< 200ms" or 0' }),
      ],
      { expected: 'a bound such as ">= 95%", "< 200ms" or 0', strictness: 'bound' },
    ),
    examples: [{ lost: 0, acknowledged: '>= 95%', 'latency p99': '< 200ms' }],
  },
);

/** Checkers that count and measure: what they report may be asserted though the plan does not name them. */
const MEASURING = ['availability', 'latency', 'stats', 'clock'];

export interface AssertionsFinding extends CheckerResult {
  readonly assertions: readonly Assertion[];
}

/**
 * Numbers that were reported must be as the plan says: those of all operations (`latency_ms.p99`), and those of every other checker (`set.lost`). What nobody reports, or what may mean
 * several numbers, is unknown. A bound in percent means a share, one with a unit of time a time.
 */
export const assertions: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'assertions',
  summary: 'Compares any reported number with a bound: acknowledged >= 95%, lost 0, latency p99 < 200ms.',
  settings,
  judges: 'any',
  last: true,
  problems(given, { checkers, known }) {
    if (Object.keys(given).length === 0)
      return [{ path: '', message: 'nothing is asserted', hint: 'such as `lost: 0`' }];
    const absent = known.filter((name) => !checkers.includes(name) && !MEASURING.includes(name));
    return Object.keys(given).flatMap((name): SettingsProblem[] => {
      const words = name.trim().split(/[\s.]+/);
      const checker = words.length > 1 && absent.find((one) => one === words[0]);
      if (!checker) return [];
      return [
        {
          path: name,
          message: `the plan has no checker "${checker}" that would report this`,
          hint: `name it too: ${checker}: {}`,
        },
      ];
    });
  },
  async check(history, given, context): Promise<CheckerResult> {
    const wanted = given as Record<string, Wanted>;
    const here = assertAll(wanted, numbersOf(context.reported));
    const missing = here.filter(({ found }) => found === undefined && !context.signal?.aborted).map(({ name }) => name);
    const measured = missing.length === 0 ? [] : await measure(history, context, missing, wanted);
    const made = here.map((one) => measured.find(({ name }) => name === one.name) ?? one);
    const valid = mergeValid(made.map((one) => one.valid));
    const wrong = made.filter((one) => one.valid === valid);
    return {
      valid,
      ...(valid !== true && { why: wrong.map(({ why }) => why).join('; ') || 'nothing is asserted' }),
      assertions: made,
    };
  },
  text(result) {
    return (result as AssertionsFinding).assertions.map(({ name, wanted, found, value, valid }) => {
      const verdict = valid === true ? 'holds' : valid === false ? 'does not hold' : 'unknown';
      const is = value === undefined ? '' : `: ${value}${found === name ? '' : ` (${found})`}`;
      return `${name} ${wanted} ${verdict}${is}`;
    });
  },
};

/** The same of what the measuring checkers would have reported, those that the plan does not name. */
async function measure(
  history: History,
  context: CheckContext,
  names: readonly string[],
  wanted: Readonly<Record<string, Wanted>>,
): Promise<Assertion[]> {
  const reported: Record<string, unknown> = {};
  for (const name of MEASURING.filter((one) => context.reported[one] === undefined)) {
    // A verdict without bounds says nothing.
    const { valid: _, ...numbers } = await context.check({ name, settings: MEASURES[name] ?? {} }, history);
    reported[name] = numbers;
  }
  const found = assertAll(Object.fromEntries(names.map((name) => [name, wanted[name] as Wanted])), numbersOf(reported));
  return found.filter((one) => one.found !== undefined || (one.candidates?.length ?? 0) > 0);
}

/** Settings with which they only measure. */
const MEASURES: Readonly<Record<string, unknown>> = {
  availability: { acknowledged: '>= 0%' },
  latency: { window: '10s' },
  stats: { every_f: false },
  clock: {},
};
