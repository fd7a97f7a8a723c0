import { PlanRunError } from '../../base/errors.ts';
import type { Registry } from '../../contract/index.ts';
import { didYouMean } from '../../plan/guess.ts';
import { type Topic, type TopicKind, topicsOf } from './topics.ts';

/** What people call the kinds. */
const KINDS: Readonly<Record<string, TopicKind>> = {
  ...{ environment: 'environment', environments: 'environment', env: 'environment' },
  ...{ database: 'database', databases: 'database', db: 'database', workload: 'workload', workloads: 'workload' },
  ...{ nemesis: 'nemesis', fault: 'nemesis', faults: 'nemesis', checker: 'checker', checkers: 'checker' },
};

/**
 * Everything that has a name: `redis`; `set`, a workload and a checker; `checker/set`, the one of them; `plan`, `inventory`.
 * @throws PlanRunError `usage` where nothing has it, with what was meant.
 */
export function topicsNamed(wanted: string, registry: Registry): Topic[] {
  const all = topicsOf(registry);
  const at = wanted.indexOf('/');
  const [kindName, name] = at < 0 ? [undefined, wanted] : [wanted.slice(0, at), wanted.slice(at + 1)];
  const kind = kindName === undefined ? undefined : KINDS[kindName];
  const hintOf = (word: string, words: readonly string[]) => ({ hint: didYouMean(word, [...new Set(words)]) });
  if (kindName !== undefined && kind === undefined) {
    throw new PlanRunError('usage', `there is no kind of module "${kindName}"`, hintOf(kindName, Object.values(KINDS)));
  }
  const ofKind = all.filter((one) => kind === undefined || one.kind === kind);
  const found = ofKind.filter((one) => one.name === name);
  if (found.length > 0) return found.map(({ topic }) => topic());
  const what = kind === undefined ? 'module' : kind;
  throw new PlanRunError(
    'usage',
    `there is no ${what} "${name}"`,
    hintOf(
      name,
      ofKind.map((one) => one.name),
    ),
  );
}
