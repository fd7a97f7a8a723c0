import type { Connection, SimProcess, Timer } from '../../../contract/index.ts';
import type { Refusal } from './protocol.ts';

interface Wait {
  readonly connection: Connection;
  readonly replicas: number;
  readonly offset: number;
  readonly reply: (answer: number | Refusal) => void;
  readonly timer: Timer;
}

/** Clients that wait until enough replicas have acknowledged what they wrote (WAIT; replication.c, waitCommand). */
export class Waits {
  readonly #process: SimProcess;
  /** How many replicas have acknowledged a byte of the history. */
  readonly #acknowledgedBy: (offset: number) => number;
  readonly #waits = new Set<Wait>();

  constructor(process: SimProcess, acknowledgedBy: (offset: number) => number) {
    this.#process = process;
    this.#acknowledgedBy = acknowledgedBy;
  }

  /** @returns whether the client has to wait; else it has been answered. `timeoutMs` 0: as long as it takes. */
  add(connection: Connection, replicas: number, offset: number, timeoutMs: number, reply: Wait['reply']): boolean {
    const reached = this.#acknowledgedBy(offset);
    if (reached >= replicas) {
      reply(reached);
      return false;
    }
    const late = () => {
      this.#waits.delete(wait);
      reply(this.#acknowledgedBy(offset));
    };
    const timer = timeoutMs === 0 ? { cancel() {} } : this.#process.after(timeoutMs, late);
    const wait: Wait = { connection, replicas, offset, reply, timer };
    this.#waits.add(wait);
    return true;
  }

  /** A replica has acknowledged something (processClientsWaitingReplicas). */
  acknowledged(): void {
    for (const wait of this.#waits) {
      const reached = this.#acknowledgedBy(wait.offset);
      if (reached < wait.replicas) continue;
      this.#end(wait);
      wait.reply(reached);
    }
  }

  /** Its client is gone. */
  drop(connection: Connection): void {
    for (const wait of this.#waits) if (wait.connection === connection) this.#end(wait);
  }

  /** The server is no primary any more: whoever waits is told, and cut off (disconnectAllBlockedClients). */
  unblock(): Connection[] {
    return [...this.#waits].map((wait) => {
      this.#end(wait);
      wait.reply({
        error: 'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
      });
      return wait.connection;
    });
  }

  #end(wait: Wait): void {
    this.#waits.delete(wait);
    wait.timer.cancel();
  }
}
