import type { CheckerResult, Validity } from '../../contract/index.ts';
import type { NodeFinding, SetFinding } from './finding.ts';
import { formatRanges } from './ranges.ts';
import { ACKNOWLEDGED, ATTEMPTED, MAYBE, REFUTED, type Read, type Survey } from './survey.ts';

/** Finds what is lost, recovered, unexpected and duplicated; at most `lostMax` acknowledged elements may be missing. */
export function judge(survey: Survey, lostMax: number): SetFinding {
  const { marks, final, odd } = survey;
  const attempted = count(marks, (mark) => (mark & ATTEMPTED) !== 0);
  const acknowledged = count(marks, (mark) => (mark & ACKNOWLEDGED) !== 0);
  const unknown = count(marks, (mark) => (mark & MAYBE) !== 0 && (mark & (ACKNOWLEDGED | REFUTED)) === 0);
  const writes = { attempted, acknowledged, unknown, ack_rate: ratio(acknowledged, attempted) };
  if (odd !== undefined) return { valid: 'unknown', why: odd, ...writes };
  if (final === undefined) return { valid: 'unknown', why: neverRead(survey), ...writes };

  const evidence = compare(marks, final);
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
    ...(survey.nodes.size === 0 ? {} : { nodes: compareNodes(survey, final) }),
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

function count(marks: ReadonlyMap<number, number>, is: (mark: number) => boolean): number {
  let found = 0;
  for (const mark of marks.values()) if (is(mark)) found++;
  return found;
}

function compare(marks: ReadonlyMap<number, number>, { elements }: Read) {
  const present = new Set<number>();
  const twice = new Set<number>();
  for (const element of elements) {
    if (present.has(element)) twice.add(element);
    else present.add(element);
  }
  const lost: number[] = [];
  for (const [element, mark] of marks) if (mark & ACKNOWLEDGED && !present.has(element)) lost.push(element);
  const recovered: number[] = [];
  const failed: number[] = [];
  const unexpected: number[] = [];
  for (const element of present) {
    const mark = marks.get(element);
    if (mark === undefined) unexpected.push(element);
    else {
      if (!(mark & ACKNOWLEDGED)) recovered.push(element);
      if (mark & REFUTED || !(mark & (ACKNOWLEDGED | MAYBE))) failed.push(element);
    }
  }
  return {
    survivors: present.size - unexpected.length,
    lost: lost.length,
    recovered: recovered.length,
    unexpected: unexpected.length,
    duplicated: twice.size,
    failed_but_present: failed.length,
    lost_elements: ranges(lost),
    recovered_elements: ranges(recovered),
    unexpected_elements: ranges(unexpected),
    duplicated_elements: ranges([...twice]),
    failed_but_present_elements: ranges(failed),
  };
}

function compareNodes({ marks, nodes }: Survey, final: Read): Record<string, NodeFinding> {
  const expected = new Set(final.elements);
  const findings: Record<string, NodeFinding> = {};
  for (const [node, { elements }] of [...nodes].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))) {
    const present = new Set(elements);
    const missing = [...expected].filter((element) => !present.has(element));
    const extra = [...present].filter((element) => !expected.has(element));
    const survivors = [...present].filter((element) => marks.has(element)).length;
    findings[node] = {
      survivors,
      missing: missing.length,
      extra: extra.length,
      missing_elements: ranges(missing),
      extra_elements: ranges(extra),
    };
  }
  return findings;
}

function ranges(elements: number[]): string {
  return formatRanges(elements.sort((a, b) => a - b));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
