import { describe, expect, it } from 'vitest';
import { placesIn } from '../../src/plan/index.ts';

const text = `plan: 1
database:
  mongodb: { write_concern: majority }
faults:
  - at: 1s
    kill: n1
checker: { set: { lost: 0 } }
`;

describe('places in a plan', () => {
  it.each([
    ['database.mongodb.write_concern', 3, 14],
    ['database.mongodb.version', 3, 3],
    ['faults[0]', 5, 5],
    ['faults[0].kill', 6, 5],
    ['checker.set.lost', 7, 19],
    ['expect', 1, 1],
    ['faults[7].for', 4, 1],
  ])('%s is at %i:%i', (path, line, column) => {
    expect(placesIn({ file: 'a.yaml', text })(path)).toEqual({ path, line, column });
  });

  it('of a text that is no YAML are its begin', () => {
    expect(placesIn({ file: 'a.yaml', text: 'a: [' })('a')).toMatchObject({ line: 1, column: 1 });
  });
});
