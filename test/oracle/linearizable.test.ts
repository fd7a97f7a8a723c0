import fc from 'fast-check';
import { expect, test } from 'vitest';
import { historyOf, type Op } from '../../src/history/index.ts';
import { history } from '../checker/notation.ts';
import { isLinearizable, registersOf } from './linearizable.ts';

const verdict = (text: string) => [...registersOf(history(text)).values()].every(isLinearizable);

test.each([
  ['nobody wrote', '0 read [1,null], 0 ok [1,null]'],
  [
    'one after another',
    '0 write [1,5], 0 ok, 0 read [1,null], 0 ok [1,5], 0 cas [1,[5,6]], 0 ok, 1 read [1,null], 1 ok [1,6]',
  ],
  [
    'a read beside a write sees either',
    '0 write [1,5], 1 read [1,null], 1 ok [1,5], 0 ok, 2 write [1,6], 3 read [1,null], 3 ok [1,5], 2 ok',
  ],
  ['a write of which nobody knows happened', '0 write [1,5], 0 info, 1 read [1,null], 1 ok [1,5]'],
  ['... or did not', '0 write [1,5], 0 info, 1 read [1,null], 1 ok [1,null]'],
  [
    '... or does so later',
    '0 write [1,5], 0 info, 1 read [1,null], 1 ok [1,null], 1 write [1,6], 1 ok, 2 read [1,null], 2 ok [1,5]',
  ],
  ['what failed did not happen', '0 cas [1,[5,6]], 0 fail, 1 read [1,null], 1 ok [1,null]'],
  ['the end of the run is no end', '0 write [1,5], 1 read [1,null], 1 ok [1,5]'],
  ['keys are apart', '0 write [1,5], 0 ok, 1 read [2,null], 1 ok [2,null]'],
  [
    'two cas beside each other',
    '0 write [1,0], 0 ok, 0 cas [1,[1,2]], 1 cas [1,[0,1]], 1 ok, 0 ok, 2 read [1,null], 2 ok [1,2]',
  ],
])('linearizable: %s', (_, text) => {
  expect(verdict(text)).toBe(true);
});

test.each([
  ['a stale read', '0 write [1,5], 0 ok, 0 write [1,6], 0 ok, 1 read [1,null], 1 ok [1,5]'],
  ['a read of what nobody wrote', '0 write [1,5], 0 ok, 1 read [1,null], 1 ok [1,7]'],
  ['a lost write', '0 write [1,5], 0 ok, 1 read [1,null], 1 ok [1,null]'],
  [
    'a read that goes back, beside a write',
    '0 write [1,5], 1 read [1,null], 1 ok [1,5], 1 read [1,null], 1 ok [1,null], 0 ok',
  ],
  ['what failed is there', '0 write [1,5], 0 fail, 1 read [1,null], 1 ok [1,5]'],
  [
    'a write of which nobody knows, twice',
    '0 write [1,5], 0 info, 1 write [1,6], 1 ok, 2 read [1,null], 2 ok [1,5], 1 write [1,7], 1 ok, 2 read [1,null], 2 ok [1,5]',
  ],
  ['two cas from one value', '0 write [1,0], 0 ok, 0 cas [1,[0,1]], 1 cas [1,[0,2]], 0 ok, 1 ok'],
  ['before it was invoked', '1 read [1,null], 1 ok [1,5], 0 write [1,5], 0 ok'],
])('not linearizable: %s', (_, text) => {
  expect(verdict(text)).toBe(false);
});

/** Clients of a register that is one: each operation takes effect at a moment between its invocation and its end. */
const runs = fc.array(fc.record({ client: fc.nat(3), f: fc.nat(2), a: fc.nat(2), b: fc.nat(2), lost: fc.nat(9) }), {
  maxLength: 60,
});

function simulated(steps: readonly Step[]): Op[] {
  const ops: Op[] = [];
  let state: number | null = null;
  /** By client: how its operation has ended, and is to be told at its next turn. */
  const open: (Omit<Op, 'index' | 'time'> | undefined)[] = [];
  const record = (op: Omit<Op, 'index' | 'time'>) => ops.push({ ...op, index: ops.length, time: ops.length });
  for (const { client, f, a, b, lost } of steps) {
    const ended = open[client];
    open[client] = undefined;
    if (ended !== undefined) {
      record(ended);
      continue;
    }
    const process = client + 4 * ops.length;
    if (f === 0) {
      record({ type: 'invoke', process, f: 'read', value: [0, null] });
      open[client] = { type: 'ok', process, f: 'read', value: [0, state] };
      continue;
    }
    const value = f === 1 ? [0, a] : [0, [a, b]];
    const name = f === 1 ? 'write' : 'cas';
    record({ type: 'invoke', process, f: name, value });
    const happens = lost !== 0 && (f === 1 || state === a);
    if (happens) state = f === 1 ? a : b;
    open[client] = { type: lost < 2 ? 'info' : happens ? 'ok' : 'fail', process, f: name, value };
  }
  return ops;
}
interface Step {
  readonly client: number;
  readonly f: number;
  readonly a: number;
  readonly b: number;
  readonly lost: number;
}

test('a register that is one is linearizable, whatever its clients do; with a read that gives what nobody wrote it is not', () => {
  fc.assert(
    fc.property(runs, (steps) => {
      const ops = simulated(steps);
      expect([...registersOf(historyOf(ops)).values()].every(isLinearizable)).toBe(true);
      const read = ops.findIndex(({ type, f }) => type === 'ok' && f === 'read');
      if (read === -1) return;
      const spoilt = ops.map((op, i) => (i === read ? { ...op, value: [0, 9] } : op));
      expect([...registersOf(historyOf(spoilt)).values()].every(isLinearizable)).toBe(false);
    }),
  );
});
