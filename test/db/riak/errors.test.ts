import { describe, expect, test } from 'vitest';
import { classify, ERRORS, RiakError } from '../../../src/db/riak/errors.ts';

/** An error of each row, as a node words it. */
const WORDS: Readonly<Record<string, string>> = {
  '{n_val_violation,': '{n_val_violation,3}',
  '{insufficient_vnodes,': '{insufficient_vnodes,1,need,2}',
  '{pw_val_unsatisfied,': '{pw_val_unsatisfied,2,1}',
  '{w_val_unsatisfied,': '{w_val_unsatisfied,2,1}',
  '{dw_val_unsatisfied,': '{dw_val_unsatisfied,2,1}',
  timeout: 'timeout',
};

describe.each(ERRORS)('$code', ({ code, outcome, source }) => {
  const error = new RiakError(WORDS[code] as string);

  test('a write that was sent once', () => {
    expect(classify(error, 'sent', 1)).toEqual({ type: outcome, error: error.message });
    expect(source).toMatch(/riak_\w+\.erl/);
  });

  test('of two tries the second says nothing of the first', () => {
    expect(classify(error, 'sent', 2).type).toBe('info');
  });

  test('before any write was sent', () => {
    expect(classify(error, 'before', 0).type).toBe('fail');
  });
});

test('what is in no row, or is no answer of a node, is unknown', () => {
  expect(classify(new RiakError('overload'), 'sent', 1).type).toBe('info');
  expect(classify(new Error('{n_val_violation,3}'), 'sent', 1).type).toBe('info');
  expect(classify(new Error('read ECONNRESET n1:8087'), 'sent', 1).type).toBe('info');
  expect(classify('thrown', 'sent', 1)).toEqual({ type: 'info', error: 'thrown' });
});
