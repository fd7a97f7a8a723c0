import { expect, test } from 'vitest';
import { SimError } from '../../../src/contract/index.ts';
import { classify, ERRORS, ServerError } from '../../../src/db/mongodb/errors.ts';

const server = (code: number) => new ServerError({ code, message: 'no' });

test('before anything was sent nothing can have happened', () => {
  for (const error of [server(64), server(11602), new SimError('ECONNRESET', 'read ECONNRESET n1'), new Error('odd')])
    expect(classify(error, 'before')).toEqual({ type: 'fail', error: error.message });
});

test('after that only a refusal says so', () => {
  expect(ERRORS.filter(({ outcome }) => outcome === 'fail').map(({ code }) => code)).toEqual([10054, 10107]);
  for (const { code, outcome } of ERRORS) expect(classify(server(code), 'sent').type).toBe(outcome);
  for (const error of [
    server(1),
    new SimError('ECONNREFUSED', 'no'),
    new SimError('ETIMEDOUT', 'no'),
    new Error('odd'),
  ])
    expect(classify(error, 'sent')).toEqual({ type: 'info', error: error.message });
});

test('each row says why and where that is written', () => {
  const codes = ERRORS.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const { reason, source } of ERRORS) {
    expect(reason.length).toBeGreaterThan(10);
    expect(source).toMatch(/2\.4|error_codes|manual/);
  }
});
