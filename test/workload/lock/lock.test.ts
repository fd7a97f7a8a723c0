import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/contract/index.ts';
import { lock } from '../../../src/workload/lock/index.ts';
import { FAIL, INFO, named, OK, play } from '../play.ts';

/** What a client alone does, one outcome after the other. */
function asked(outcomes: readonly Outcome[], ops = outcomes.length) {
  const played = play(lock, { ops, hold: '20ms' }, { clients: 1, ends: (_, __, turn) => outcomes[turn] ?? OK });
  return played.map((op) => `${named(op)}${op.pauseMs === undefined ? '' : ` after ${op.pauseMs} ms`}`);
}

const got = (token: number | null): Outcome => ({ type: 'ok', value: token });
const release = (token: number | null) => `release${token === null ? '' : ` ${token}`} after 20 ms`;

describe('a client of a lock', () => {
  it('releases what it has acquired, after a while, and goes on', () => {
    expect(asked([got(7), OK, got(9), OK])).toEqual(['acquire', release(7), 'acquire', release(9)]);
    expect(asked([got(null), OK])).toEqual(['acquire', release(null)]);
    expect(asked([OK, OK])).toEqual(['acquire', release(null)]);
  });

  it('has no lock that somebody else holds, and waits before it tries again', () => {
    expect(asked([FAIL, got(3), OK])).toEqual(['acquire', 'acquire after 20 ms', release(3)]);
  });

  it('does not take for acquired what it does not know', () => {
    expect(asked([INFO, got(3), OK])).toEqual(['acquire', 'acquire', release(3)]);
  });

  it('tries a release again that has not happened, and leaves one that may have', () => {
    expect(asked([got(3), FAIL, FAIL, OK, FAIL])).toEqual([
      ...['acquire', release(3), release(3), release(3), 'acquire'],
    ]);
    expect(asked([got(3), INFO, FAIL])).toEqual(['acquire', release(3), 'acquire']);
  });

  it('releases what it holds when its share is done, but not for ever', () => {
    expect(asked([got(3)])).toEqual(['acquire', release(3)]);
    expect(asked([got(3), FAIL, FAIL, FAIL], 2)).toEqual(['acquire', release(3)]);
    expect(asked([got(3), FAIL, FAIL, FAIL], 1)).toEqual(['acquire', release(3)]);
  });

  it('knows nothing of what others hold', () => {
    const ends = (_: unknown, client: number) => (client === 0 ? got(1) : FAIL);
    const played = play(lock, { ops: 6 }, { clients: 2, ends });
    expect(played.filter(({ client }) => client === 1).map(named)).toEqual(['acquire', 'acquire', 'acquire']);
  });
});
