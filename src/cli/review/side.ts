/** One side of a plan, before or after: validated and compiled from its text alone. Nothing that it names is read or loaded. */
import type { Registry } from '../../contract/index.ts';
import { type PlanFile, type PlanSource, type Problem, type RuleId, recognize } from '../../plan/index.ts';
import { parseInventory } from '../../plan/inventory/index.ts';
import type { Timeline } from '../../timeline/index.ts';
import { validatePlan } from '../../timeline/validate.ts';

export interface Side {
  readonly problems: readonly Problem[];
  readonly source: PlanSource;
  /** There unless something is wrong, or the plan needs modules of its own. */
  readonly timeline?: Timeline;
  /** The modules of its own that a plan names. */
  readonly modules: readonly string[];
  /** The hosts of an inventory. */
  readonly hosts?: readonly string[];
}

export function planSide(given: PlanFile, registry: Registry): Side {
  const { problems, source, ready } = validatePlan(given, registry);
  const modules = modulesOf(given);
  const own = modules.length > 0 ? withoutUnloaded(problems) : problems;
  return { problems: own, source, modules, ...(ready === undefined ? {} : { timeline: ready.timeline }) };
}

/** What this machine has (keys, an agent, variables) is not looked at: the inventory may be a stranger's. */
export function inventorySide(given: PlanFile): Side {
  const { problems, source, nodes } = parseInventory(given, {
    purpose: 'review',
    folder: '/',
    home: '/',
    agent: true,
    unusable: () => undefined,
    isSet: () => true,
  });
  return { problems, source, modules: [], ...(nodes === undefined ? {} : { hosts: nodes }) };
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error');
}

function modulesOf(given: PlanFile): string[] {
  const found = recognize(given);
  if (typeof found !== 'object') return [];
  return [...new Set(found.names.filter(({ as }) => as === 'module').map(({ path }) => path))];
}

/** What is said of what stands below a name, or of how modules go together. */
const FOLLOWS: ReadonlySet<RuleId> = new Set([
  ...(['no-primary', 'unsupported-environment', 'unsupported-workload', 'checker-mismatch'] as const),
  ...(['unsupported-fault', 'module-settings', 'endless-workload', 'overlapping-fault', 'possible-overlap'] as const),
  ...(['fault-after-workload', 'target-killed', 'fault-never-undone', 'fault-outlives-workload'] as const),
  ...(['no-majority', 'fault-shorter-than-timeout', 'require-out-of-reach', 'faults-without-rate'] as const),
]);

/**
 * The problems that a plan has whatever its own modules are. A name that nobody has may be one of theirs; where it resembles
 * one of ours it was read as that, and what was found then means nothing.
 */
function withoutUnloaded(problems: readonly Problem[]): Problem[] {
  const unknown = problems.filter(isUnloaded);
  if (unknown.length === 0) return [...problems];
  return problems.filter(
    (problem) =>
      !unknown.includes(problem) &&
      !FOLLOWS.has(problem.rule) &&
      !unknown.some(({ path }) => problem.path.startsWith(path) && /^[.[]/.test(problem.path.slice(path.length))),
  );
}

function isUnloaded({ rule, path, hint = '' }: Problem): boolean {
  if (rule === 'unknown-module') return hint.includes('--allow-modules');
  // Where other checkers are known, a name that nobody has is told as a key.
  return rule === 'unknown-key' && /^checker(?:\.[\w-]+|\["(?:[^"\\]|\\.)*"\])$/.test(path);
}
