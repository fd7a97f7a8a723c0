import { inspect } from 'node:util';
import { messageOf } from '../base/errors.ts';
import type { CheckContext, CheckerResult, Registry, Use } from '../contract/index.ts';
import type { History } from '../history/index.ts';
import { abortable } from './waits.ts';

/**
 * Has each of the checkers judge a history. One that throws, gives no verdict, or has none when `circumstances.signal`
 * aborts, gives `unknown`. Those that judge what the others report come last.
 */
export async function checkAll(
  uses: readonly Use[],
  history: History,
  registry: Registry,
  circumstances: Omit<CheckContext, 'check'>,
): Promise<Record<string, CheckerResult>> {
  const isLast = ({ name }: Use) => registry.checkers.get(name)?.last === true;
  const found: Record<string, CheckerResult> = {};
  for (const use of [...uses.filter((one) => !isLast(one)), ...uses.filter(isLast)]) {
    const reported = { ...circumstances.reported, ...found };
    found[use.name] = await check(use, history, registry, { ...circumstances, reported });
  }
  return found;
}

async function check(
  use: Use,
  history: History,
  registry: Registry,
  circumstances: Omit<CheckContext, 'check'>,
): Promise<CheckerResult> {
  const { signal } = circumstances;
  const context: CheckContext = {
    ...circumstances,
    check: (inner, part) => check(inner, part, registry, circumstances),
  };
  try {
    const checker = registry.checkers.get(use.name);
    if (checker === undefined) throw new Error(`there is no checker "${use.name}"`);
    const checking = Promise.resolve(checker.check(history, use.settings, context));
    return asResult(await (signal === undefined ? checking : abortable(checking, signal)));
  } catch (error) {
    return { valid: 'unknown', why: `the checker failed: ${messageOf(error)}`, failed: true };
  }
}

/** A finding that is none, or that cannot be kept, must not pass for a verdict. @throws what is wrong with it. */
function asResult(finding: unknown): CheckerResult {
  const { valid } = (finding ?? {}) as Partial<CheckerResult>;
  if (valid !== true && valid !== false && valid !== 'unknown') {
    throw new TypeError(`its verdict is neither true, false nor "unknown": ${inspect(valid)}`);
  }
  return JSON.parse(JSON.stringify(finding));
}
