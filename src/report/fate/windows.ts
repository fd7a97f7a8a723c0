import type { Op } from '../../history/index.ts';
import type { Step, Timeline } from '../../timeline/index.ts';

/** When a fault was there: from the moment its injection began until the last node was rid of it. */
export interface Window {
  readonly fault: string;
  readonly nemesis: string;
  /** A reviewer's words for it. */
  readonly words: string;
  readonly fromNs: number;
  /** Not there where it was never undone. */
  readonly toNs?: number;
}

/** The faults of a run, from the nemesis's operations, in the order in which they began. */
export function windowsOf(nemesis: readonly Op[], { steps }: Timeline): Window[] {
  const windows = new Map<string, Window>();
  for (const { f, value, time } of nemesis) {
    const { fault } = (value ?? {}) as { fault?: string };
    const [, change, name = ''] = /^(start|stop)-(.+)$/.exec(f) ?? [];
    if (fault === undefined || change === undefined) continue;
    const known = windows.get(fault);
    if (change === 'start')
      windows.set(fault, known ?? { fault, nemesis: name, words: wordsOf(fault, steps), fromNs: time });
    else if (known !== undefined) windows.set(fault, { ...known, toNs: time });
  }
  return [...windows.values()];
}

function wordsOf(fault: string, steps: readonly Step[]): string {
  for (const step of steps) if (step.do === 'inject' && step.fault === fault) return step.effect.words;
  return fault;
}
