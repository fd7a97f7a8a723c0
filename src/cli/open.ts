import { PlanRunError } from '../base/errors.ts';
import type { Environment, EnvironmentContext, Registry } from '../contract/index.ts';
import type { Timeline } from '../timeline/index.ts';

/** Opens the environment of a timeline, with the settings and the seed that the plan has for it. */
export function openEnvironment(
  { environment: { name, settings }, nodes, seed, plan }: Timeline,
  registry: Registry,
  context: Pick<EnvironmentContext, 'log' | 'trace' | 'inventory'>,
): Promise<Environment> {
  const module = registry.environments.get(name);
  if (module === undefined) throw new PlanRunError('bug', `no environment "${name}"`);
  return Promise.resolve(module.open({ nodes, settings, seed, run: `${plan}:${process.pid}`, ...context }));
}

/** Aborts with the first of the signals, or when the environment cannot go on. */
export function endOf({ failure }: Environment, ...signals: AbortSignal[]): AbortSignal {
  return AbortSignal.any(failure === undefined ? signals : [...signals, failure]);
}
