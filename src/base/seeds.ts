/** Sets of seeds as the command line has them: `1..100`, `7`, `1,5,9..12`. */

export const SEED_MAX = 0xffffffff;
/** More would be a mistake: what a run found is kept until the sweep ends. */
export const SEEDS_MAX = 100_000;

const PART = /^(\d{1,10})(?:\.\.(\d{1,10}))?$/;

/** The seeds, ascending, each once; or, as a text, why they cannot be read. */
export function parseSeeds(text: string): number[] | string {
  const seeds = new Set<number>();
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, first = '', last = first] = PART.exec(part) ?? [];
    if (first === '') return `"${part}" is neither a seed nor a range of seeds`;
    const [from, to] = [Number(first), Number(last)];
    if (to < from) return `The range ${part} runs backwards: write ${to}..${from}`;
    if (to > SEED_MAX) return `The greatest seed is ${SEED_MAX}, not ${to}`;
    if (seeds.size + to - from + 1 > SEEDS_MAX) return `There are at most ${SEEDS_MAX} seeds in a sweep`;
    for (let seed = from; seed <= to; seed++) seeds.add(seed);
  }
  return [...seeds].sort((a, b) => a - b);
}

/** The text that `parseSeeds` reads; `seeds` must be ascending. */
export function formatSeeds(seeds: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < seeds.length; ) {
    const first = seeds[at] as number;
    let last = first;
    for (at++; at < seeds.length && seeds[at] === last + 1; at++) last++;
    parts.push(first === last ? String(first) : `${first}..${last}`);
  }
  return parts.join(',');
}
