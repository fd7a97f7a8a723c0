import Type from 'typebox';
import {
  type Broken,
  CheckerBlock,
  type CheckerModule,
  type CheckerResult,
  mergeBroken,
  mergeValid,
  type Settings,
  type Validity,
} from '../../contract/index.ts';
import { byKey, historyOf, isKeyed } from '../../history/index.ts';

const settings = Type.Object(
  {
    checker: CheckerBlock({
      description: 'Who judges the history of each key: checkers, as the plan names them.',
      examples: [{ freshness: {} }],
    }),
  },
  { additionalProperties: false },
);

/** Keys whose findings are told whole, and whose verdicts are, at most. */
const FINDINGS_MAX = 20;
const VERDICTS_MAX = 10_000;

export interface IndependentFinding extends CheckerResult {
  readonly keys: number;
  readonly valid_keys: number;
  readonly invalid_keys: number;
  readonly unknown_keys: number;
  /** Keys whose history is invalid, in the order of the history. */
  readonly failures: readonly string[];
  /** Of the keys that are not valid, the invalid ones first, the findings of each checker, as many as there is room for. */
  readonly findings: readonly { readonly key: string; readonly checkers: Readonly<Record<string, CheckerResult>> }[];
  /** Verdict by key; of very many keys the invalid ones, then the unknown ones, then others. In JSON whole numbers come first, in their order. */
  readonly results: Readonly<Record<string, Validity>>;
}

/**
 * A history over many keys is as many histories, each judged by itself; the whole is as its worst (jepsen.independent/checker). What holds
 * of every key holds of all of them where the guarantee is local (linearizability: Herlihy and Wing, Linearizability, 1990, theorem 1); of others it says only what it
 * says. The nemesis's operations are in none of them. Holds the operations in memory.
 */
export const independent: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'independent',
  summary: 'Has other checkers judge the history of each key by itself; tells the failing keys first.',
  settings,
  judges: 'any',
  readsLogs: true,
  async check(history, { checker }: Settings<typeof settings>, context): Promise<CheckerResult> {
    const uses = Object.entries(checker).map(([name, own]) => ({ name, settings: own }));
    if (!isKeyed(history))
      return { valid: 'unknown', why: 'the operations have no keys: their values are not [key, value]' };
    const judged: { key: string; valid: Validity; checkers: Record<string, CheckerResult> }[] = [];
    const broken: Broken[] = [];
    for (const [key, ops] of byKey(history)) {
      context.signal?.throwIfAborted();
      const part = historyOf(ops);
      const checkers: Record<string, CheckerResult> = {};
      for (const use of uses) checkers[use.name] = await context.check(use, part);
      const found = Object.values(checkers);
      judged.push({ key, valid: mergeValid(found.map(({ valid }) => valid)), checkers });
      for (const one of found) broken.push(...(one.broken ?? []));
    }
    const of = (valid: Validity) => judged.filter((one) => one.valid === valid);
    const [invalid, unknown, valid] = [of(false), of('unknown'), of(true)];
    const sorted = [...invalid, ...unknown, ...valid];
    const counts = {
      keys: sorted.length,
      valid_keys: valid.length,
      invalid_keys: invalid.length,
      unknown_keys: unknown.length,
    };
    const whole = mergeValid(sorted.map((one) => one.valid));
    return {
      valid: whole,
      ...(whole !== true && { why: wordsOf(whole === false ? invalid : unknown, sorted.length, whole) }),
      ...counts,
      failures: invalid.slice(0, VERDICTS_MAX).map(({ key }) => key),
      findings: sorted
        .slice(0, Math.min(FINDINGS_MAX, invalid.length + unknown.length))
        .map(({ key, checkers }) => ({ key, checkers })),
      results: Object.fromEntries(sorted.slice(0, VERDICTS_MAX).map((one) => [one.key, one.valid])),
      ...(broken.length > 0 && { broken: mergeBroken(broken) }),
    };
  },
  text(result) {
    const { keys, valid_keys, invalid_keys, unknown_keys, findings } = result as IndependentFinding;
    if (keys === undefined) return [];
    const more = invalid_keys + unknown_keys - findings.length;
    return [
      `${keys} keys: ${invalid_keys} invalid, ${unknown_keys} unknown, ${valid_keys} valid`,
      ...findings
        .slice(0, 5)
        .flatMap(({ key, checkers }) =>
          Object.entries(checkers).flatMap(([name, { why }]) => (why === undefined ? [] : [`${key}: ${name}: ${why}`])),
        ),
      ...(findings.length > 5 || more > 0
        ? [`... and ${invalid_keys + unknown_keys - Math.min(5, findings.length)} more keys`]
        : []),
    ];
  },
};

function wordsOf(
  keys: readonly { readonly key: string; readonly checkers: Readonly<Record<string, CheckerResult>> }[],
  all: number,
  valid: Validity,
): string {
  const [first] = keys;
  const why = Object.values(first?.checkers ?? {}).find((one) => one.valid === valid)?.why;
  const names = keys
    .slice(0, 5)
    .map(({ key }) => key)
    .join(', ');
  const word = valid === false ? 'invalid' : 'unknown';
  return `${keys.length} of ${all} keys are ${word} (${names}${keys.length > 5 ? ', ...' : ''})${why === undefined ? '' : `; ${first?.key}: ${why}`}`;
}
