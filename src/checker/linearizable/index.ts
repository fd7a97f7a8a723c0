import type { CheckerModule } from '../../contract/index.ts';
import type { LinearizableFinding } from './finding.ts';
import { type LinearizableSettings, settings } from './settings.ts';
import { textOf } from './text.ts';

/**
 * Whether an object behaves as if each call took effect at one moment between its invocation and its completion (Herlihy &
 * Wing 1990, Linearizability: A Correctness Condition for Concurrent Objects; jepsen.checker/linearizable). A call that
 * ended `fail` did not happen, and says nothing about the state (a failed cas is no observation); one that ended `info`
 * may take effect at any later time, or never.
 */
export const linearizable: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'linearizable',
  summary: 'Every operation seems to take effect at one moment between its invocation and its completion.',
  settings,
  judges: 'any',
  async check(history, given, context) {
    const { judge } = await import('./judge.ts');
    return judge(history, given as LinearizableSettings, context);
  },
  text: (result) => textOf(result as LinearizableFinding),
  async draw(result) {
    return (await import('./draw.ts')).draw(result);
  },
};
