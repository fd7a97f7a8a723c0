import { beforeAll, describe, expect, it } from 'vitest';
import { envCases } from '../conformance/env.ts';
import { startScript, USERS } from './script.ts';

describe.each(USERS)('the lab, as %s', (user) => {
  const errors = new Map<string, string | undefined>();
  let output = '';

  beforeAll(async () => {
    const script = await startScript('conformance', user);
    await script.exit;
    output = script.output();
    for (const line of output.split('\n').filter((one) => one.startsWith('{"name"'))) {
      const { name, error } = JSON.parse(line);
      errors.set(name, error);
    }
  });

  it.each(envCases.map(({ name }) => name))('%s', (name) => {
    expect(errors.has(name), `the case was run; the script said:\n${output}`).toBe(true);
    expect(errors.get(name)).toBeUndefined();
  });
});
