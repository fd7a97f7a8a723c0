import { formatMs } from '../../base/units.ts';
import { type Gap, majorityGaps } from '../majority.ts';
import type { Timeline } from '../timeline.ts';
import { spanWords } from '../words.ts';
import type { Change } from './change.ts';

/** Times that are listed. */
const SHOWN_MAX = 5;

/** How the times differ in which no majority of the nodes runs and hears each other. */
export function majorityDiffers(before: Timeline, after: Timeline): Change[] {
  const [old, now] = [majorityGaps(before), majorityGaps(after)];
  const [was, is] = [told(old), told(now)];
  if (JSON.stringify(old) === JSON.stringify(now)) return [];
  const note =
    now.length === 0
      ? 'A majority of the nodes now runs and hears each other all the time.'
      : 'Meanwhile a database that keeps its promises cannot acknowledge anything.';
  return [
    { group: 'majority', kind: 'changed', subject: 'without a majority', before: was, after: is, note, path: 'faults' },
  ];
}

function told(gaps: readonly Gap[]): string {
  if (gaps.length === 0) return 'never';
  const shown = gaps.slice(0, SHOWN_MAX).map(({ fromMs, toMs }) => spanWords(fromMs, toMs));
  const more = gaps.length - shown.length;
  if (more === 0) return shown.join(', ');
  const allMs = gaps.reduce(
    (sum, { fromMs, toMs }) => sum + (toMs === Number.POSITIVE_INFINITY ? 0 : toMs - fromMs),
    0,
  );
  return `${shown.join(', ')} and ${more} more, ${formatMs(allMs)} in all`;
}
