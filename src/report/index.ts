/** The report room: what a run found, or many, as text for a person and as the files of the run's folder. */

export { brokenLines, type FaultTime } from './broken.ts';
export { checkText } from './check-text.ts';
export { type Drawing, drawingsOf } from './drawing.ts';

export { concernsAny, type Fate, fatesOf, proseOf } from './fate/index.ts';
export type { PlanReview, Rehearsal, RehearsedSide, Review } from './review/review.ts';
export { makeStore, type Store, storedLogs } from './store.ts';
export { type Combination, numbersOf, type Sweep, type SweepRun } from './sweep.ts';
export { sweepJson } from './sweep-json.ts';
export { sweepText } from './sweep-text.ts';
export { type Dated, textReport, verdict } from './text.ts';
export { quoteTrace, suspectsOf } from './trace.ts';
