/** What became of an element: the trace of a run, joined with its history, and told. */
export { concernsAny, type End, type Fate, fatesOf, type Told } from './fate.ts';
export { proseOf } from './prose.ts';
