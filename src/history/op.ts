/**
 * An operation, as Jepsen defines it: a process *invokes* it, and it completes `ok` (it happened), `fail`
 * (it did not happen) or `info` (nobody knows: it may have happened, or may yet).
 */
export type OpType = 'invoke' | 'ok' | 'fail' | 'info';

export interface Op {
  /** Position in the history: 0, 1, 2, ... */
  readonly index: number;
  /** Nanoseconds since the run began, on the environment's clock. */
  readonly time: number;
  readonly type: OpType;
  /**
   * Who: a number for a client's process, `nemesis` for a fault. A process whose operation ended `info`
   * never invokes again; its client goes on as that number plus the number of clients.
   */
  readonly process: number | 'nemesis';
  /** What: `add`, `read`, ...; for the nemesis `start-partition`, `stop-partition`, ... */
  readonly f: string;
  readonly value: unknown;
  /** Why it ended `fail` or `info`. */
  readonly error?: string;
  /** On an invoke of an open-loop schedule: nanoseconds after its due time. */
  readonly late?: number;
}

export const NEMESIS = 'nemesis';
