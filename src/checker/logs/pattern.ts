/**
 * Patterns come with a plan, which may be a stranger's: one that takes exponential time on some line would hang the
 * judge. JavaScript's engine tries all ways to match, so a repetition within a repetition is refused (as safe-regex does: star height above one), and
 * so are back references.
 */

/** The regular expression of a pattern that has no problem. */
export function patternOf(source: string): RegExp {
  const [, anyCase, rest = ''] = /^(\(\?i\))?(.*)$/s.exec(source) ?? [];
  return new RegExp(rest, anyCase === undefined ? 'u' : 'iu');
}

/** What is wrong with a pattern, and what to do about it. */
export function problemOf(source: string): { message: string; hint?: string } | undefined {
  try {
    patternOf(source);
  } catch (error) {
    const reason = (error as Error).message
      .replace(/^Invalid regular expression: /, '')
      .replace(/^\/.*\/[a-z]*: /s, '');
    return { message: `not a regular expression: ${reason}`, hint: 'a character that has a meaning is escaped: \\[' };
  }
  if (/\\(?:[1-9]|k<)/.test(source.replaceAll('\\\\', ''))) {
    return { message: 'back references (\\1) are not accepted: they may take for ever' };
  }
  if (starHeight(source) > 1) {
    return {
      message: 'a repetition within a repetition may take for ever, such as (a+)+',
      hint: 'say it without the outer one',
    };
  }
  return undefined;
}

/** Repetitions up to so many times are no danger. */
const FEW = 10;

/** How deep repetitions without a limit stand within one another. Of a valid expression. */
function starHeight(source: string): number {
  // Per open group the height of what is in it; the whole is one.
  const heights = [0];
  let last = 0;
  const raise = (height: number) => {
    heights[heights.length - 1] = Math.max(heights.at(-1) as number, height);
  };
  const tokens = source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\(\?<?[:=!]|\(\?<\w+>|\(|\)|[*+]|\{(\d+)(,?)(\d*)\}|./gsu);
  for (const counts of tokens) {
    const [token] = counts;
    if (token.startsWith('(')) heights.push(0);
    else if (token === ')') {
      last = heights.pop() ?? 0;
      raise(last);
    } else if (token === '*' || token === '+' || (token.length > 1 && token.startsWith('{'))) {
      const [, least, comma, most] = counts as unknown as string[];
      const times =
        least === undefined || (comma === ',' && most === '') ? Number.POSITIVE_INFINITY : Number(most || least);
      // So many and no more is one way to match; of what has several ways each time it multiplies them.
      if (times > FEW && (comma !== '' || last > 0)) last += 1;
      raise(last);
    } else if (token !== '?') last = 0;
  }
  return heights[0] as number;
}
