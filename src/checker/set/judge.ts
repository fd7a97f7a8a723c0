import type { CheckerResult, Validity } from '../../contract/index.ts';
import type { NodeFinding, SetFinding } from './finding.ts';
import { Marks } from './marks.ts';
import { formatRanges } from './ranges.ts';
import { ACKNOWLEDGED, ATTEMPTED, MAYBE, REFUTED, type Read, type Survey } from './survey.ts';

/** Finds what is lost, recovered, unexpected and duplicated; at most `lostMax` acknowledged elements may be missing. */
export function judge(survey: Survey, lostMax: number): SetFinding {
  const { marks, final, odd } = survey;
  let [attempted, acknowledged, unknown] = [0, 0, 0];
  marks.forEach((_, mark) => {
    if (mark & ATTEMPTED) attempted++;
    if (mark & ACKNOWLEDGED) acknowledged++;
    else if (mark & MAYBE && !(mark & REFUTED)) unknown++;
  });
  const writes = { attempted, acknowledged, unknown, ack_rate: ratio(acknowledged, attempted) };
  if (odd !== undefined) return { valid: 'unknown', why: odd, ...writes };
  if (final === undefined) return { valid: 'unknown', why: neverRead(survey), ...writes };

  const present = presence(final);
  const evidence = compare(marks, present);
  const { lost, recovered, unexpected, duplicated, failed_but_present } = evidence;
  const wrong = [
    lost > lostMax && `${lost} acknowledged writes are not in the final read (at most ${lostMax} may be missing)`,
    unexpected > 0 && `${unexpected} elements of the final read were never written`,
    duplicated > 0 && `${duplicated} elements are in the final read more than once`,
    failed_but_present > 0 && `${failed_but_present} writes that are said not to have happened are in the final read`,
  ].filter((words) => words !== false);
  return {
    ...verdict(wrong, writes),
    ...writes,
    loss_rate: ratio(lost, acknowledged),
    recovered_rate: ratio(recovered, acknowledged),
    ...evidence,
    final_read: final.index,
    ...(survey.nodes.size === 0 ? {} : { nodes: compareNodes(survey, present) }),
  };
}

/** False over unknown over true: what is wrong is wrong, however little was acknowledged. */
function verdict(
  wrong: readonly string[],
  { attempted, acknowledged }: { attempted: number; acknowledged: number },
): Pick<CheckerResult, 'valid' | 'why'> {
  const because = (valid: Validity, why: string) => ({ valid, why });
  if (wrong.length > 0) return because(false, wrong.join('; '));
  if (attempted === 0) return because('unknown', 'nothing was written');
  if (acknowledged === 0) return because('unknown', 'no write was acknowledged, so none could be lost');
  return { valid: true };
}

function neverRead({ reads, refusal }: Survey): string {
  return reads === 0
    ? `the set was never read${refusal === undefined ? '' : `; the last try ended ${refusal}`}`
    : 'no read was final: of each that ended ok, a write was invoked or acknowledged after it had begun';
}

/** What a read has: PRESENT, and TWICE where it is there more than once. */
function presence({ elements }: Read): Marks {
  const present = new Marks();
  for (const element of elements) present.add(element, present.get(element) === 0 ? PRESENT : TWICE);
  return present;
}

const PRESENT = 1;
const TWICE = 2;

function compare(marks: Marks, present: Marks) {
  const lost: number[] = [];
  marks.forEach((element, mark) => {
    if (mark & ACKNOWLEDGED && present.get(element) === 0) lost.push(element);
  });
  const recovered: number[] = [];
  const failed: number[] = [];
  const unexpected: number[] = [];
  const twice: number[] = [];
  present.forEach((element, times) => {
    if (times & TWICE) twice.push(element);
    const mark = marks.get(element);
    if (mark === 0) unexpected.push(element);
    else {
      if (!(mark & ACKNOWLEDGED)) recovered.push(element);
      if (mark & REFUTED || !(mark & (ACKNOWLEDGED | MAYBE))) failed.push(element);
    }
  });
  return {
    survivors: present.size - unexpected.length,
    lost: lost.length,
    recovered: recovered.length,
    unexpected: unexpected.length,
    duplicated: twice.length,
    failed_but_present: failed.length,
    lost_elements: formatRanges(lost),
    recovered_elements: formatRanges(recovered),
    unexpected_elements: formatRanges(unexpected),
    duplicated_elements: formatRanges(twice),
    failed_but_present_elements: formatRanges(failed),
  };
}

function compareNodes({ marks, nodes }: Survey, expected: Marks): Record<string, NodeFinding> {
  const findings: Record<string, NodeFinding> = {};
  for (const [node, read] of [...nodes].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))) {
    const present = presence(read);
    const missing: number[] = [];
    const extra: number[] = [];
    let survivors = 0;
    expected.forEach((element) => {
      if (present.get(element) === 0) missing.push(element);
    });
    present.forEach((element) => {
      if (expected.get(element) === 0) extra.push(element);
      if (marks.get(element) > 0) survivors++;
    });
    findings[node] = {
      survivors,
      missing: missing.length,
      extra: extra.length,
      missing_elements: formatRanges(missing),
      extra_elements: formatRanges(extra),
    };
  }
  return findings;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
