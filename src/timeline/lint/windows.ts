import type { Problem } from '../../plan/index.ts';
import type { Step, Timeline } from '../timeline.ts';

/** A fault and the time that it is in force. */
export interface Window {
  readonly step: Extract<Step, { do: 'inject' }>;
  readonly fromMs: number;
  /** As the plan wants it; Infinity where it lasts until the heal. */
  readonly toMs: number;
}

/** Every fault of the timeline, in the order of begin. */
export function windowsOf({ steps }: Timeline): Window[] {
  return steps.flatMap((step) => {
    if (step.do !== 'inject') return [];
    return [{ step, fromMs: step.atMs, toMs: step.forMs === null ? Number.POSITIVE_INFINITY : step.atMs + step.forMs }];
  });
}

/** Each window with those before it that are still in force when it begins, and those that begin with it. */
export function* beginnings(
  windows: readonly Window[],
): Generator<[begun: Window, before: readonly Window[], together: readonly Window[]]> {
  let open: Window[] = [];
  for (const [index, begun] of windows.entries()) {
    open = open.filter(({ toMs }) => toMs > begun.fromMs);
    let next = index + 1;
    while (windows[next]?.fromMs === begun.fromMs) next++;
    yield [begun, open, windows.slice(index + 1, next)];
    open = [...open, begun];
  }
}

/** A problem at the place in the plan that a fault comes from. */
export function problemAt({ file }: Timeline, { step }: Window, problem: Omit<Problem, keyof Position>): Problem {
  return { ...problem, file, ...positionOf(step.place) };
}

/** Whether `path` is `whole` or a part of it. */
export function isWithin(path: string, whole: string): boolean {
  return path === whole || path.startsWith(`${whole}.`) || path.startsWith(`${whole}[`);
}

interface Position {
  readonly file: string;
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A place is where a key begins; the key is the last part of its path. */
export function positionOf({ path, line, column }: { path: string; line: number; column: number }) {
  const key = /[\w-]+$/.exec(path)?.[0] ?? ' ';
  return { path, line, column, endLine: line, endColumn: column + key.length };
}
