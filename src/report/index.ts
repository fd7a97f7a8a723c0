/** The report room: what a run found, as text for a person and as the files of the run's folder. */
export { makeStore, type Store } from './store.ts';
export { textReport, verdict } from './text.ts';
