import { describe, expect, it } from 'vitest';
import { makeRng } from '../../../src/base/rng.ts';
import type { Outcome } from '../../../src/contract/index.ts';
import { set } from '../../../src/workload/set/index.ts';

const OK: Outcome = { type: 'ok' };
const INFO: Outcome = { type: 'info', error: 'timeout' };
const FAIL: Outcome = { type: 'fail', error: 'refused' };

/** What client 0 of two is asked to do, one outcome after the other. */
function asked(on_unknown: 'leave' | 'retry' | 'verify', outcomes: readonly Outcome[]) {
  const settings = { writes: 6, read_from: 'primary', on_unknown } as const;
  const generator = set.generator(settings, { clients: 2, nodes: [], rng: makeRng(1) });
  return [...outcomes, OK].map((outcome) => {
    const op = generator.next(0);
    if (op !== undefined) generator.ended?.(0, { f: op.f, value: op.value }, outcome);
    return op === undefined ? 'nothing' : `${op.f} ${op.value}${op.pauseMs === undefined ? '' : ' later'}`;
  });
}

describe('an addition of which nobody knows whether it happened', () => {
  it('is left alone', () => {
    expect(asked('leave', [INFO, FAIL, INFO])).toEqual(['add 0', 'add 2', 'add 4', 'nothing']);
  });

  it('is added again, after a while, until it is known to be there', () => {
    expect(asked('retry', [OK, INFO, INFO, FAIL, OK, FAIL])).toEqual([
      ...['add 0', 'add 2', 'add 2 later', 'add 2 later', 'add 2 later', 'add 4', 'nothing'],
    ]);
  });

  it('is looked up, after a while, until it is known what became of it', () => {
    const verified: Outcome = { type: 'ok', value: [2, false] };
    expect(asked('verify', [OK, INFO, FAIL, INFO, verified, INFO])).toEqual([
      ...['add 0', 'add 2', 'verify 2 later', 'verify 2 later', 'verify 2 later', 'add 4', 'verify 4 later'],
    ]);
  });

  it('keeps nobody else from going on', () => {
    const settings = { writes: 6, read_from: 'primary', on_unknown: 'retry' } as const;
    const generator = set.generator(settings, { clients: 2, nodes: [], rng: makeRng(1) });
    const first = generator.next(0)!;
    generator.ended?.(0, first, INFO);
    expect(generator.next(1)).toEqual({ f: 'add', value: 1 });
    expect(generator.next(0)).toMatchObject({ f: 'add', value: 0 });
  });
});

it('needs of the database what it asks of it', () => {
  const needs = (on_unknown: 'leave' | 'retry' | 'verify') =>
    set.needs?.({ writes: 1, read_from: 'primary', on_unknown });
  expect(needs('leave')).toEqual([]);
  expect(needs('retry')).toEqual([{ ability: 'retry', path: 'on_unknown' }]);
  expect(needs('verify')).toEqual([{ ability: 'verify', path: 'on_unknown' }]);
});
