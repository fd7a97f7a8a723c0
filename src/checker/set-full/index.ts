import Type from 'typebox';
import type { CheckerModule, CheckerResult, Settings } from '../../contract/index.ts';
import { dated } from '../stretches.ts';
import { brief, listed, some } from '../values.ts';
import { stretchesOf } from './gaps.ts';
import { EARLY, FAILED, type Lives, livesOf, NONE } from './lives.ts';

const settings = Type.Object(
  {
    linearizable: Type.Boolean({
      description:
        'Whether an element must be in every read that begins after it is known to be there; else it may become visible late, as long as it stays.',
      strictness: 'rises',
      default: false,
      examples: [true],
    }),
  },
  { additionalProperties: false },
);

/** Of the stable elements that became visible last so many are told of. */
const WORST = 8;
const POINTS = [0, 0.5, 0.95, 0.99, 1];

/**
 * A set that is read while it grows: every element's life (jepsen.checker/set-full). An element is *known* from the completion of its add, or of
 * the first read that has it, whichever comes first. It is *stable* when the read with it that was invoked last was invoked after any without
 * it; *lost* when a read without it was invoked after it was known, and after every read with it; else *never read*: nobody can tell.
 * A stable element is *stale* when a read that was invoked after it was known did not have it.
 *
 * Invalid: a lost element; a stale one where `linearizable` is set; an element that is in one read twice (Jepsen means to); one that was read and
 * that nobody had tried to add, or whose every add by then had failed. Unknown: no element is stable.
 *
 * Result: `attempted`, `reads`, `stable`, `lost`, `never_read`, `stale`, `duplicated`, `unexpected`, `failed_but_present`, each with its
 * `..._elements`; `duplicates` (how often in one read), `stable_latencies_ms` (from known until it was always there) and `lost_latencies_ms` at
 * 0, 0.5, 0.95, 0.99, 1; `worst_stale`; `broken`; `stale_stretches` where stale is allowed.
 */
export const setFull: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'set-full',
  summary: "Every element's life in a set that is read while it grows: stable, lost, never read, stale.",
  settings,
  judges: ['set-full', 'set'],
  check: (history, { linearizable }: Settings<typeof settings>) => judge(livesOf(history), linearizable),
  text(result) {
    if (result.attempted === undefined) return [];
    const list = (name: string, words: string) =>
      result[name] === 0 ? [] : [`${result[name]} ${words}: ${some(result[`${name}_elements`])}`];
    const [worst] = (result.worst_stale ?? []) as { element: unknown; latency_ms: number }[];
    return [
      `${result.attempted} elements, ${result.reads} reads: ${result.stable} stable, ${result.lost} lost, ${result.never_read} never read`,
      ...list('lost', 'lost'),
      ...list('stale', 'became visible late'),
      ...(worst === undefined
        ? []
        : [`the latest: ${brief(worst.element)}, ${worst.latency_ms} ms after it was known`]),
      ...list('duplicated', 'more than once in one read'),
      ...list('unexpected', 'that nobody had added'),
      ...list('failed_but_present', 'whose add is said not to have happened, yet read'),
    ];
  },
};

function judge(lives: Lives, linearizable: boolean): CheckerResult {
  if (lives.odd !== undefined) return { valid: 'unknown', why: lives.odd };
  const { attempted, ...found } = sort(lives);
  const wrong = [
    found.lost.length > 0 && `${found.lost.length} elements were lost`,
    linearizable &&
      found.stale.length > 0 &&
      `${found.stale.length} elements were missing from a read that began after they were known`,
    found.duplicated.length > 0 && `${found.duplicated.length} elements were in one read more than once`,
    found.unexpected.length > 0 && `${found.unexpected.length} elements were read that nobody had added`,
    found.failed_but_present.length > 0 &&
      `${found.failed_but_present.length} elements were read whose add is said not to have happened`,
  ].filter((words) => words !== false);
  const verdict =
    wrong.length > 0
      ? { valid: false as const, why: wrong.join('; ') }
      : found.stable.length === 0
        ? {
            valid: 'unknown' as const,
            why: lives.reads === 0 ? 'the set was never read' : 'no read had an element for good',
          }
        : { valid: true as const };

  const lost = new Set(found.lost);
  const late = stretchesOf(lives, (element) => !lost.has(element));
  const value = (element: number) => lives.values.value(element);
  const { stable: _, ...named } = found;
  return {
    ...verdict,
    attempted,
    reads: lives.reads,
    stable: found.stable.length,
    ...Object.fromEntries(
      Object.entries(named).flatMap(([name, elements]) => [
        [name, elements.length],
        [`${name}_elements`, listed(elements.map(value))],
      ]),
    ),
    ...(found.duplicated.length > 0 && {
      duplicates: Object.fromEntries([...lives.duplicates].map(([element, times]) => [String(value(element)), times])),
    }),
    ...quantiles(
      'stable_latencies_ms',
      found.stable.map((element) => latencyMs(lives, element, lives.absent, lives.absentTime)),
    ),
    ...quantiles(
      'lost_latencies_ms',
      found.lost.map((element) => latencyMs(lives, element, lives.present, lives.presentTime)),
    ),
    ...(found.stale.length > 0 && { worst_stale: worstOf(lives, found.stale) }),
    ...dated(linearizable ? stretchesOf(lives, () => true) : stretchesOf(lives, (element) => lost.has(element))),
    ...(!linearizable && late.length > 0 && { stale_stretches: late }),
  };
}

/** What became of each element. Of those that nobody tried to add there is nothing else to say. */
function sort(lives: Lives) {
  const { tries, failures, early, known, present, absent, duplicates } = lives;
  const found = {
    stable: [] as number[],
    lost: [] as number[],
    never_read: [] as number[],
    stale: [] as number[],
    duplicated: [...duplicates.keys()],
    unexpected: [] as number[],
    failed_but_present: [] as number[],
  };
  let attempted = 0;
  for (let element = 0; element < tries.length; element++) {
    const isPresent = present.at(element) !== NONE;
    const isFailed = early.at(element) === FAILED || failures.at(element) === tries.at(element);
    if (early.at(element) === EARLY || tries.at(element) === 0) found.unexpected.push(element);
    else if (isFailed && isPresent) found.failed_but_present.push(element);
    if (tries.at(element) === 0) continue;
    attempted++;
    const isMissed = known.at(element) !== NONE && known.at(element) < absent.at(element);
    if (isPresent && absent.at(element) < present.at(element)) {
      found.stable.push(element);
      if (isMissed) found.stale.push(element);
    } else if (isMissed && present.at(element) < absent.at(element)) found.lost.push(element);
    else found.never_read.push(element);
  }
  return { attempted, ...found };
}

/** From when the element was known until the last read that contradicts its outcome was invoked, in whole milliseconds, as Jepsen counts. */
function latencyMs(
  { knownTime }: Lives,
  element: number,
  other: Lives['absent'],
  otherTime: Lives['absentTime'],
): number {
  if (other.at(element) === NONE) return 0;
  return Math.floor(Math.max(0, otherTime.at(element) + 1 - knownTime.at(element)) / 1e6);
}

/** Nearest rank from below, as Jepsen's frequency-distribution. */
function quantiles(name: string, latencies: number[]) {
  if (latencies.length === 0) return {};
  const sorted = Float64Array.from(latencies).sort();
  const at = (point: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * point))];
  return { [name]: Object.fromEntries(POINTS.map((point) => [String(point), at(point)])) };
}

function worstOf(lives: Lives, stale: readonly number[]) {
  return stale
    .map((element) => ({
      element: lives.values.value(element),
      known: lives.known.at(element),
      last_absent: lives.absent.at(element),
      latency_ms: latencyMs(lives, element, lives.absent, lives.absentTime),
    }))
    .sort((a, b) => b.latency_ms - a.latency_ms)
    .slice(0, WORST);
}
