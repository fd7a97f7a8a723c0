import { type CheckerModule, NoSettings } from '../../contract/index.ts';
import { checkPrecedence, precedenceText } from '../precedence.ts';

/**
 * No causal reverse: a write is never visible without one that had ended before it began (jepsen.tests.causal-reverse; Corbett et al.,
 * Spanner, OSDI 2012, on external consistency). Strict serializability forbids it, serializability does not. Of values in independent
 * keys: through `independent`.
 *
 * Result: `writes`, `reads`, `error_count`, `errors`: `index` of the read, what is `missing`, `expected_count`, and the write that it has `seen`.
 */
export const causal: CheckerModule<typeof NoSettings> = {
  kind: 'checker',
  name: 'causal',
  summary: 'No write is visible without one that had ended before it began (causal reverse).',
  settings: NoSettings,
  judges: ['causal'],
  check: (history) => checkPrecedence(history),
  text: precedenceText,
};
