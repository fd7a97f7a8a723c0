import { intro, isCancel, outro, select, text } from '@clack/prompts';
import { PlanRunError } from '../../base/errors.ts';
import type { Asker } from './questions.ts';

/** Asks at the terminal. Ctrl-C and Escape end it. @throws PlanRunError `interrupted`. */
export const terminal: Asker & { begin(title: string): void; end(words: string): void } = {
  begin: intro,
  end: outro,
  async select(message, choices) {
    const options = choices.map(({ value, hint }) => ({ value, label: value, hint }));
    return answered(await select({ message, options, maxItems: 12 }));
  },
  async text(message, usual, wrong) {
    const validate = (given: string | undefined) => wrong(given === undefined || given === '' ? usual : given);
    return answered(await text({ message, placeholder: usual, defaultValue: usual, validate }));
  },
};

function answered(answer: string | symbol): string {
  if (typeof answer === 'string' && !isCancel(answer)) return answer;
  throw new PlanRunError('interrupted', 'interrupted; nothing is written');
}
