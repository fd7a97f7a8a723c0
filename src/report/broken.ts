/**
 * When a guarantee did not hold, in words: `first broken at 12.3s, held again at 15.4s; 2 stretches, 3.1s in all; during f1 partition`. The list
 * may hold stretches that overlap: time is counted once.
 */
import { NS_PER_MS } from '../base/clock.ts';
import { formatMs } from '../base/units.ts';
import { BROKEN_MAX, type Broken, mergeBroken } from '../contract/index.ts';

/** A fault, and when it was there: nanoseconds of the history; without an end until the end. */
export interface FaultTime {
  readonly fault: string;
  readonly nemesis: string;
  readonly from_ns: number;
  readonly until_ns: number | null;
}

/**
 * One line for all stretches of a checker; none where there are none. Times count from `startNs`, when the workload began, as those of the
 * plan's faults do. Stretches that overlap no fault are counted: nobody has provoked them.
 */
export function brokenLines(broken: readonly Broken[], startNs = 0, faults: readonly FaultTime[] = []): string[] {
  const stretches = mergeBroken(broken);
  const [first] = stretches;
  if (first === undefined) return [];
  const at = (ns: number) => formatMs(Math.round((ns - startNs) / NS_PER_MS));
  const last = stretches.at(-1) as Broken;
  const isCut = broken.length >= BROKEN_MAX;
  const parts = [`first broken at ${at(first.from)}`];
  if (last.until === undefined) parts[0] += ', not seen to hold again';
  else if (!isCut) parts[0] += `, held again at ${at(last.until)}`;
  const whole = stretches.reduce((sum, { from, until = from }) => sum + until - from, 0);
  const atLeast = isCut || last.until === undefined ? 'at least ' : '';
  if (stretches.length > 1)
    parts.push(
      `${isCut ? 'at least ' : ''}${stretches.length} stretches, ${atLeast}${formatMs(Math.round(whole / NS_PER_MS))} in all`,
    );
  else if (first.until !== undefined) parts.push(`${formatMs(Math.round(whole / NS_PER_MS))} long`);
  const during = faults.filter((fault) => stretches.some((one) => overlap(one, fault)));
  if (during.length > 0) {
    const named = during.slice(0, 3).map(({ fault, nemesis }) => `${fault} ${nemesis}`);
    parts.push(`during ${named.join(', ')}${during.length > 3 ? ` and ${during.length - 3} more` : ''}`);
  }
  const alone = stretches.filter((one) => !faults.some((fault) => overlap(one, fault))).length;
  if (faults.length > 0 && alone > 0)
    parts.push(alone === stretches.length ? 'during no fault' : `${alone} of them during no fault`);
  return [parts.join('; ')];
}

function overlap({ from, until = Number.POSITIVE_INFINITY }: Broken, fault: FaultTime): boolean {
  return from <= (fault.until_ns ?? Number.POSITIVE_INFINITY) && until >= fault.from_ns;
}
