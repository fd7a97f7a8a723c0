import { describe, expect, it } from 'vitest';
import { evidence, gaps } from '../../src/executor/evidence.ts';
import { historyOf, type Op } from '../../src/history/index.ts';

/**
 * A history on a line: `0+` invokes an operation of process 0 (`0+read` a read) and `0-` ends it ok; `f1(`, `f1[` begin
 * and complete the injection of a fault, `f1]`, `f1)` its undoing. An entry a millisecond.
 */
function historyIn(text: string) {
  const verbs = { '(': 'start', '[': 'start', ']': 'stop', ')': 'stop' } as const;
  return historyOf(
    text.split(' ').map((entry, index): Op => {
      const [, who = '', sign = '', f] = /^(\w+)(.)(.*)$/.exec(entry) ?? [];
      const at = { index, time: index * 1e6 };
      if (sign === '+' || sign === '-') {
        const type = sign === '+' ? 'invoke' : 'ok';
        return { ...at, type, process: Number(who), f: f || 'add', value: null };
      }
      const ends = sign === '[' || sign === ')';
      const value = { fault: who, ...(ends ? { hit: [], nodes: { n1: 1 }, last_ms: 1 } : {}) };
      return { ...at, type: 'info', process: 'nemesis', f: `${verbs[sign as '(']}-cut`, value };
    }),
  );
}

/** The latencies in each phase: how many, and the longest in milliseconds. */
function phasesOf(text: string) {
  const { before, during, after } = evidence(historyIn(text), new Set(['read'])).phases;
  return [before, during, after].map(({ count, max }) => [count, max / 1e6]);
}

describe('a fault that begins when the workload is over', () => {
  const asked = (text: string) =>
    gaps(evidence(historyIn(text), new Set(['read'])), { before: 0, during: 0, after: 0 }).join('; ');
  const WORDS = 'the workload was over before the first fault began';

  it('shows nothing', () => {
    expect(asked('0+ 0- f1( f1[ f1] f1) 1+read 1-read')).toContain(WORDS);
    expect(asked('0+ 0- f1( f1[ f1] f1) f2( f2[ f2] f2)')).toContain(WORDS);
  });

  it('shows something where an operation was under way, or came later, or another fault was in time', () => {
    expect(asked('0+ f1( f1[ 0- f1] f1)')).not.toContain(WORDS);
    expect(asked('0+ 0- f1( f1[ f1] f1) 0+')).not.toContain(WORDS);
    expect(asked('0+ f1( f1[ f1] f1) 0- f2( f2[ f2] f2)')).not.toContain(WORDS);
    expect(asked('0+ 0- 1+read 1-read')).not.toContain(WORDS);
  });
});

describe('latency by phase', () => {
  it('counts what ended before, what was under way during, and what was invoked after', () => {
    expect(phasesOf('0+ 0- f1( f1[ 0+ 0- f1] f1) 0+ 1+ 1- 0-')).toEqual([
      [1, 1],
      [1, 1],
      [2, 3],
    ]);
  });

  it('counts an operation that a fault came upon, or that outlasted one, as under way during it', () => {
    expect(phasesOf('0+ f1( f1[ 0- 1+ f1] f1) 1-')).toEqual([
      [0, 0],
      [2, 3],
      [0, 0],
    ]);
  });

  it('is that of no phase between two faults', () => {
    expect(phasesOf('f1( f1[ f1] f1) 0+ 0- f2( f2[ f2] f2) 1+ 1-')).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
  });

  it('has no after, where a fault was never undone', () => {
    expect(phasesOf('f1( f1[ 0+ 0-')).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
  });

  it('leaves out the reads at the end, but not those before', () => {
    expect(phasesOf('f1( f1[ f1] f1) 0+read 0-read 1+ 1- 0+read 2+read 0-read 2-read')).toEqual([
      [0, 0],
      [0, 0],
      [2, 1],
    ]);
  });

  it('is there with a fault only', () => {
    expect(phasesOf('0+ 0-')).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });
});

describe('when it was', () => {
  it('dates the workload by its first operation, and each fault by its first begin and its last end', () => {
    const { startNs, faults } = evidence(historyIn('f1( 0+ f1[ 0- f1] f1) f2( f2['));
    expect(startNs).toBe(1e6);
    expect(faults.map(({ fromNs, untilNs }) => [fromNs, untilNs])).toEqual([
      [0, 5e6],
      [6e6, undefined],
    ]);
  });

  it('is when the first operation was due, where that is known', () => {
    const [first, ...others] = [...historyIn('0+ 0-').ops()] as [Op, ...Op[]];
    expect(evidence(historyOf([{ ...first, time: 9e6, late: 2e6 }, ...others])).startNs).toBe(7e6);
    expect(evidence(historyOf([])).startNs).toBe(0);
  });
});
