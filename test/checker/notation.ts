import { type History, historyOf, type Op } from '../../src/history/index.ts';

/**
 * A history on a line: `0 add 5` invokes, `0 ok`, `0 fail` or `0 info` completes what process 0 has open, with a
 * value as JSON where it has one of its own. A comma and a space separate entries; JSON is written without spaces.
 *
 *     history('0 add 5, 1 add 6, 0 ok, 1 info, 2 read, 2 ok [5,6]')
 */
export function history(text: string): History {
  const open = new Map<number, Op>();
  const entries = text === '' ? [] : text.split(', ');
  return historyOf(
    entries.map((entry, index): Op => {
      const [, number, word = '', rest] = /^(\d+) (\S+)(?: (.+))?$/.exec(entry) ?? [];
      const process = Number(number);
      const value = rest === undefined ? undefined : JSON.parse(rest);
      if (word === 'ok' || word === 'fail' || word === 'info') {
        const { f, value: asked } = open.get(process) as Op;
        return { index, time: index, type: word, process, f, value: value === undefined ? asked : value };
      }
      const op: Op = { index, time: index, type: 'invoke', process, f: word, value: value ?? null };
      open.set(process, op);
      return op;
    }),
  );
}
