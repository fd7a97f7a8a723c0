import { formatSeeds } from '../base/seeds.ts';
import { distributionOf } from './statistics.ts';
import { type Combination, errorsOf, measuredOf, notablesOf, progressOf, type Sweep, verdictsOf } from './sweep.ts';

/**
 * A sweep for scripts; the names are a contract with them. The lists in a combination go by `seeds`: the value at a place
 * belongs to the seed at that place, null where that run has none.
 */
export function sweepJson(sweep: Sweep) {
  const { plan, file, environment, simulated, seeds, paths, combinations } = sweep;
  const { done, planned } = progressOf(sweep);
  return {
    sweep: 1,
    plan,
    file,
    environment,
    simulated,
    seeds: formatSeeds(seeds),
    vary: paths,
    runs: done,
    runs_planned: planned,
    interrupted: done < planned,
    combinations: combinations.map((one) => combinationJson(one, paths)),
  };
}

function combinationJson({ values, expect, runs, again }: Combination, paths: readonly string[]) {
  return {
    values: Object.fromEntries(paths.map((path, at) => [path, values[at]])),
    expect,
    runs: runs.length,
    as_expected: runs.filter((run) => run.as_expected).length,
    verdicts: verdictsOf(runs),
    seeds: runs.map(({ seed }) => seed),
    valid: runs.map(({ valid }) => valid),
    history_sha256: runs.map(({ history_sha256 }) => history_sha256),
    distributions: Object.fromEntries(
      measuredOf(runs).map(({ name, values: measured }) => [
        name,
        { ...distributionOf(measured), values: runs.map(({ numbers }) => numbers[name] ?? null) },
      ]),
    ),
    notable: notablesOf(runs, paths.length > 0).map(({ reason, run, most }) => ({
      reason,
      seed: run.seed,
      valid: run.valid,
      why: run.why,
      ...(most === undefined ? {} : { most }),
      again: again(run.seed),
    })),
    errors: [...errorsOf(runs)].map(([message, same]) => ({
      code: same[0]?.error?.code,
      message,
      seeds: same.map(({ seed }) => seed),
      again: again(same[0]?.seed as number),
    })),
  };
}
