import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { problemAt, windowsOf } from './windows.ts';

/** A partition with nobody on one side, once its selectors were drawn: it cuts nothing. */
export function* emptySide(timeline: Timeline): Generator<Problem> {
  for (const window of windowsOf(timeline)) {
    const { groups, words } = window.step.effect;
    if (groups === undefined || (groups.length > 1 && groups.every((group) => group.length > 0))) continue;
    const message = `nobody is on one side of this partition: ${words}`;
    const hint = 'leave somebody for the other side';
    yield problemAt(timeline, window, { rule: 'empty-selector', severity: 'error', message, hint });
  }
}
