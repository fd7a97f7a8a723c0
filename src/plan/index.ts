/**
 * The plan room: the text of a YAML plan in, a `Plan` or a list of problems out, each with line and column.
 * It touches no disk, clock or network, and runs nothing that the plan names.
 */
export type { InventoryFound } from './checks/machines.ts';
export { exampleOf } from './example.ts';
export { languageSchemas } from './language.ts';
export { nameOf } from './make-plan.ts';
export type { Overrides } from './overrides.ts';
export { type ParsedCheckers, parseCheckers } from './parse-checkers.ts';
export { type Outline, outlineOf, type Parsed, type PlanFile, parsePlan } from './parse-plan.ts';
export { placesIn } from './places.ts';
export * from './plan.ts';
export type { Problem } from './problem.ts';
export { meantAs, type NamedFile, type Recognized, recognize } from './recognize.ts';
export { problemsJson, type RenderOptions, renderProblems } from './render.ts';
export { inventoryRows, planRows, type Row, settingsRows, tellingExamples } from './rows.ts';
export { RULES, type RuleId } from './rules.ts';
export { lastDueMs, latestBeginMs } from './schedule.ts';
export { planSchema } from './schema.ts';
export type { Schema } from './settings/words.ts';
export { PLAN_SIZE_MAX_BYTES, problemForFile } from './text/decode.ts';
export type { PlanSource } from './text/source.ts';
export { inline, lines } from './write.ts';
export { writtenValue } from './written.ts';
