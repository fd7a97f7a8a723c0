import { isDeepStrictEqual } from 'node:util';
import { checkFile } from '../../src/cli/check.ts';
import type { CheckerResult, Registry, Use } from '../../src/contract/index.ts';
import { type History, historyFromFile } from '../../src/history/index.ts';
import { parseCheckers } from '../../src/plan/index.ts';
import type { Entry, Expected } from './manifest.ts';
import { MAPPINGS, type Mapping } from './mapping.ts';

/** What differs from what the manifest expects, a line each; none: it is right. */
export type Differences = readonly string[];

/** Has an entry's history judged as `plan-run check` would, and compares. `verdictOnly`: the operations' indices may be others. */
export async function judgeEntry(
  entry: Entry,
  path: string,
  registry: Registry,
  verdictOnly = false,
): Promise<Differences> {
  const mapping = MAPPINGS[entry.checker];
  if (mapping === undefined) return [`there is no checker for "${entry.checker}"`];
  try {
    const uses = usesOf(entry, mapping, registry);
    const { valid, checkers } = await checkFile(path, () => uses, registry);
    const result = checkers[mapping.checker] as CheckerResult;
    const verdict = same(valid, entry.expect.valid)
      ? []
      : [
          `valid: expected ${text(entry.expect.valid)}, found ${text(valid)}${result.why === undefined ? '' : ` (${result.why})`}`,
        ];
    return verdictOnly ? verdict : [...verdict, ...compare(entry.expect, mapping, result, historyFromFile(path))];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** @throws what in the entry has no meaning here. */
function usesOf({ model, options = {} }: Entry, mapping: Mapping, registry: Registry): readonly Use[] {
  const settings: Record<string, unknown> = { ...mapping.settings };
  if (typeof model === 'string') {
    const own = mapping.model?.(model);
    if (own === undefined) throw new Error(`there is no model "${model}"`);
    Object.assign(settings, own);
  }
  for (const [option, value] of Object.entries(options)) {
    const own = mapping.options?.[option];
    if (own === undefined) throw new Error(`option ${option}: nothing here stands for it`);
    Object.assign(settings, own(value));
  }
  // JSON is YAML: what a plan may say under `checker`.
  const { checkers, problems } = parseCheckers(JSON.stringify({ [mapping.checker]: settings }), 'settings', registry);
  if (checkers === undefined) throw new Error(problems.map(({ message }) => message).join('; '));
  return checkers;
}

function compare(expected: Expected, mapping: Mapping, result: CheckerResult, history: History): string[] {
  const { valid: _, details = {}, anomalies, anomaliesExact = false, not, error, ...others } = expected;
  const differences = Object.keys(others).map((name) => `${name}: nothing here stands for it`);
  const hold = (name: string, wanted: unknown, found: unknown) => {
    if (!same(found, wanted)) differences.push(`${name}: expected ${text(wanted)}, found ${text(found)}`);
  };
  for (const [name, wanted] of Object.entries(details)) {
    const detail = mapping.details?.[name];
    if (detail === undefined) differences.push(`${name}: nothing in the result stands for it`);
    else hold(name, wanted, detail(result, history, wanted));
  }
  if (anomalies !== undefined) {
    const found = ((result.anomaly_types ?? []) as string[]).toSorted();
    const missing = anomalies.filter((type) => !found.includes(type));
    if (anomaliesExact) hold('anomalies', anomalies.toSorted(), found);
    else if (missing.length > 0) differences.push(`anomalies: ${missing.join(', ')} not found`);
  }
  if (not !== undefined) hold('not', not.toSorted(), ((result.not ?? []) as string[]).toSorted());
  if (error !== undefined) hold('error', error, mapping.error?.(result, history, error));
  return differences;
}

/** As JSON: a field that is undefined is none. */
function same(found: unknown, wanted: unknown): boolean {
  return found !== undefined && isDeepStrictEqual(JSON.parse(JSON.stringify(found)), wanted);
}

function text(value: unknown): string {
  const whole = JSON.stringify(value) ?? 'nothing';
  return whole.length <= 160 ? whole : `${whole.slice(0, 157)}...`;
}
