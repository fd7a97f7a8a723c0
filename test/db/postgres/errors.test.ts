import { expect, test } from 'vitest';
import { SimError } from '../../../src/contract/index.ts';
import { classify, ERRORS, SqlError } from '../../../src/db/postgres/errors.ts';

const sql = (state: string) => new SqlError(state, 'no');

test('what the server had not been asked for cannot have happened', () => {
  for (const error of [sql('08001'), sql('57P03'), sql('53300'), sql('08006'), new Error('odd')])
    expect(classify(error, 'before')).toEqual({ type: 'fail', error: error.message });
});

test('a statement that was sent and not answered is nobody’s knowledge', () => {
  for (const error of [sql('08006'), sql('08001'), sql('XX000'), new SimError('ECONNRESET', 'no'), new Error('odd')])
    expect(classify(error, 'sent')).toEqual({ type: 'info', error: error.message });
});

test('each row gives what it says, and says why and where that is written', () => {
  expect(new Set(ERRORS.map(({ state }) => state)).size).toBe(ERRORS.length);
  for (const { state, stage, outcome, reason, source } of ERRORS) {
    expect(classify(sql(state), stage).type).toBe(outcome);
    expect(reason.length).toBeGreaterThan(10);
    expect(source).toMatch(/pgjdbc|postmaster\.c|proc\.c/);
  }
});
