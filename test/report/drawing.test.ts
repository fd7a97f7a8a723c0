import { expect, test } from 'vitest';
import type { AnyChecker, Registry } from '../../src/contract/index.ts';
import { drawingsOf } from '../../src/report/drawing.ts';

const drawing = (name: string, draw?: AnyChecker['draw']) => [name, { name, draw } as AnyChecker] as const;
const registry = {
  checkers: new Map([
    drawing('draws', ({ shape }) => (shape === undefined ? undefined : `<html>${shape}</html>`)),
    drawing('plain'),
    drawing('breaks', () => {
      throw new Error('no ink');
    }),
  ]),
} as unknown as Registry;

test('those that have something to show', async () => {
  expect(
    await drawingsOf({ draws: { valid: false, shape: 'x' }, plain: { valid: true }, gone: { valid: true } }, registry),
  ).toEqual([{ name: 'draws', html: '<html>x</html>' }]);
});

test('nothing to show, a checker that failed, and one that cannot draw: no drawing, and no harm', async () => {
  expect(await drawingsOf({ draws: { valid: true }, breaks: { valid: false } }, registry)).toEqual([]);
  expect(await drawingsOf({ draws: { valid: 'unknown', failed: true, shape: 'x' } }, registry)).toEqual([]);
});
