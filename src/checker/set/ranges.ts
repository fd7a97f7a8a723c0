/** Sets of integers as compact text: `0..5 9 -3..-1`, each run of neighbours as its two ends. */

/** `elements` must be sorted and distinct. */
export function formatRanges(elements: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < elements.length; ) {
    const first = elements[i] as number;
    let last = first;
    for (i++; i < elements.length && elements[i] === last + 1; i++) last++;
    parts.push(first === last ? String(first) : `${first}..${last}`);
  }
  return parts.join(' ');
}

/** The elements again, sorted. */
export function parseRanges(text: string): number[] {
  const elements: number[] = [];
  for (const part of text === '' ? [] : text.split(' ')) {
    const [first, last = first] = part.split('..').map(Number) as [number, number?];
    for (let element = first; element <= last; element++) elements.push(element);
  }
  return elements;
}
