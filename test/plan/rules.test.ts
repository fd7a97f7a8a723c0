import { expect, it } from 'vitest';
import { RULES } from '../../src/plan/index.ts';
import { judge, namesIn, textOf } from './fixtures.ts';
import * as inventories from './inventory/fixtures.ts';
import { registry } from './registry.ts';

/** Reported by the tests of `parse-plan.test.ts`, which make the bytes, the error, the override or the module, and of `deprecated.test.ts`. */
const ELSEWHERE = ['file-unreadable', 'file-too-large', 'not-utf8', 'bad-override', 'bad-module', 'deprecated-key'];

it('every rule has a fixture that breaks it', () => {
  const broken = (['refused', 'accepted'] as const).flatMap((folder) =>
    namesIn(folder).flatMap((name) => judge(textOf(folder, name), registry).all.map((problem) => problem.rule)),
  );
  const ofMachines = [
    ...inventories
      .namesIn('refused')
      .flatMap((name) => inventories.judge(inventories.textOf('refused', name), name).problems),
    ...inventories.namesIn('plans').flatMap((name) => inventories.judgePlan(name).all),
  ].map((problem) => problem.rule);
  expect([...new Set([...broken, ...ofMachines, ...ELSEWHERE])].sort()).toEqual(Object.keys(RULES).sort());
});
