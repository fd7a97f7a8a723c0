/** What a seat has received last, whatever that says to the database: shared by its clients, which come one after another. */
export interface Received<T> {
  received?: T;
}

/**
 * How far a client has received messages. What it was given has arrived once it asks for more: an answer that comes when the client
 * has been given up has not, and its seat's next client is given the same again.
 */
export class Mailbox<T> {
  readonly #seat: Received<T>;
  #given: T | undefined;

  constructor(seat: Received<T>) {
    this.#seat = seat;
  }

  /** It asks for more. @returns what has arrived last; undefined where nothing has yet. */
  received(): T | undefined {
    if (this.#given !== undefined) this.#seat.received = this.#given;
    return this.#seat.received;
  }

  gives(given: T): void {
    this.#given = given;
  }
}
