import type { LinearizableFinding } from './finding.ts';

/** So many of the last configurations, and of the failing keys, are told; the drawing and the JSON have more. */
const SHOWN = 3;
const KEYS_SHOWN = 5;
/** In each, of the open calls that could not take effect; the one that completes comes first. */
const NEEDED_SHOWN = 5;

/** What was judged; where it is invalid, what could not be, in which states, and what else was open. */
export function textOf(finding: LinearizableFinding): string[] {
  const { model, calls, key_counts } = finding;
  if (model === undefined || calls === undefined) return [];
  const keys = key_counts && Object.values(key_counts).reduce((sum, count) => sum + count, 0);
  const objects = keys === undefined ? 'an object' : `${keys} ${keys === 1 ? 'object' : 'objects'}`;
  const head = `${calls} ${calls === 1 ? 'call' : 'calls'} on ${objects} of the model ${model}`;
  return [head, ...keysOf(finding), ...evidenceOf(finding)];
}

function keysOf({ keys = {}, key_counts }: LinearizableFinding): string[] {
  if (key_counts === undefined || key_counts.invalid + key_counts.unknown === 0) return [];
  const { valid, invalid, unknown } = key_counts;
  const having = (verdict: unknown) => Object.entries(keys).filter(([, one]) => one.valid === verdict);
  const wrong = [...having(false), ...having('unknown')];
  const lines = wrong.slice(0, KEYS_SHOWN).map(([key, { valid, why, failing_index }]) => {
    return valid === false ? `  key ${key}: fails at operation ${failing_index}` : `  key ${key}: unknown: ${why}`;
  });
  const more = invalid + unknown - lines.length;
  return [
    `keys: ${invalid} not linearizable, ${unknown} unknown, ${valid} linearizable`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function evidenceOf({ prefix, evidence }: LinearizableFinding): string[] {
  if (prefix === undefined || evidence === undefined) return [];
  const texts = new Map(
    evidence.window.map((call) => [call.index, `${call.index} (process ${call.process}) ${call.text}`]),
  );
  const told = (index: number) => texts.get(index) ?? `${index}`;
  const neededOf = (needed: Readonly<Record<string, string>>) =>
    Object.entries(needed)
      .map(([index, words]) => [Number(index), words] as const)
      .filter(([index]) => texts.has(index))
      .sort(([a], [b]) => Number(b === evidence.failing) - Number(a === evidence.failing) || b - a)
      .slice(0, NEEDED_SHOWN);
  const last = evidence.configurations.slice(0, SHOWN);
  const more = evidence.configurations.length - last.length;
  return [
    `${prefix}.`,
    ...(last.length === 0 ? [] : ['Just before it, the object may have been']),
    ...last.flatMap(({ state, linearized, needed }) => {
      const latest = linearized.at(-1);
      return [
        `  ${state}${latest === undefined ? '' : `, after ${told(latest)}`}`,
        ...neededOf(needed).map(([index, words]) => `    ${told(index)} ${words}`),
      ];
    }),
    ...(more > 0 ? [`  or in ${more} more states that are as wrong`] : []),
  ];
}
