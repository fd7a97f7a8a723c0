import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { diffWritten } from '../../../src/timeline/diff/index.ts';
import { edited, PLAN } from './plans.ts';

const lines = (...edits: [string, string][]) =>
  diffWritten(parse(PLAN), parse(edited(PLAN, ...edits))).map(({ group, kind, path, before, after }) => [
    group,
    kind,
    path,
    before,
    after,
  ]);

describe('plans as they are written', () => {
  it('differ in their keys, whatever those mean', () => {
    expect(
      lines(['write_concern: majority', 'odd: 1'], ['at: 10s', 'at: 12s'], ['settle: 15s', 'settle: 15000ms']),
    ).toEqual([
      ['database', 'removed', 'database.mongodb.write_concern', 'majority', undefined],
      ['database', 'added', 'database.mongodb.odd', undefined, '1'],
      ['faults', 'changed', 'faults[0].at', '10s', '12s'],
      ['plan', 'changed', 'settle', '15s', '15000ms'],
    ]);
  });

  it('and not in their order, their comments or their quotes', () => {
    expect(lines(['plan: 1\nname: test\n', 'name: "test" # a comment\nplan: 1\n'])).toEqual([]);
  });

  it('may have keys that every object inherits', () => {
    const [one, other] = ['{"database": {"toy": {}}}', '{"database": {"toy": {"constructor": 1}}, "toString": 2}'].map(
      (text) => JSON.parse(text),
    );
    expect(diffWritten(one, other).map(({ group, kind, path }) => [group, kind, path])).toEqual([
      ['database', 'added', 'database.toy.constructor'],
      ['plan', 'added', 'toString'],
    ]);
  });

  it('may be anything', () => {
    expect(diffWritten(undefined, null)).toHaveLength(1);
    expect(diffWritten([1], { a: 1 })).toHaveLength(1);
    expect(diffWritten('x', 'x')).toEqual([]);
    expect(diffWritten({ a: {} }, { a: { constructor: 1 }, toString: 2 })).toMatchObject([
      { kind: 'added', path: 'a.constructor', after: '1' },
      { kind: 'added', group: 'plan', path: 'toString', after: '2' },
    ]);
  });
});
