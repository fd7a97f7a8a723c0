/**
 * What two plans differ in, by what they mean: their timelines are compared, in which defaults are filled in, units converted and
 * chance resolved. Order, layout and comments are no difference.
 */
import type { Registry } from '../../contract/index.ts';
import { languageSchemas } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { CHANGE_GROUPS, type Change } from './change.ts';
import { checkersDiffer, expectDiffers, requireDiffers, whereInvalidIsExpected } from './checkers.ts';
import { faultsDiffer } from './faults.ts';
import { majorityDiffers } from './majority.ts';
import { usesDiffer } from './settings.ts';
import { clientsDiffer, nodesDiffer, paceDiffers, planDiffers } from './whole.ts';

export { CHANGE_GROUPS, type Change, type ChangeGroup } from './change.ts';
export { modulesDiffer } from './whole.ts';
export { diffWritten } from './written.ts';

/**
 * Every difference in meaning, in the order of a report; none where the two plans do the same and are judged alike. `registry` is
 * the one that both were compiled with. Costs the product of the numbers of faults that differ.
 */
export function diffTimelines(before: Timeline, after: Timeline, registry: Registry): Change[] {
  const keys = languageSchemas();
  const faults = faultsDiffer(before, after);
  const checkers = checkersDiffer(before.checkers, after.checkers, registry.checkers);
  const documented = before.expect === 'invalid' && after.expect === 'invalid';
  const changes = [
    ...planDiffers(before, after, keys, faults.length > 0),
    ...usesDiffer('environment', 'environment', [before.environment, after.environment], registry.environments),
    ...nodesDiffer(before, after),
    ...clientsDiffer(before, after, keys),
    ...usesDiffer('database', 'database', [before.database, after.database], registry.databases),
    ...usesDiffer('workload', 'workload', [before.workload, after.workload], registry.workloads),
    ...paceDiffers(before, after, keys),
    ...faults,
    ...majorityDiffers(before, after),
    ...(documented ? whereInvalidIsExpected(checkers) : checkers),
    ...requireDiffers({ ...before.require }, { ...after.require }, keys.plan.properties?.require ?? {}),
    ...expectDiffers(before.expect, after.expect),
  ];
  return changes.sort((a, b) => CHANGE_GROUPS.indexOf(a.group) - CHANGE_GROUPS.indexOf(b.group));
}
