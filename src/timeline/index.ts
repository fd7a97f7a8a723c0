/**
 * The timeline room: a plan in, a timeline out (plain data, everything random resolved from the seed), the
 * timeline as text, and the rules that look at its schedule.
 */
export { compile } from './compile.ts';
export { CHANGE_GROUPS, type Change, type ChangeGroup } from './diff/change.ts';
export { type Gap, majorityGaps } from './majority.ts';
export { ganttOf } from './mermaid.ts';
export { renderTimeline } from './render.ts';
export * from './timeline.ts';
