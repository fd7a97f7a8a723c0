import type { Registry } from '../contract/index.ts';
import { isMap } from './blocks.ts';
import { checkModules } from './checks/modules.ts';
import { checkNodes } from './checks/nodes.ts';
import { checkRepeats } from './checks/repeats.ts';
import { checkSecrets } from './checks/secrets.ts';
import { makePlan } from './make-plan.ts';
import { applyOverrides, type Overrides } from './overrides.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import { readPlan } from './read-plan.ts';
import { decode } from './text/decode.ts';
import { readYaml } from './text/read.ts';
import { Findings, type PlanSource } from './text/source.ts';

/** A plan's file: its name as it was given, and what is in it. */
export interface PlanFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface Parsed {
  /** There unless a problem is an error. */
  readonly plan?: Plan;
  /** All of them, in the order of the text. */
  readonly problems: readonly Problem[];
  /** For `renderProblems`. */
  readonly source: PlanSource;
}

/**
 * Reads and validates a plan. All problems are found at once; nothing is thrown, nothing is run.
 * Overrides act before the validation, so that what they bring is checked like the rest.
 */
export function parsePlan({ file, bytes }: PlanFile, registry: Registry, overrides: Overrides = {}): Parsed {
  const decoded = decode(file, bytes);
  if ('problem' in decoded) return { problems: [decoded.problem], source: { file, text: '' } };
  const source = { file, text: decoded.text };
  const findings = new Findings(source);
  const plan = planOf(decoded.text, file, registry, overrides, findings);
  const problems = findings.problems.sort((a, b) => a.line - b.line || a.column - b.column);
  const refused = problems.some((problem) => problem.severity === 'error');
  return { ...(plan === undefined || refused ? {} : { plan }), problems, source };
}

/** The modules that a plan names, before it is validated: they must be loaded for that. None where it cannot be read. */
export function modulesOf({ file, bytes }: PlanFile): string[] {
  const decoded = decode(file, bytes);
  return 'problem' in decoded ? [] : namedModules(readYaml(decoded.text, new Findings({ file, text: decoded.text })));
}

function namedModules(value: unknown): string[] {
  const named = isMap(value) && Array.isArray(value.modules) ? value.modules : [];
  return named.filter((path) => typeof path === 'string');
}

function planOf(text: string, file: string, registry: Registry, overrides: Overrides, findings: Findings) {
  const value = readYaml(text, findings);
  if (value === undefined) return undefined;
  if (isMap(value)) applyOverrides(value as Record<string, unknown>, overrides, findings);
  const unloaded = namedModules(value).length > 0 && overrides.modulesAllowed !== true;
  const reading = { findings, registry, unloaded };
  const draft = readPlan(value, reading);
  if (draft === undefined) return undefined;
  checkModules(draft, findings);
  checkNodes(draft, findings);
  checkRepeats(draft, findings);
  checkSecrets(draft, findings);
  return findings.failedBelow('') ? undefined : makePlan(draft, file, reading);
}
