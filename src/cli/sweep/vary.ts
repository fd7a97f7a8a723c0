/** `--vary PATH=V1,V2,...`: one setting with several values; several of them make a cross product. */

export interface Vary {
  readonly path: string;
  /** As they were written: each is read as YAML, as that of `--set` is. */
  readonly values: readonly string[];
}

/** Reads one argument; or, as a text, says what is wrong with it. */
export function parseVary(text: string): Vary | string {
  const equals = text.indexOf('=');
  if (equals <= 0) return `"${text}" has no path in the plan, = and values`;
  const path = text.slice(0, equals).trim();
  const values = splitValues(text.slice(equals + 1));
  if (values === undefined) return `A quote or a bracket in "${text}" is not closed`;
  if (values.includes('')) return `A value of ${path} is empty; no text is "", and nothing is null`;
  const twice = values.find((value, at) => values.indexOf(value) < at);
  if (twice !== undefined) return `The value ${twice} is there twice`;
  return { path, values };
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' };

/** Splits at the commas that no quote or bracket holds; undefined where one of these is not closed. */
function splitValues(text: string): string[] | undefined {
  const values: string[] = [];
  const open: string[] = [];
  let quote: string | undefined;
  let start = 0;
  for (const [at, sign] of [...text].entries()) {
    const begins = text.slice(start, at).trim() === '' || open.length > 0;
    if (quote !== undefined) quote = sign === quote ? undefined : quote;
    // An apostrophe within a word is none: YAML's quotes begin a value.
    else if ((sign === '"' || sign === "'") && begins) quote = sign;
    else if (sign in CLOSING && begins) open.push(CLOSING[sign] as string);
    else if (sign === open.at(-1)) open.pop();
    else if (sign === ',' && open.length === 0) {
      values.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  if (quote !== undefined || open.length > 0) return undefined;
  return [...values, text.slice(start).trim()];
}

/** Every combination of a value for each path; the last path's values change fastest. Of no paths: the plan as it is. */
export function combinationsOf(varied: readonly Vary[]): string[][] {
  return varied.reduce<string[][]>(
    (rows, { values }) => rows.flatMap((row) => values.map((value) => [...row, value])),
    [[]],
  );
}
