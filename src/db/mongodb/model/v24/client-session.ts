import type { Rng } from '../../../../base/rng.ts';
import type { Connection, Handler } from '../../../../contract/index.ts';
import type { WaitEnd } from '../concern.ts';
import type { Entry } from '../oplog.ts';
import { found, told } from '../update.ts';
import type { BlindUpdate, Command, Concern, Find, FindReply, HelloReply, Refusal, UpdateReply } from '../wire.ts';
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
    const { update } = message as BlindUpdate;
    if (this.#member.state === 'PRIMARY') this.#last = { entry: this.#member.write(update, undefined) };
    else {
      this.#last = { error: NOT_MASTER };
      const { process, node } = this.#member;
      const { words, elements } = told(update);
      process.detail('not-primary', () => `${node} does not write ${words}: it is not primary`, elements);
    }
  }

  asked(request: unknown, reply: (answer: unknown) => void): void {
    const command = request as Command;
    if (command.do === 'hello') reply({ primary: this.#member.state === 'PRIMARY', term: 0 } satisfies HelloReply);
    else if (command.do === 'find') reply(this.#find(command));
    else if (command.do === 'get-last-error') this.#getLastError(command.concern, reply);
  }

  ended(): void {
    this.#stopWaiting();
  }

  #find(find: Find): FindReply {
    const { state, oplog } = this.#member;
    return find.of === 'primary' && state !== 'PRIMARY' ? NOT_MASTER_NO_SLAVE_OK : { found: found(find, oplog) };
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
      this.#tell(entry, end);
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

  #tell(entry: Entry, end: WaitEnd): void {
    const { process, node } = this.#member;
    const { words: what, elements } = told(entry);
    const words = {
      satisfied: `${node} acknowledges ${what}`,
      timeout: `${node} has waited too long for others to have ${what}`,
      'stepped-down': `${node} acknowledges ${what} though its write concern is not satisfied: it has stepped down`,
    }[end];
    if (end === 'stepped-down') process.say('sign-off', words, elements);
    else process.detail('acknowledge', () => words, elements);
  }
}
