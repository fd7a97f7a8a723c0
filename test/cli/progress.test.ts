import { describe, expect, it } from 'vitest';
import { Progress } from '../../src/cli/progress.ts';
import type { Run } from '../../src/executor/index.ts';
import { makeTimeline } from '../executor/setup.ts';
import { VirtualClock } from '../executor/virtual-clock.ts';

/** The live line of a run with an open fault, on a terminal of so many columns. */
function liveLine(columns: number): string {
  const written: string[] = [];
  const terminal = { isTTY: true, columns, write: (text: string) => written.push(text) };
  const progress = new Progress(makeTimeline({ count: 2000, ratePerS: 100 }, ['n1']), new VirtualClock(), terminal);
  const counts = { invoked: 1300, ok: 1234, fail: 5, info: 6 };
  const current = { do: 'undo', phase: 'run', place: { path: '', line: 1, column: 1 }, atMs: 0, fault: 'f1' };
  progress.follow({ counts, current, faults: { open: ['f1 partition'] }, startNs: 0 } as unknown as Run);
  progress.show({ type: 'step', step: { ...current, do: 'start-workload' } as never, tookMs: 1 });
  const line = written.at(-1) ?? '';
  progress.end();
  return line;
}

describe('the live line', () => {
  it('tells time, outcomes, faults and speed where there is room', () => {
    expect(liveLine(80)).toBe('    0.0s / 20s  1234 ok  5 fail  6 info  [f1 partition]  0 ops/s');
  });

  it('leaves out whole parts where there is not: half a number would be another one', () => {
    expect(liveLine(41)).toBe('    0.0s / 20s  1234 ok  5 fail  6 info');
    expect(liveLine(30)).toBe('    0.0s / 20s  1234 ok');
    for (let columns = 16; columns < 100; columns++) expect(liveLine(columns).length).toBeLessThan(columns);
  });
});
