import type { Registry, Use } from '../contract/index.ts';
import { readBlock } from './blocks.ts';
import { checkCheckers } from './checks/modules.ts';
import type { Problem } from './problem.ts';
import { readYaml } from './text/read.ts';
import { Findings, type PlanSource } from './text/source.ts';

export interface ParsedCheckers {
  /** There unless a problem is an error. */
  readonly checkers?: readonly Use[];
  readonly problems: readonly Problem[];
  readonly source: PlanSource;
}

const NAME = /^\w[\w-]*$/;

/**
 * Reads a checker block that stands alone: `linearizable: {model: cas-register}`, or a checker's name.
 * @param file what the text is called in problems.
 */
export function parseCheckers(text: string, file: string, registry: Registry): ParsedCheckers {
  const source = { file, text };
  const findings = new Findings(source);
  const value = readYaml(text, findings);
  const named = typeof value === 'string' && NAME.test(value) ? { [value]: {} } : value;
  if (findings.problems.length > 0) return { problems: findings.inOrder(), source };
  const rules = { kind: 'checker', modules: registry.checkers, count: 'many' } as const;
  const block = readBlock(named, '', rules, { findings, registry, unloaded: false });
  checkCheckers(block.modules, registry, findings);
  const problems = findings.inOrder();
  if (problems.some(({ severity }) => severity === 'error')) return { problems, source };
  return { checkers: block.modules.map(({ name, settings }) => ({ name, settings })), problems, source };
}
