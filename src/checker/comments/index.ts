import { type CheckerModule, NoSettings } from '../../contract/index.ts';
import { checkPrecedence, precedenceText } from '../precedence.ts';

/**
 * Comments on a page: who sees a reply sees what it replies to (jepsen.cockroach.comments). Blind inserts into several tables, and reads of
 * all of them in one transaction: at each point in time what is visible holds, with a write, all writes that had ended before that one
 * was invoked. The same definition as `causal`, whose result it has; of values in independent keys: through `independent`.
 */
export const comments: CheckerModule<typeof NoSettings> = {
  kind: 'checker',
  name: 'comments',
  summary: 'At each point in time what is visible holds, with a write, all that had ended before it began.',
  settings: NoSettings,
  judges: ['comments'],
  check: (history) => checkPrecedence(history),
  text: precedenceText,
};
