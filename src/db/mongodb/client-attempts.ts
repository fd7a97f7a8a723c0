import type { MongoClient } from 'mongodb';
import { isRefusal } from './errors.ts';

/** Commands that write. */
const WRITES = new Set(['insert', 'update', 'findAndModify']);

type End = 'open' | 'answered' | 'refused' | 'lost';

/**
 * What became of each time that the driver has sent the write under way. With retryable writes it sends a write twice, and what it
 * throws in the end may tell of either try: of a second that was refused, or for which no primary was found, after a first of
 * which nobody knows (execute_operation.js, executeOperationWithRetries). So each try is watched, by the driver's own events
 * (command monitoring specification), which come before a command is written to the socket and after its end.
 */
export class Attempts {
  readonly #ends: { readonly requestId: number; end: End }[] = [];
  #closed = false;

  /** Watches a client that was made with `monitorCommands`, of which nothing else may be asked meanwhile. */
  constructor(client: MongoClient) {
    client.on('commandStarted', ({ commandName, requestId }) => {
      // Thrown to the driver, who has not sent it yet: an operation that was under way when its client was closed is not retried.
      if (this.#closed) throw new Error('the client was closed');
      if (WRITES.has(commandName)) this.#ends.push({ requestId, end: 'open' });
    });
    client.on('commandSucceeded', ({ requestId }) => this.#ended(requestId, 'answered'));
    client.on('commandFailed', ({ requestId, failure }) =>
      this.#ended(requestId, isRefusal(failure) ? 'refused' : 'lost'),
    );
  }

  /** Forgets those of the write before. */
  begin(): void {
    this.#ends.length = 0;
  }

  /** From now on no command is sent any more. */
  close(): void {
    this.#closed = true;
  }

  /** Whether nothing can have happened: nothing was sent, or the server has refused it each time. */
  get cameToNothing(): boolean {
    return this.#ends.every(({ end }) => end === 'refused');
  }

  /**
   * What the last try was answered, that nothing matched, is all that there is to know: those before it were refused. @throws where
   * one of them may be the reason why nothing matched.
   */
  assertLastTells(): void {
    if (!this.#ends.slice(0, -1).every(({ end }) => end === 'refused'))
      throw new Error('sent again after no answer: the document is another one by now');
  }

  #ended(requestId: number, end: End): void {
    const attempt = this.#ends.find((one) => one.requestId === requestId);
    if (attempt !== undefined) attempt.end = end;
  }
}
