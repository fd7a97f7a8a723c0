import { type History, historyOf, NEMESIS, type Op } from '../../src/history/index.ts';

/**
 * A history with times, an entry a line: `1.5s 0 add 5` invokes, `1.6s 0 ok` completes what process 0 has open, with a value as JSON where it has one
 * of its own; `late 20ms` behind an invocation; an error as text behind fail or info. `2s nemesis start-partition {"fault":"f1"}` is a fault's.
 */
export function timed(text: string): History {
  const open = new Map<string, Op>();
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return historyOf(
    lines.map((line, index): Op => {
      const [, seconds, process = '', word = '', rest] = /^([\d.]+)s (\d+|nemesis) (\S+)(?: (.+))?$/.exec(line) ?? [];
      const time = Math.round(Number(seconds) * 1e9);
      if (process === NEMESIS) {
        return {
          index,
          time,
          type: 'info',
          process: NEMESIS,
          f: word,
          value: rest === undefined ? null : JSON.parse(rest),
        };
      }
      const begun = open.get(process);
      if (word === 'ok' || word === 'fail' || word === 'info') {
        const { f, value } = begun as Op;
        const told = word === 'ok' && rest !== undefined ? JSON.parse(rest) : value;
        return {
          index,
          time,
          type: word,
          process: Number(process),
          f,
          value: told,
          ...(word !== 'ok' && rest && { error: rest }),
        };
      }
      const [, json = rest, late] = /^(.*?) ?late ([\d.]+)ms$/.exec(rest ?? '') ?? [];
      const value = json === undefined || json === '' ? null : JSON.parse(json);
      const op: Op = {
        index,
        time,
        type: 'invoke',
        process: Number(process),
        f: word,
        value,
        ...(late && { late: Number(late) * 1e6 }),
      };
      open.set(process, op);
      return op;
    }),
  );
}
