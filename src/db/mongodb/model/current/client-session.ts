import type { Connection, Handler } from '../../../../contract/index.ts';
import type { WaitEnd } from '../concern.ts';
import { compareOptimes, type Entry, NO_OPTIME } from '../oplog.ts';
import { found, told } from '../update.ts';
import type { Command, Concern, Find, FindReply, HelloReply, Refusal, UpdateCommand, UpdateReply } from '../wire.ts';
import type { MemberCurrent } from './member.ts';

const NOT_WRITABLE_PRIMARY: Refusal = { code: 10107, message: 'not primary' };
const INTERRUPTED: Refusal = { code: 11602, message: 'operation was interrupted: the primary has stepped down' };
const WRITE_CONCERN_FAILED: Refusal = { code: 64, message: 'waiting for replication timed out' };
const FOREVER: Pick<Concern, 'timeoutMs' | 'journal'> = { timeoutMs: undefined, journal: false };

/** A client's connection to a mongod of 4.4 or later. */
export class ClientSession implements Handler {
  readonly #member: MemberCurrent;
  #stopWaiting: () => void = () => {};

  constructor(member: MemberCurrent, _connection: Connection) {
    this.#member = member;
  }

  /** With w: 0 the client wants no answer. */
  message(message: unknown): void {
    this.asked(message, () => {});
  }

  asked(request: unknown, reply: (answer: unknown) => void): void {
    const command = request as Command;
    const { writable, term } = this.#member;
    if (command.do === 'hello') reply({ primary: writable, term } satisfies HelloReply);
    else if (command.do === 'find') this.#find(command, reply);
    else if (command.do === 'update') this.#update(command, reply);
  }

  ended(): void {
    this.#stopWaiting();
  }

  #find(find: Find, reply: (answer: FindReply) => void): void {
    const { writable, oplog, set } = this.#member;
    const { of, concern } = find;
    if (!writable && (of === 'primary' || concern === 'linearizable')) {
      reply(NOT_WRITABLE_PRIMARY);
      return;
    }
    if (concern === 'majority') {
      this.#findCommitted(find, reply);
      return;
    }
    const answer: FindReply = { found: found(find, oplog) };
    if (concern === 'local') {
      reply(answer);
      return;
    }
    // What it reads is the truth if it is still the primary: if a write of its own, that changes nothing, is committed.
    const probe = this.#member.writeNoop();
    this.#wait(probe, { ...FOREVER, w: set.majority, majority: true }, (end) => {
      reply(end === 'satisfied' ? answer : INTERRUPTED);
    });
  }

  /** What a majority has. Until a member has learned that, after a start, there is nothing that it could read. */
  #findCommitted(find: Find, reply: (answer: FindReply) => void): void {
    const member = this.#member;
    const committed = (): FindReply => ({ found: found(find, member.oplog, member.committedCount) });
    const last = member.oplog.entries.at(-1);
    if (last === undefined || compareOptimes(member.committed, NO_OPTIME) > 0) {
      reply(committed());
      return;
    }
    this.#wait(last, { ...FOREVER, w: member.set.majority, majority: true }, (end) => {
      reply(end === 'satisfied' ? committed() : INTERRUPTED);
    });
  }

  #update({ update, concern, session }: UpdateCommand, reply: (answer: UpdateReply) => void): void {
    const { node, oplog, process, writable } = this.#member;
    const { words, elements } = told(update);
    if (!writable) {
      process.detail('not-primary', () => `${node} does not write ${words}: it is not primary`, elements);
      reply(NOT_WRITABLE_PRIMARY);
      return;
    }
    // A retry of what has been carried out already waits for that (config.transactions).
    const done = session === undefined ? undefined : oplog.ofSession(session);
    if (done !== undefined) {
      process.detail('known', () => `${node} has carried out ${words} at the first try`, elements);
      this.#acknowledge(done, concern, reply);
      return;
    }
    const entry = this.#member.write(update, session);
    if (entry === undefined) reply({ matched: false });
    else this.#acknowledge(entry, concern, reply);
  }

  #acknowledge(entry: Entry, concern: Concern, reply: (answer: UpdateReply) => void): void {
    // Committed is what is in the journals of a majority: this one's, too (writeConcernMajorityJournalDefault).
    if (concern.majority) this.#member.journal.hurry();
    const wait = () => this.#wait(entry, concern, (end) => reply(this.#answer(entry, concern, end)));
    if (concern.journal) this.#member.journal.whenDurable(wait);
    else wait();
  }

  #wait(entry: Entry, concern: Concern, done: (end: WaitEnd) => void): void {
    if (!concern.majority && concern.w <= 1) {
      done('satisfied');
      return;
    }
    if (!this.#member.writable) {
      done('stepped-down');
      return;
    }
    this.#stopWaiting = this.#member.waiters.wait(entry, concern, done);
  }

  #answer(entry: Entry, { majority }: Concern, end: WaitEnd): UpdateReply {
    const { process, node } = this.#member;
    const { words, elements } = told(entry);
    if (end === 'satisfied') {
      if (majority) this.#member.assertOnMajority(entry);
      process.detail('acknowledge', () => `${node} acknowledges ${words}`, elements);
      return { matched: true, ...(entry.number === undefined ? {} : { value: entry.number.value }) };
    }
    const why = end === 'timeout' ? 'others have not got it in time' : 'it has stepped down';
    process.detail('no-acknowledgement', () => `${node} does not acknowledge ${words}: ${why}`, elements);
    return end === 'timeout' ? WRITE_CONCERN_FAILED : INTERRUPTED;
  }
}
