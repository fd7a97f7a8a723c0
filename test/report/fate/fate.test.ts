import { describe, expect, it } from 'vitest';
import { fate, fates } from './notation.ts';

const ADDED = ['0 0 add 5', '9 0 add ok 5'];
const DOUBTED = ['0 0 add 5', '9 0 add info 5'];
const WROTE = '5 n1 db gained: writes 5 [5]';

describe('the end of an element', () => {
  it.each([
    ['kept', [...ADDED, '90 1 read null', '99 1 read ok [5]']],
    ['lost', [...ADDED, '90 1 read null', '99 1 read ok [6]']],
    ['recovered', [...DOUBTED, '90 1 read null', '99 1 read ok [5]']],
    ['absent', [...DOUBTED, '90 1 read null', '99 1 read ok []']],
    ['unread', ADDED],
    ['never-added', ['0 0 add 6', '9 0 add ok 6', '90 1 read null', '99 1 read ok [6]']],
    ['kept', [...DOUBTED, '10 2 add 5', '12 2 add ok 5', '90 1 read null', '99 1 read ok [5]']],
    ['kept', [...DOUBTED, '10 2 verify 5', '12 2 verify ok [5,true]', '90 1 read null', '99 1 read ok [5]']],
    ['recovered', [...DOUBTED, '10 2 verify 5', '12 2 verify ok [5,false]', '90 1 read null', '99 1 read ok [5]']],
  ] as const)('%s: %j', (end, history) => {
    expect(fate([5], history).end).toBe(end);
  });

  it('is by the last read that ended ok, of each element its own', () => {
    const history = [
      ...ADDED,
      '20 1 read null',
      '21 1 read ok []',
      '90 1 read null',
      '99 1 read ok [5]',
      '100 1 read null',
    ];
    expect(fates([5, 6], history).map(({ end }) => end)).toEqual(['kept', 'never-added']);
  });
});

describe('who had it', () => {
  const history = [...ADDED, '90 1 read null', '99 1 read ok []'];
  const places = (trace: readonly string[]) =>
    fate([5], history, trace).holdings.map(
      ({ node, from, until }) => `${node} ${from.time / 1e6}..${(until?.time ?? Number.NaN) / 1e6}`,
    );

  it('is what the changes say, one after the other', () => {
    expect(
      places([
        WROTE,
        '7 n2 db gained: has 5 [4 5]',
        '20 n1 db dropped: rolls back [5 6]',
        '30 n1 db gained: again [5]',
      ]),
    ).toEqual(['n1 5..20', 'n2 7..NaN', 'n1 30..NaN']);
  });

  it('loses everything with what drops everything, of that process alone', () => {
    expect(
      places([WROTE, '6 n1 other gained: has 5 [5]', '7 n2 db gained: has 5 [5]', '20 n1 db dropped: is killed']),
    ).toEqual([...['n1 5..20', 'n1 6..NaN', 'n2 7..NaN']]);
  });

  it('is nobody’s matter after the final read', () => {
    expect(places([WROTE, '100 n1 db dropped: later [5]'])).toEqual(['n1 5..NaN']);
  });
});

describe('what decided', () => {
  const lost = [...ADDED, '90 1 read null', '99 1 read ok []'];
  const found = [...DOUBTED, '90 1 read null', '99 1 read ok [5]'];
  const decided = (history: readonly string[], trace: readonly string[]) => fate([5], history, trace).cause?.words;

  it('of what is lost is what took the last copy, in the order of the trace', () => {
    const trace = ['5 n2 db gained: copies 5 [5]', '5 n1 db gained: writes 5 [5]'];
    expect(decided(lost, [...trace, '9 n1 db dropped: first [5]', '9 n2 db dropped: second [5]'])).toBe('second');
    expect(decided(lost, [...trace, '9 n2 db dropped: first [5]', '9 n1 db dropped: second [5]'])).toBe('second');
    expect(decided(lost, [...trace, '9 n2 db dropped: first [5]', '9 n1 db dropped: is killed'])).toBe('is killed');
  });

  it('is the last that took a copy, where one is left', () => {
    expect(decided(lost, [WROTE, '7 n2 db gained: has 5 [5]', '20 n1 db dropped: rolls back [5]'])).toBe('rolls back');
  });

  it('is not who hands over what he has, but who does not keep it', () => {
    const trace = [WROTE, '7 n2 db gained: has 5 [5]', '20 n2 db dropped: has a later one [5]'];
    expect(decided(lost, [...trace, '30 n1 db moved: n2 has it [5]'])).toBe('has a later one');
    expect(decided(lost, [WROTE, '30 n1 db moved: n2 has it [5]'])).toBe('n2 has it');
  });

  it('is no kill of a process that finds it again on its disk', () => {
    expect(
      decided(lost, [WROTE, '9 n1 db dropped: is killed', '12 n1 db gained: finds it on its disk [5]']),
    ).toBeUndefined();
  });

  it('is the last word on it, where nobody ever had it', () => {
    expect(decided(lost, ['3 client 0 client send: sends 5 to n1 [5]', '4 n1 db refused: is no primary [5]'])).toBe(
      'is no primary',
    );
    expect(decided(lost, ['4 n1 db dropped: is killed'])).toBeUndefined();
  });

  it('of what turned up is what brought it, after the last time that nobody had it', () => {
    expect(decided(found, [WROTE, '7 n2 db gained: has 5 [5]'])).toBe('writes 5');
    const gone = [WROTE, '9 n1 db dropped: rolls back [5]'];
    expect(decided(found, [...gone, '20 n3 db gained: hands it over [5]', '21 n1 db gained: repairs [5]'])).toBe(
      'hands it over',
    );
    expect(
      decided(found, [
        WROTE,
        '8 n2 db gained: has 5 [5]',
        '9 n1 db dropped: rolls back [5]',
        '9 n1 db gained: repairs [5]',
      ]),
    ).toBe('writes 5');
  });

  it('is nothing where all is well, and nothing can be said without a trace', () => {
    expect(decided([...ADDED, '90 1 read null', '99 1 read ok [5]'], [WROTE])).toBeUndefined();
    expect(decided(lost, [])).toBeUndefined();
  });
});

it('knows the faults, from when to when', () => {
  const faults = [
    '10 nemesis start-cut f1',
    '11 nemesis start-cut f1',
    '20 nemesis stop-cut f1',
    '21 nemesis stop-cut f1',
  ];
  expect(fate([5], [...ADDED, ...faults, '22 nemesis start-cut f2']).faults).toEqual([
    { fault: 'f1', nemesis: 'cut', words: 'cut {n1} from {n2}', fromNs: 10e6, toNs: 21e6 },
    { fault: 'f2', nemesis: 'cut', words: 'f2', fromNs: 22e6 },
  ]);
});
