/** The laws of vector clocks. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  counterOf,
  descends,
  dominates,
  equal,
  FRESH,
  increment,
  merge,
  type VClock,
} from '../../../../src/db/riak/model/vclock.ts';

const actor = fc.constantFrom('a', 'b', 'c', 'd');
const clock: fc.Arbitrary<VClock> = fc.array(actor, { maxLength: 6 }).map((actors) => actors.reduce(increment, FRESH));
const holds = (law: (one: VClock, two: VClock, three: VClock, by: string) => boolean) =>
  fc.assert(fc.property(clock, clock, clock, actor, law));

test('descends is a partial order, and FRESH comes first', () => {
  holds((one, two) => descends(one, one) && descends(one, FRESH) && (descends(one, two) || !dominates(one, two)));
  holds((one, two, three) => !(descends(one, two) && descends(two, three)) || descends(one, three));
  holds((one, two) => equal(one, two) === (descends(one, two) && descends(two, one)));
});

test('an event more comes after, and only of that actor', () => {
  holds((one, _two, _three, by) => dominates(increment(one, by), one));
  holds((one, _two, _three, by) => counterOf(increment(one, by), by) === counterOf(one, by) + 1);
  holds((one, two, _three, by) => !descends(two, increment(merge(one, two), by)));
});

test('merge is the least that comes after both: commutative, associative, idempotent', () => {
  holds((one, two) => descends(merge(one, two), one) && descends(merge(one, two), two));
  holds((one, two, three) => !(descends(three, one) && descends(three, two)) || descends(three, merge(one, two)));
  holds((one, two) => equal(merge(one, two), merge(two, one)));
  holds((one, two, three) => equal(merge(merge(one, two), three), merge(one, merge(two, three))));
  holds((one) => equal(merge(one, one), one));
});

test('two that know nothing of each other', () => {
  const [a, b] = [increment(FRESH, 'a'), increment(FRESH, 'b')];
  expect(descends(a, b) || descends(b, a)).toBe(false);
  expect([...merge(a, b)]).toEqual([
    ['a', 1],
    ['b', 1],
  ]);
});
