/**
 * The one table of error codes, with the exit code each leads to (sysexits(3) where one fits).
 * README.md lists the exit codes; a test holds the two together.
 */
export const EXIT = {
  expected: 0,
  unexpected: 1,
  unknown: 2,
  usage: 64,
  refused: 65,
  unavailable: 69,
  bug: 70,
  interrupted: 130,
} as const;

/** What went wrong, by road: the user's words, the plan, the environment, the user's Ctrl-C, or us. */
export const ERROR_EXITS = {
  usage: EXIT.usage,
  refused: EXIT.refused,
  unavailable: EXIT.unavailable,
  'command-failed': EXIT.unavailable,
  timeout: EXIT.unavailable,
  interrupted: EXIT.interrupted,
  bug: EXIT.bug,
} as const;

export type ErrorCode = keyof typeof ERROR_EXITS;

/** Facts about a failure, as fields rather than prose. All optional; what is known is filled in. */
export interface ErrorFields {
  readonly step?: string;
  readonly node?: string;
  readonly command?: string;
  readonly exitCode?: number | null;
  readonly stderr?: string;
  readonly timedOut?: boolean;
  /** Where in the plan it came from, as `file:line:col`. */
  readonly plan?: string;
  /** What the user can do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error that a person will read: what happened, where, and what to do. */
export class PlanRunError extends Error {
  readonly code: ErrorCode;
  readonly fields: ErrorFields;
  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'PlanRunError';
    this.code = code;
    this.fields = fields;
  }
  get exitCode(): number {
    return ERROR_EXITS[this.code];
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
