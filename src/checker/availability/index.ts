import Type from 'typebox';
import type { CheckerModule, Settings } from '../../contract/index.ts';
import { pairs } from '../../history/index.ts';

const BOUND = /^(>=|<=|>|<) ?(100(?:\.0+)?|\d{1,2}(?:\.\d+)?)%$/;

const HOLDS: Readonly<Record<string, (rate: number, bound: number) => boolean>> = {
  '>=': (rate, bound) => rate >= bound,
  '<=': (rate, bound) => rate <= bound,
  '>': (rate, bound) => rate > bound,
  '<': (rate, bound) => rate < bound,
};

const settings = Type.Object(
  {
    acknowledged: Type.String({
      description:
        'What part of the operations must end ok. Those that only look (read, verify) do not count: they are tried until they do. With on_unknown: retry each try counts.',
      pattern: BOUND.source,
      expected: 'a bound such as ">= 90%" or "< 100%"',
      default: '>= 90%',
      examples: ['>= 90%', '> 99.9%'],
    }),
  },
  { additionalProperties: false },
);

/**
 * Counts how the clients' operations ended. An operation that only looks (`f` begins with `read`, or is `verify`) does not count; one that
 * never completed counts as `info`. Result: `attempted, ok, fail, info, rate (ok / attempted), bound`.
 */
export const availability: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'availability',
  summary: 'The part of the operations that were acknowledged, against a bound.',
  settings,
  judges: 'any',
  check(history, { acknowledged: bound }: Settings<typeof settings>) {
    const counts = { ok: 0, fail: 0, info: 0 };
    for (const { invoke, completion } of pairs(history)) {
      if (invoke.f.startsWith('read') || invoke.f === 'verify') continue;
      const type = completion?.type ?? 'info';
      if (type !== 'invoke') counts[type]++;
    }
    const attempted = counts.ok + counts.fail + counts.info;
    const rate = attempted === 0 ? 0 : counts.ok / attempted;
    const found = { attempted, ...counts, rate, bound };
    if (attempted === 0) return { valid: 'unknown', why: 'no operation was attempted', ...found };
    if (holds(counts.ok, attempted, bound)) return { valid: true, ...found };
    return { valid: false, why: `${percentage(rate)} of the operations were acknowledged, not ${bound}`, ...found };
  },
  text({ attempted, ok, fail, info, rate, bound }) {
    if (attempted === 0) return ['no operation was attempted'];
    return [
      `${percentage(rate as number)} of ${attempted} operations acknowledged (bound: ${bound})`,
      `${ok} ok, ${fail} fail, ${info} info`,
    ];
  },
};

/** Compares ok * 100 with the bound * attempted: a rate such as 0.07 is not quite 7% in floating point. */
function holds(ok: number, attempted: number, bound: string): boolean {
  const [, sign, percent] = BOUND.exec(bound) as unknown as [string, string, string];
  return HOLDS[sign]!(ok * 100, Number(percent) * attempted);
}

/** Rounded down, so that 99.996% never reads as 100%. */
function percentage(rate: number): string {
  return `${Math.floor(rate * 10_000 + 1e-9) / 100}%`;
}
