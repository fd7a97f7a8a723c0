/**
 * The finding in the words of the articles, after the report of the tool they were written with
 * (jepsen-io/jepsen@dce35767, set_app.clj, print-results), and what that tool did not look at in words of our own.
 */

import type { NodeFinding, SetFinding } from './finding.ts';
import { formatFloat } from './float.ts';
import { parseRanges } from './ranges.ts';

/** Lists shorter than this are printed whole, in parentheses; else so many elements from each end. */
const WHOLE_BELOW = 16;
const ENDS = 6;

/** The first and the last of the lost elements, and the first that turned up. */
export function suspectsOf({ lost_elements = '', recovered_elements = '' }: SetFinding): number[] {
  const lost = [...parseRanges(lost_elements)];
  return [...new Set([...lost.slice(0, 1), ...lost.slice(-1), ...[...parseRanges(recovered_elements)].slice(0, 1)])];
}

export function textOf(finding: SetFinding): string[] {
  const { attempted, acknowledged, survivors, nodes } = finding;
  const head = [`${attempted} total`, `${acknowledged} acknowledged`];
  if (survivors === undefined) return head;
  return [...head, `${survivors} survivors`, ...outcome(finding), ...suspicious(finding), ...differing(nodes)];
}

function outcome(finding: SetFinding): string[] {
  const { attempted, acknowledged, survivors, lost, recovered, unexpected } = finding;
  if (attempted === 0)
    return unexpected === 0 ? [] : [`Expected an empty set, but results had ${unexpected} elements!`];
  if (unexpected === 0 && survivors === attempted) return [`All ${attempted} writes succeeded. :-D`];
  if (unexpected === 0 && survivors === 0 && acknowledged > 0)
    return [`Expected ${attempted} elements, but results were empty!`];
  if (unexpected === 0 && lost === 0 && recovered === 0)
    return [`all ${acknowledged} acked writes out of ${attempted} succeeded. :-)`];
  return [
    ...list(lost, 'acknowledged writes lost! (╯°□°)╯︵ ┻━┻', finding.lost_elements),
    ...list(recovered, 'unacknowledged writes found! ヽ(´ー`)ノ', finding.recovered_elements),
    `${formatFloat(finding.ack_rate)} ack rate`,
    `${formatFloat(finding.loss_rate ?? 0)} loss rate`,
    `${formatFloat(finding.recovered_rate ?? 0)} unacknowledged but successful rate`,
  ];
}

function suspicious(finding: SetFinding): string[] {
  return [
    ...list(finding.unexpected, 'elements that nobody wrote', finding.unexpected_elements),
    ...list(finding.duplicated, 'elements more than once in the set', finding.duplicated_elements),
    ...list(
      finding.failed_but_present,
      'writes that are said not to have happened, yet are there',
      finding.failed_but_present_elements,
    ),
  ];
}

function differing(nodes: Readonly<Record<string, NodeFinding>> | undefined): string[] {
  return Object.entries(nodes ?? {}).flatMap(([node, { survivors, missing, extra }]) =>
    missing === 0 && extra === 0
      ? []
      : [`${node} differs from the final read: ${survivors} elements, ${missing} missing, ${extra} extra`],
  );
}

function list(count: number | undefined, words: string, ranges = ''): string[] {
  if (count === undefined || count === 0) return [];
  const elements = parseRanges(ranges);
  const line =
    count < WHOLE_BELOW
      ? `(${elements.join(' ')})`
      : [...elements.slice(0, ENDS), '...', ...elements.slice(-ENDS)].join(' ');
  return [`${count} ${words}`, line];
}
