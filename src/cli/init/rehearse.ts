import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlanRunError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { Secrets } from '../../base/secrets.ts';
import type { Registry } from '../../contract/index.ts';
import type { Results } from '../../executor/index.ts';
import { validatePlan } from '../../timeline/validate.ts';
import { runQuietly } from '../quiet.ts';
import type { Expectation } from './first-plan.ts';

/** More than so many operations take too long for whoever waits. */
const OPERATIONS_MAX = 20_000;
const WORDS_MAX = 100;

/**
 * What a plan comes to in the simulator, under its seed: the verdict that it then documents. Where no operation ends ok
 * during the fault, because the database refuses all, the plan is asked for again without wanting one.
 * @param textOf the plan's text, by what it is to expect.
 * @returns undefined where there is no simulator, or too much to do.
 * @throws PlanRunError `interrupted`.
 */
export async function rehearse(
  textOf: (found?: Expectation) => string,
  registry: Registry,
  signal: AbortSignal,
): Promise<Expectation | undefined> {
  const first = await resultsOf(textOf(), registry, signal);
  if (first === undefined || first.valid !== 'unknown') return first && expectationOf(first, false);
  const again = await resultsOf(textOf({ expect: 'valid', why: '', servesNobody: true }), registry, signal);
  return again === undefined ? undefined : expectationOf(again, again.valid !== 'unknown');
}

function expectationOf({ valid, why, seed }: Results, servesNobody: boolean): Expectation {
  const [because = ''] = why;
  const words = printable(because.length > WORDS_MAX ? `${because.slice(0, WORDS_MAX)}...` : because);
  const seen = `what it comes to in the simulator, under seed ${seed}`;
  if (valid === true) return { expect: 'valid', why: seen, servesNobody };
  if (valid === false) return { expect: 'invalid', why: `${seen}: ${words}`, servesNobody };
  return { expect: 'valid', why: `in the simulator, under seed ${seed}, nobody can tell: ${words}`, servesNobody };
}

async function resultsOf(text: string, registry: Registry, signal: AbortSignal): Promise<Results | undefined> {
  const { ready } = validatePlan({ file: 'plan.yaml', bytes: Buffer.from(text) }, registry);
  if (ready === undefined || ready.timeline.workload.count > OPERATIONS_MAX) return undefined;
  if (registry.environments.get(ready.timeline.environment.name)?.simulated !== true) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-init-'));
  try {
    const { results, error } = await runQuietly(ready.timeline, registry, {
      secrets: new Secrets(process.env),
      folder,
      signal,
    });
    if (signal.aborted) throw new PlanRunError('interrupted', 'interrupted; nothing is written');
    return error === undefined ? results : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
