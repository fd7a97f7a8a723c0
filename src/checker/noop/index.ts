import { type CheckerModule, NoSettings } from '../../contract/index.ts';

/** Judges nothing, and says so: its verdict is unknown, for a history that nobody looked at is not valid. */
export const noop: CheckerModule<typeof NoSettings> = {
  kind: 'checker',
  name: 'noop',
  summary: 'Judges nothing: for recording a history. Its verdict is unknown.',
  settings: NoSettings,
  judges: 'any',
  check: () => ({ valid: 'unknown', why: 'the noop checker judges nothing' }),
  text: () => [],
};
