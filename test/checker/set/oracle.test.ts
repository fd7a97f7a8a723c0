/** The checker against the definition, spelled out with sets of elements, on random histories. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { set } from '../../../src/checker/set/index.ts';
import { parseRanges } from '../../../src/checker/set/ranges.ts';
import { BARE_CONTEXT } from '../../../src/contract/index.ts';
import { historyOf, type Op } from '../../../src/history/index.ts';

interface Add {
  readonly element: number;
  readonly end: 'ok' | 'fail' | 'info' | undefined;
}

const adds = fc.array(
  fc.record<Add>({
    element: fc.integer({ min: 0, max: 12 }),
    end: fc.constantFrom<Add['end'][]>('ok', 'ok', 'fail', 'info', undefined),
  }),
  { maxLength: 20 },
);
const reads = fc.array(fc.integer({ min: 0, max: 14 }), { maxLength: 16 });

test('counts, elements and verdict are those of the definition', () => {
  fc.assert(
    fc.property(adds, reads, fc.nat(3), fc.infiniteStream(fc.nat(2)), (adds, read, lostMax, draws) => {
      const result = set.check(historyOf(interleaved(adds, read, draws)), { lost: lostMax }, BARE_CONTEXT);

      const attempted = new Set(adds.map(({ element }) => element));
      const endedIn = (...ends: Add['end'][]) =>
        new Set(adds.filter(({ end }) => ends.includes(end)).map(({ element }) => element));
      const acknowledged = endedIn('ok');
      const maybe = endedIn('info', undefined);
      const present = new Set(read);
      const sorted = (elements: Iterable<number>) => [...new Set(elements)].sort((a, b) => a - b);
      const expected = {
        lost: sorted([...acknowledged].filter((e) => !present.has(e))),
        recovered: sorted([...present].filter((e) => attempted.has(e) && !acknowledged.has(e))),
        unexpected: sorted([...present].filter((e) => !attempted.has(e))),
        duplicated: sorted(read.filter((e, i) => read.indexOf(e) !== i)),
        failed_but_present: sorted(
          [...present].filter((e) => attempted.has(e) && !acknowledged.has(e) && !maybe.has(e)),
        ),
      };
      for (const [name, elements] of Object.entries(expected)) {
        expect(result, name).toMatchObject({ [name]: elements.length });
        expect(parseRanges((result as Record<string, unknown>)[`${name}_elements`] as string), name).toEqual(elements);
      }
      expect(result).toMatchObject({
        attempted: attempted.size,
        acknowledged: acknowledged.size,
        survivors: [...present].filter((e) => attempted.has(e)).length,
      });
      const wrong =
        expected.lost.length > lostMax ||
        expected.unexpected.length + expected.duplicated.length + expected.failed_but_present.length > 0;
      expect(result).toMatchObject({ valid: wrong ? false : acknowledged.size === 0 ? 'unknown' : true });
    }),
    { numRuns: 500 },
  );
});

/** Each add by a process of its own, up to three open at a time; then the read, when all that end have ended. */
function interleaved(adds: readonly Add[], read: readonly number[], draws: Iterator<number>): Op[] {
  const ops: Op[] = [];
  const record = (type: Op['type'], process: number, f: string, value: unknown) =>
    ops.push({ index: ops.length, time: ops.length, type, process, f, value });
  const open: number[] = [];
  const complete = (process: number) => {
    const { end, element } = adds[process] as Add;
    if (end !== undefined) record(end, process, 'add', element);
  };
  adds.forEach(({ element }, process) => {
    record('invoke', process, 'add', element);
    open.push(process);
    while (open.length > (draws.next().value ?? 0)) complete(open.splice(0, 1)[0] as number);
  });
  for (const process of open) complete(process);
  record('invoke', adds.length, 'read', null);
  record('ok', adds.length, 'read', read);
  return ops;
}
