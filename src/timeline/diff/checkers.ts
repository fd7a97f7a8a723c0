import type { AnyChecker, Use } from '../../contract/index.ts';
import type { Schema } from '../../plan/index.ts';
import { flow } from '../words.ts';
import type { Change } from './change.ts';
import { ownValue, settingsDiffer, type Values } from './settings.ts';

type Checkers = ReadonlyMap<string, AnyChecker>;

/**
 * How those who judge differ, in the block at `path`, whatever their order: one more makes a plan stricter, one less looser, and what
 * a setting does its schema says. `within` stands before the names of those that are within another.
 */
export function checkersDiffer(
  before: readonly Use[],
  after: readonly Use[],
  checkers: Checkers,
  path = 'checker',
  within = '',
): Change[] {
  const old = new Map(before.map((use) => [use.name, use]));
  const now = new Map(after.map((use) => [use.name, use]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name): Change[] => {
    const [was, is] = [old.get(name), now.get(name)];
    if (was !== undefined && is !== undefined) return settingsChange(was, is, checkers, path, within);
    const note = checkers.get(name)?.summary;
    const change = {
      group: 'checkers',
      subject: `${within}${name}`,
      ...(note !== undefined && { note }),
      path: `${path}.${name}`,
    } as const;
    if (is !== undefined) return [{ ...change, kind: 'added', after: ownWords(is), strictness: 'stricter' }];
    return was === undefined ? [] : [{ ...change, kind: 'removed', before: ownWords(was), strictness: 'looser' }];
  });
}

/** A checker's settings, and those of the checkers that its settings name (`CheckerBlock`). */
function settingsChange(before: Use, after: Use, checkers: Checkers, path: string, within: string): Change[] {
  const schema = (checkers.get(after.name)?.settings ?? {}) as Schema;
  const blocks = Object.entries(schema.properties ?? {}).flatMap(([key, { block }]) =>
    block === 'checker' ? [key] : [],
  );
  const own = settingsDiffer('checkers', path, [without(before, blocks), without(after, blocks)], schema, true);
  const inner = blocks.flatMap((key) => {
    const at = `${after.name}.${key}`;
    return checkersDiffer(usesIn(before, key), usesIn(after, key), checkers, `${path}.${at}`, `${within}${at}.`);
  });
  return [...own.map((change) => ({ ...change, subject: `${within}${change.subject}` })), ...inner];
}

function without({ name, settings }: Use, keys: readonly string[]): Use {
  return {
    name,
    settings: Object.fromEntries(Object.entries(settings as Values).filter(([key]) => !keys.includes(key))),
  };
}

function usesIn({ settings }: Use, key: string): Use[] {
  const block = ownValue(settings as Values, key) as Values | undefined;
  return Object.entries(block ?? {}).map(([name, own]) => ({ name, settings: own }));
}

function ownWords({ settings }: Use): string {
  return flow(settings);
}

/**
 * The same, for whether runs are as two plans expect that both document a violation: what a checker lets pass is then no violation, so that
 * whatever it forbids less makes the plan stricter.
 */
export function whereInvalidIsExpected(changes: readonly Change[]): Change[] {
  const turned = { looser: 'stricter', stricter: 'looser', other: 'other' } as const;
  return changes.map((change) => {
    if (change.strictness === undefined || change.strictness === 'other') return change;
    const strictness = turned[change.strictness];
    const means = `The plan expects invalid: ${strictness === 'looser' ? 'more' : 'fewer'} runs are as it expects.`;
    return { ...change, strictness, note: [change.note, means].filter(Boolean).join(' ') };
  });
}

/** How the least that a run must have done, for its verdict to count, differs. */
export function requireDiffers(before: Values, after: Values, schema: Schema): Change[] {
  const uses = [before, after].map((settings) => ({ name: 'require', settings })) as [Use, Use];
  return settingsDiffer('checkers', '', uses, schema, true).map((change) => ({
    ...change,
    path: change.path.replace(/^\./, ''),
  }));
}

/** Whether the verdict that the plan documents is another. */
export function expectDiffers(before: string, after: string): Change[] {
  if (before === after) return [];
  const note =
    after === 'invalid'
      ? 'The plan now documents a violation: a run that finds one is as expected, and one that finds none is not.'
      : 'The plan documented a violation: from now on a run that finds one is not as expected.';
  return [
    { group: 'expect', kind: 'changed', subject: 'expect', before, after, note, strictness: 'other', path: 'expect' },
  ];
}
