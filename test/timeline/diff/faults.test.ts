import { describe, expect, it } from 'vitest';
import { faultsDiffer } from '../../../src/timeline/diff/faults.ts';
import { changes, diff, edited, PLAN, timelineOf } from './plans.ts';

/** Without the second, repeated fault, whose draws would change with the list. */
const ONE = edited(PLAN, [PLAN.slice(PLAN.indexOf('  - every'), PLAN.indexOf('settle')), '']);
const CUT = 'partition: cut {n1, n2} from {n3, n4, n5}';

const faults = (...edits: [string, string][]) =>
  diff(ONE, edited(ONE, ...edits)).map(({ group, kind, subject, before, after, note, path }) => {
    expect(group === 'faults' ? path : 'faults').toMatch(/^faults/);
    return [kind, subject, before, after, note];
  });

describe('a fault', () => {
  it('moved is one line', () => {
    expect(faults(['at: 10s', 'at: 15s'])).toEqual([
      ['moved', `f1 ${CUT}`, '10s to 30s (20s)', '15s to 35s (20s)', '5s later'],
    ]);
  });

  it('resized, at its end or at its begin', () => {
    expect(faults(['for: 20s', 'for: 5s'])).toEqual([
      ['resized', `f1 ${CUT}`, '10s to 30s (20s)', '10s to 15s (5s)', '15s shorter'],
    ]);
    expect(faults(['at: 10s', 'at: 8s'], ['for: 20s', 'for: 22s'])).toEqual([
      ['resized', `f1 ${CUT}`, '10s to 30s (20s)', '8s to 30s (22s)', '2s earlier, 2s longer'],
    ]);
  });

  it('that loses its end lasts until the heal', () => {
    expect(faults(['    for: 20s\n', ''])).toEqual([
      ['resized', `f1 ${CUT}`, '10s to 30s (20s)', 'from 10s until the heal', 'no end of its own any more'],
    ]);
  });

  it('of other groups', () => {
    expect(faults(['[[n1, n2], [n3, n4, n5]]', '[[n1], [n2, n3, n4, n5]]'])).toEqual([
      ['changed', 'f1, 10s to 30s (20s)', CUT, 'partition: cut {n1} from {n2, n3, n4, n5}', undefined],
    ]);
  });

  it('of another kind at the same time is one change', () => {
    expect(faults(['partition: [[n1, n2], [n3, n4, n5]]', 'kill: [n1, n2]'])).toEqual([
      ['changed', 'f1, 10s to 30s (20s)', CUT, 'kill {n1, n2}', undefined],
    ]);
  });

  it('added before another does not change the other, though it is f2 now', () => {
    expect(faults(['faults:\n', 'faults:\n  - { at: 2s, for: 3s, kill: n5 }\n'])).toEqual([
      ['added', 'f1', undefined, 'kill {n5}, 2s to 5s (3s)', undefined],
    ]);
  });

  it('removed', () => {
    const two = edited(ONE, ['faults:\n', 'faults:\n  - { at: 40s, for: 3s, kill: n5 }\n']);
    expect(diff(two, ONE).map(({ kind, subject, before, path }) => [kind, subject, before, path])).toEqual([
      ['removed', 'f2', 'kill {n5}, 40s to 43s (3s)', 'faults[0]'],
    ]);
  });

  it('two that exchange their times are two that moved', () => {
    const two = edited(ONE, ['faults:\n', 'faults:\n  - { at: 40s, for: 20s, kill: n5 }\n']);
    const back = edited(two, ['at: 40s', 'at: AA'], ['at: 10s', 'at: 40s'], ['at: AA', 'at: 10s']);
    expect(diff(two, back).map(({ kind, note }) => [kind, note])).toEqual([
      ['moved', '30s earlier'],
      ['moved', '30s later'],
    ]);
  });
});

describe('a repeated fault', () => {
  const lines = (...edits: [string, string][]) =>
    changes(...edits)
      .filter(({ group }) => group === 'faults')
      .map(({ kind, subject, before, after, note }) => [kind, subject, before, after, note]);

  it('at another pace is told as a whole', () => {
    expect(lines(['every: 10s', 'every: 4s'])).toEqual([
      [
        'changed',
        expect.stringMatching(/^f2 to f7 kill$/),
        expect.stringMatching(/^3 times, first at 35s, last at 55s, each for 2s: kill/),
        expect.stringMatching(/^6 times, first at 35s, last at 55s, each for 2s: kill/),
        undefined,
      ],
    ]);
  });

  it('under another seed strikes others', () => {
    expect(lines(['seed: 3', 'seed: 4'])).toEqual([
      [
        'changed',
        'f2, f3, f4 kill',
        '3 times, first at 35s, last at 55s, each for 2s: kill {n1} (1), kill {n3} (2)',
        '3 times, first at 35s, last at 55s, each for 2s: kill {n5} (3)',
        'Of 3, 3 with another target.',
      ],
    ]);
  });

  it('whose last turn the heal cuts short says so', () => {
    const long = ['until: 58s', 'until: 59.8s'] as [string, string];
    const until = edited(PLAN, long, ['from: 35s', 'from: 39s'], ['kill: one', 'kill: n1']);
    const found = diff(until, edited(until, ['writes: 6000', 'writes: 6200']));
    expect(found.find(({ group }) => group === 'faults')).toMatchObject({
      subject: 'f2, f3, f4 kill: 3 times, first at 39s, last at 59s, each for 2s: kill {n1} (3)',
      note: 'Of 3, 1 with an end by the heal where it had its own, or the other way round.',
    });
  });

  it('is no other than as many that happen once', () => {
    const often = edited(PLAN, ['kill: one', 'kill: n1']);
    const item = often.slice(often.indexOf('  - every'), often.indexOf('settle:'));
    const once = ['35s', '45s', '55s'].map((at) => `  - { at: ${at}, for: 2s, kill: n1 }\n`).join('');
    expect(diff(often, edited(often, [item, once]))).toEqual([]);
  });

  it('of a thousand is compared with another thousand', () => {
    const many = (node: string, first: number) => {
      const each = Array.from({ length: 1000 }, (_, n) => `  - { at: ${first + 4 * n}s, for: 3s, kill: ${node} }\n`);
      const [head = '', tail = ''] = [PLAN.slice(0, PLAN.indexOf('  - at: 10s')), PLAN.slice(PLAN.indexOf('settle:'))];
      return timelineOf(head.replace('rate: 100/s', 'rate: 1/s') + each.join('') + tail);
    };
    const [before, after] = [many('n1', 1), many('n2', 2)];
    expect(faultsDiffer(before, after)).toHaveLength(1000);
  });
});
