import { formatMs } from '../../base/units.ts';
import { isRunSelector } from '../../contract/index.ts';
import type { Problem } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { beginnings, problemAt, type Window, windowsOf } from './windows.ts';

/**
 * A kill and another fault on the processes of one node at once: it finds no processes, or the kill ends first and
 * starts others, which it does not have.
 */
export function* targetKilled(timeline: Timeline): Generator<Problem> {
  for (const [window, before, together] of beginnings(windowsOf(timeline))) {
    const found =
      window.step.nemesis === 'kill' ? cutShort(window, before) : nobodyThere(window, [...before, ...together]);
    if (found !== undefined) yield problemAt(timeline, window, { rule: 'target-killed', severity: 'error', ...found });
  }
}

type Found = Pick<Problem, 'message' | 'hint'>;

function nobodyThere(window: Window, others: readonly Window[]): Found | undefined {
  const killer = others.find((other) => other.step.nemesis === 'kill' && common(other, window).length > 0);
  if (killer === undefined) return undefined;
  const at = `the kill on line ${killer.step.place.line}, in force from ${formatMs(killer.fromMs)}`;
  const who = `at ${formatMs(window.fromMs)} ${common(killer, window).join(', ')}`;
  return {
    message: `${who} has no processes to ${window.step.nemesis}: ${at}`,
    hint: 'let the kill end first, or aim at another node',
  };
}

function cutShort(window: Window, before: readonly Window[]): Found | undefined {
  // two kills of one node are an overlapping-fault
  const other = before.find(
    (one) => one.step.nemesis !== 'kill' && one.toMs > window.toMs && common(one, window).length > 0,
  );
  if (other === undefined) return undefined;
  const { nemesis, place } = other.step;
  const until = other.toMs === Number.POSITIVE_INFINITY ? 'until the heal' : `until ${formatMs(other.toMs)}`;
  const who = `${common(other, window).join(', ')} has a ${nemesis} by the one on line ${place.line}, ${until}`;
  return {
    message: `${who}, but this kill's end at ${formatMs(window.toMs)} starts processes without it`,
    hint: `let the ${nemesis} end first, or aim at another node`,
  };
}

/** Nodes whose processes both are known to act on: a killed primary is primary no more, who it is later the run knows. */
function common(a: Window, b: Window): string[] {
  const [ofA = [], ofB = []] = [a.step.effect.down, b.step.effect.down];
  return ofA.filter((node) => !isRunSelector(node) && ofB.includes(node));
}
