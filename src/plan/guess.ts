import { distance } from 'fastest-levenshtein';
import { type FORMS, parseDurationMs } from '../base/units.ts';

/** The candidate that `word` was probably meant to be; undefined where none is near, or several are as near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const plain = plainly(word);
  if (plain === '') return undefined;
  const ranked = candidates
    .map((candidate) => ({ candidate, away: awayFrom(plain, plainly(candidate)) }))
    .filter(({ candidate, away }) => away <= Math.max(1, Math.floor(Math.min(plain.length, candidate.length) * 0.4)))
    .sort((a, b) => a.away - b.away);
  const [first, second] = ranked;
  return first !== undefined && first.away !== second?.away ? first.candidate : undefined;
}

/** What to do about a word that is none of the candidates. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const guess = nearest(word, candidates);
  return guess === undefined ? oneOf(candidates) : `did you mean "${guess}"?`;
}

/** The choices as a hint. */
export function oneOf(candidates: readonly string[]): string {
  const shown = candidates.slice(0, 20).join(', ');
  if (candidates.length === 0) return 'there is none';
  if (candidates.length === 1) return `there is only ${shown}`;
  return candidates.length > 20 ? `one of: ${shown}, ...` : `one of: ${shown}`;
}

/** How `value` is probably meant, written as a quantity of that kind; undefined where nobody can tell. */
export function guessQuantity(kind: keyof typeof FORMS, value: unknown): string | undefined {
  const text = String(value).trim().toLowerCase();
  if (kind === 'duration') return guessDuration(text);
  if (kind === 'percentage') {
    const number = Number(text.replace(/\s*(%|percent)$/, ''));
    if (text === '' || !(number >= 0 && number <= 100)) return undefined;
    return number < 1 && number > 0 && !/%/.test(text) ? `${Number((number * 100).toPrecision(6))}%` : `${number}%`;
  }
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)\s*(?:\/|per)?\s*([a-z]*)$/.exec(text);
  if (!match || Number(match[1]) === 0) return undefined;
  if (match[2] === 'rps' || match[2] === 'hz') return `${match[1]}/s`;
  const unit = match[3] || (match[2] && UNITS.has(match[2]) ? match[2] : 's');
  return UNITS.has(unit) ? `${match[1]}/${UNITS.get(unit)}` : undefined;
}

/** Units as people write them. */
const UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ms: ['ms', 'msec', 'msecs', 'milli', 'millis', 'millisecond', 'milliseconds'],
    s: ['s', 'sec', 'secs', 'second', 'seconds'],
    m: ['m', 'min', 'mins', 'minute', 'minutes'],
    h: ['h', 'hr', 'hrs', 'hour', 'hours'],
  }).flatMap(([unit, spellings]) => spellings.map((spelling): [string, string] => [spelling, unit])),
);

function guessDuration(text: string): string | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return `${text}s`;
  const parts = [...text.matchAll(/(\d+(?:[.,]\d+)?)\s*([a-zµ]+)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text.replaceAll(/(?<=[a-z])\s+(and\s+)?/g, '')) {
    return undefined;
  }
  const written = parts.map(([, number, unit]) => `${number?.replace(',', '.')}${UNITS.get(unit ?? '') ?? unit}`);
  const ms = written.map(parseDurationMs);
  if (ms.some((part) => part === undefined)) return undefined;
  if (written.length === 1) return written[0];
  const sum = ms.reduce<number>((total, part) => total + (part ?? 0), 0);
  return sum % 1000 === 0 ? `${sum / 1000}s` : `${sum}ms`;
}

function plainly(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** Edits between two words; two letters swapped count as one, and so does a beginning of three letters or more. */
function awayFrom(word: string, candidate: string): number {
  const edits = distance(word, candidate);
  const swapped = [...word].findIndex((letter, index) => letter !== candidate[index]);
  const [a = '', b = ''] = word.slice(swapped, swapped + 2);
  if (edits === 2 && word.slice(0, swapped) + b + a + word.slice(swapped + 2) === candidate) return 1;
  return word.length >= 3 && candidate.startsWith(word) ? Math.min(1, edits) : edits;
}
