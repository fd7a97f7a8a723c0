import { expect, it } from 'vitest';
import { sourceTo } from '../../../src/env/ssh/survey.ts';

it('tells from which address this machine would speak to another', async () => {
  expect(await sourceTo('127.0.0.1')).toBe('127.0.0.1');
});

it('knows none where there is no way', async () => {
  expect(await sourceTo('255.255.255.255')).toBeUndefined();
});
