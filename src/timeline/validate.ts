import type { Registry } from '../contract/index.ts';
import { type Overrides, type Plan, type PlanFile, type PlanSource, type Problem, parsePlan } from '../plan/index.ts';
import { compile } from './compile.ts';
import { lint } from './lint/index.ts';
import type { Timeline } from './timeline.ts';

export interface Validated {
  /** All of them, the schedule's too, in the order of the text. */
  readonly problems: readonly Problem[];
  readonly source: PlanSource;
  /** There where no problem is an error. */
  readonly ready?: { readonly plan: Plan; readonly timeline: Timeline };
}

/**
 * A plan that was validated, under another seed of the command line: what validating its text with that seed would give,
 * without reading it. Only its schedule can have problems that it had not: chance draws parts of it.
 */
export function reseed(
  validated: Plan,
  seed: number,
  registry: Registry,
): { readonly plan: Plan; readonly timeline: Timeline; readonly problems: readonly Problem[] } {
  const overrides = validated.overrides?.map((one) =>
    one.path === 'seed' ? { ...one, argument: `--seed ${seed}` } : one,
  );
  const plan = { ...validated, seed, ...(overrides && { overrides }) };
  const timeline = compile(plan, registry);
  return { plan, timeline, problems: lint(timeline, plan) };
}

/** Validates a plan's text and compiles it. The schedule is looked at also where something else is wrong. */
export function validatePlan(file: PlanFile, registry: Registry, overrides: Overrides = {}): Validated {
  const { plan, sketch, problems: found, source } = parsePlan(file, registry, overrides);
  const compiled = plan ?? sketch;
  if (compiled === undefined) return { problems: found, source };
  const timeline = compile(compiled, registry);
  const problems = [...found, ...lint(timeline, compiled)].sort((a, b) => a.line - b.line || a.column - b.column);
  if (plan === undefined || problems.some(({ severity }) => severity === 'error')) return { problems, source };
  return { problems, source, ready: { plan, timeline } };
}
