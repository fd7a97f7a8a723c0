import type { Rng } from '../../../../base/rng.ts';
import type { Connection, Handler } from '../../../../contract/index.ts';
import type { WaitEnd } from '../concern.ts';
import type { Doc, Entry } from '../oplog.ts';
import type { BlindUpdate, Command, Concern, FindReply, HelloReply, Refusal, Update, UpdateReply } from '../wire.ts';
import type { Member24 } from './member.ts';

const NOT_MASTER: Refusal = { code: 10054, message: 'not master' };
const NOT_MASTER_NO_SLAVE_OK: Refusal = { code: 13435, message: 'not master and slaveOk=false' };
const WRITE_CONCERN_FAILED: Refusal = { code: 64, message: 'timed out waiting for slaves' };
/** How often a write that waits for others looks whether they have it: a millisecond, in microseconds. */
const LOOK_US = 1_000;

/**
 * A client's connection to a mongod of 2.4. A write has no answer; what became of the last one on this connection is
 * asked with getLastError, which waits for the write concern.
 */
export class ClientSession implements Handler {
  readonly #member: Member24;
  readonly #rng: Rng;
  #last: { readonly error: Refusal } | { readonly entry: Entry | undefined } = { entry: undefined };
  #stopWaiting: () => void = () => {};

  constructor(member: Member24, connection: Connection) {
    this.#member = member;
    this.#rng = member.process.rng.fork(`looks for ${connection.peer}`);
  }

  message(message: unknown): void {
    const update = message as BlindUpdate;
    if (this.#member.state === 'PRIMARY') this.#last = { entry: this.#update(update) };
    else {
      this.#last = { error: NOT_MASTER };
      const { process, node } = this.#member;
      process.detail('not-primary', () => `${node} does not write ${update.element}: it is not primary`, [
        update.element,
      ]);
    }
  }

  asked(request: unknown, reply: (answer: unknown) => void): void {
    const command = request as Command;
    if (command.do === 'hello') reply({ primary: this.#member.state === 'PRIMARY', term: 0 } satisfies HelloReply);
    else if (command.do === 'find') reply(this.#find(command.of));
    else if (command.do === 'get-last-error') this.#getLastError(command.concern, reply);
  }

  ended(): void {
    this.#stopWaiting();
  }

  #find(of: 'primary' | 'member'): FindReply {
    const { state, doc } = this.#member;
    return of === 'primary' && state !== 'PRIMARY' ? NOT_MASTER_NO_SLAVE_OK : { doc };
  }

  /** @returns the operation; undefined where nothing matched. */
  #update({ element, expected }: Update): Entry | undefined {
    const { doc } = this.#member;
    if (expected !== 'any' && expected !== doc) return undefined;
    const next: Doc = { element, before: doc, size: (doc?.size ?? 0) + 1 };
    return this.#member.write(next, undefined);
  }

  #getLastError(concern: Concern, reply: (answer: UpdateReply) => void): void {
    const last = this.#last;
    if ('error' in last) {
      reply(last.error);
      return;
    }
    const { entry } = last;
    if (entry === undefined) {
      reply({ matched: false });
      return;
    }
    if (concern.journal) this.#member.journal.whenDurable(() => this.#wait(entry, concern, reply));
    else this.#wait(entry, concern, reply);
  }

  #wait(entry: Entry, concern: Concern, reply: (answer: UpdateReply) => void): void {
    const { process, waiters, state } = this.#member;
    const answer = (end: WaitEnd) => {
      if (entry.doc !== undefined) this.#tell(entry.doc.element, end);
      reply(end === 'timeout' ? WRITE_CONCERN_FAILED : { matched: true });
    };
    if (concern.w <= 1) {
      answer('satisfied');
      return;
    }
    if (state !== 'PRIMARY') {
      answer('stepped-down');
      return;
    }
    this.#stopWaiting = waiters.wait(entry, concern, (end) => {
      process.after(this.#rng.int(0, LOOK_US - 1) / LOOK_US, () => answer(end));
    });
  }

  #tell(element: number, end: WaitEnd): void {
    const { process, node } = this.#member;
    const words = {
      satisfied: `${node} acknowledges ${element}`,
      timeout: `${node} has waited too long for others to have ${element}`,
      'stepped-down': `${node} acknowledges ${element} though its write concern is not satisfied: it has stepped down`,
    }[end];
    if (end === 'stepped-down') process.say('sign-off', words, [element]);
    else process.detail('acknowledge', () => words, [element]);
  }
}
