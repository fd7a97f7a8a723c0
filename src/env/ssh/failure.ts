import { PlanRunError } from '../../base/errors.ts';
import type { Login } from '../../contract/index.ts';
import { word } from '../shell/quote.ts';

/** Why nobody could log in, and what to do: which node it was for, whoever asked knows. */
export class LoginFailure extends Error {
  readonly hint: string;
  constructor(message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.hint = hint;
  }
}

/** `bob@db1.example.org:2222` */
export function nameOf({ user, host, port }: Login): string {
  return `${user}@${host.includes(':') ? `[${host}]` : host}${port === 22 ? '' : `:${port}`}`;
}

/** A command line that does by hand what we do; nothing of a login in it is taken for an option. */
export function sshCommand({ user, host, port }: Login, command = 'true', options = ''): string {
  return `ssh${options} -p ${port} -l ${word(user)} -- ${word(host)} ${command}`;
}

/** What stopped `work` with a login, as a person reads it. */
export function loginError(node: string, words: string, error: unknown): unknown {
  if (!(error instanceof LoginFailure)) return error;
  return new PlanRunError('unavailable', `Cannot log in to ${node} (${words}): ${error.message}`, {
    node,
    hint: error.hint,
    ...(error.cause !== undefined && { cause: error.cause }),
  });
}
