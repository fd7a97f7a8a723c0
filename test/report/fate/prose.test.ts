import { describe, expect, it } from 'vitest';
import { proseOf } from '../../../src/report/index.ts';
import { fate } from './notation.ts';

const prose = (...given: Parameters<typeof fate>) => proseOf(fate(...given)).join('\n');
const CUT = ['1000 nemesis start-cut f1', '1001 nemesis start-cut f1'];
const HEALED = ['3000 nemesis stop-cut f1', '3001 nemesis stop-cut f1'];
const READ = (elements: string) => ['9000 1 read null', `9001 1 read ok ${elements}`];

describe('the life of an element', () => {
  it('that is lost', () => {
    const history = [
      '500 1 add 4',
      '501 1 add ok 4',
      ...CUT,
      '2000 2 add 5',
      '2009 2 add ok 5',
      ...HEALED,
      ...READ('[4]'),
    ];
    const trace = [
      '2001 client 0 client send: sends 5 to n1 [5]',
      '2003 n1 db gained: writes 5 [5]',
      '2004 n3 db gained: n3 has 5 from n1 [5]',
      '2008 n1 db acknowledge: acknowledges 5 [5]',
      '2500 n3 db elected: n3 is primary, by 2 of 3',
      '2600 n3 db says: something else',
      '3500 n1 db dropped: goes back to 4 [5]',
      '4000 n3 db dropped: goes back to 4 [5]',
    ];
    expect(prose([5], history, trace)).toMatchInlineSnapshot(`
      "5: acknowledged, and lost.
        Client 0 (process 2, home n1) adds it at 1.500 s (to n1), during f1 (cut: cut {n1} from {n2}), and
        is told ok after 0.009 s.
        It is on n1 from 1.503 s (n1: writes 5) and n3 from 1.504 s (n3 has 5 from n1); nowhere else.
        At 1.508 s, during f1, n1: acknowledges 5.
        Who leads: at 2.000 s, n3 is primary, by 2 of 3.
        n1 drops a copy at 3.000 s (n1: goes back to 4). n3 drops its last copy at 3.500 s (n3: goes back
        to 4). The final read, at 8.501 s, does not have it.
        What decided: dropped on n3 at 3.500 s, 0.999 s after f1 ended."
    `);
  });

  it('that turned up', () => {
    const history = [...CUT, '2000 1 add 5', '2009 1 add info 5', ...HEALED, ...READ('[5]')];
    const trace = [
      '2001 client 1 client send: sends 5 to n2 [5]',
      '2003 n2 db gained: writes 5 [5]',
      '2500 client 1 client send: sends 5 to n1 [5]',
    ];
    expect(prose([5], history, trace)).toMatchInlineSnapshot(`
      "5: never acknowledged, yet in the final read.
        Client 1 (process 1, home n2) adds it at 0.000 s (to n2), during f1 (cut: cut {n1} from {n2}), and
        is told info (timeout) after 0.009 s.
        It is on n2 from 0.003 s (n2: writes 5); no other node ever has it.
        At 0.500 s, during f1, client 1: sends 5 to n1.
        The final read, at 7.001 s, has it.
        What decided: gained on n2 at 0.003 s, during f1."
    `);
  });

  it('that no node ever had', () => {
    const history = ['2000 1 add 5', '2000 1 add ok 5', ...READ('[]')];
    expect(
      prose([5], history, ['2000 client 1 client send-lost: n2 has closed the connection: 5 goes nowhere [5]']),
    ).toMatchInlineSnapshot(`
      "5: acknowledged, and lost.
        Client 1 (process 1, home n2) adds it at 0.000 s, and is told ok at once.
        No node says that it ever has it.
        At 0.000 s, client 1: n2 has closed the connection: 5 goes nowhere.
        The final read, at 7.001 s, does not have it.
        What decided: send-lost on client 1 at 0.000 s."
    `);
  });

  it('that was looked up', () => {
    const history = ['0 0 add 5', '900 0 add info 5', '1000 2 verify 5', '1001 2 verify ok [5,false]', ...READ('[]')];
    expect(prose([5], history)).toMatchInlineSnapshot(`
      "5: never acknowledged, and not in the final read.
        Client 0 (process 0, home n1) adds it at 0.000 s, and is told info (timeout) after 0.900 s. Client
        0 (process 2, home n1) asks at 1.000 s what became of it (verify), and learns after 0.001 s that
        it was not added, and will not be.
        The final read, at 9.001 s, does not have it."
    `);
  });

  it('with much ado: what is many is told by its first and its last', () => {
    const history = ['0 0 add 5', '10 0 add ok 5', ...READ('[]')];
    const trace = Array.from({ length: 9 }, (_, at) => [
      `${20 + 10 * at} n1 db gained: repairs 5, time ${at} [5]`,
      `${25 + 10 * at} n1 db dropped: a later one without 5, time ${at} [5]`,
    ]).flat();
    expect(prose([5], history, trace)).toMatchInlineSnapshot(`
      "5: acknowledged, and lost.
        Client 0 (process 0, home n1) adds it at 0.000 s, and is told ok after 0.010 s.
        It is on n1 from 0.020 s (n1: repairs 5, time 0, and 8 more times later); no other node ever has
        it.
        n1 drops a copy at 0.025 s (n1: a later one without 5, time 0). n1 drops a copy at 0.035 s (n1: a
        later one without 5, time 1). (6 more, see --json) n1 drops its last copy at 0.105 s (n1: a later
        one without 5, time 8). The final read, at 9.001 s, does not have it.
        What decided: dropped on n1 at 0.105 s."
    `);
  });

  it('of which there is nothing to tell', () => {
    expect(prose([7], ['0 0 add 5', '10 0 add ok 5'])).toBe('7: nobody ever tried to add it.');
    expect(prose([5], ['0 0 add 5'])).toMatchInlineSnapshot(`
      "5: nobody can say: there was no final read.
        Client 0 (process 0, home n1) adds it at 0.000 s, and is never told."
    `);
  });
});
