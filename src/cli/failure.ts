import { EXIT, PlanRunError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';

/**
 * Tells a person about an error on stderr: what happened, where, what the command said, what to do. A stack is
 * shown for our own bugs only, and only on request.
 * @returns the exit code it leads to.
 */
export function reportFailure(error: unknown, redact: (text: string) => string = (text) => text): number {
  const lines = redact(failureText(error)).split('\n').map(printable);
  process.stderr.write(`${lines.join('\n')}\n`);
  return error instanceof PlanRunError ? error.exitCode : EXIT.bug;
}

function failureText(error: unknown): string {
  if (!(error instanceof PlanRunError) || error.code === 'bug') return bugText(error);
  const { step, node, command, exitCode, stderr, plan, hint } = error.fields;
  const facts = [
    ['step', step],
    ['node', node],
    ['plan', plan],
    ['command', command],
    ['exit code', exitCode],
    ['stderr', stderr?.trim()],
  ].flatMap(([label, value]) =>
    value === undefined || value === null || value === '' ? [] : [`  ${label}: ${value}`],
  );
  return [`error: ${error.message}`, ...facts, ...(hint === undefined ? [] : [`  help: ${hint}`])].join('\n');
}

function bugText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error && process.env.PLAN_RUN_DEBUG ? `\n${error.stack}` : '';
  return `error: ${message}\n  This is a bug of plan-run. PLAN_RUN_DEBUG=1 shows where it happened.${stack}`;
}
