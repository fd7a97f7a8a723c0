/**
 * The history of a run: every operation, in the order in which it was recorded. The executor appends to a
 * journal (JSON Lines, on disk as the run goes); checkers read it back as a `History`.
 */
export { Journal } from './journal.ts';
export { byKey, isKeyed, keyed, nameOfKey, valueUnder, withPlainNames } from './keyed.ts';
export * from './op.ts';
export { type Completed, pairs } from './pair.ts';
export { type History, historyFromFile, historyOf, readLines } from './read.ts';
export { toEdn } from './write-edn.ts';
