import { printable } from '../../base/printable.ts';
import { CHANGE_GROUPS, type Change } from '../../timeline/index.ts';

/**
 * Changes for a terminal, by group: a line each, and below it what it means. A text that ends in a newline; of no changes a sentence.
 */
export function changesText(changes: readonly Change[]): string {
  if (changes.length === 0) return `${NO_CHANGE}\n`;
  const lines = CHANGE_GROUPS.flatMap((group) => {
    const own = changes.filter((change) => change.group === group);
    return own.length === 0 ? [] : [group, ...own.flatMap(changeLines)];
  });
  return `${lines.map(printable).join('\n')}\n`;
}

/** What is said where nothing changes. */
export const NO_CHANGE = 'no change in meaning';

function changeLines(change: Change): string[] {
  const { note } = change;
  return [`  ${changeLine(change)}`, ...(note === undefined ? [] : [`      ${note}`])];
}

/** A change in one line, without what it means: `set.lost: 0 → 10 (looser)`. */
export function changeLine({ kind, subject, before, after, strictness }: Change): string {
  const strict = strictness === undefined || strictness === 'other' ? '' : ` (${strictness})`;
  const verb = kind === 'changed' ? '' : `${kind} `;
  const values = before !== undefined && after !== undefined ? `${before} → ${after}` : (before ?? after);
  return `${verb}${subject}${values === undefined ? '' : `: ${values}`}${strict}`;
}
