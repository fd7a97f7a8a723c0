import type { Change, Connection, SimProcess } from '../../../contract/index.ts';
import { elementOf } from '../txid.ts';
import { AdvisoryLocks } from './advisory-locks.ts';
import type { Catalog } from './catalog.ts';
import type { Recovered } from './recovery.ts';
import type { Row, Table, Transaction } from './table.ts';
import { Wal } from './wal.ts';
import type { Insert } from './wire.ts';
import type { Witness } from './witness.ts';
import type { Shared } from './work.ts';

export interface DatabaseConfig {
  readonly synchronousCommit: boolean;
  readonly walWriterDelayMs: number;
  readonly commitDelayMs: number;
  readonly commitSiblings: number;
}

/** What the server's processes share: the tables, the log, and the transactions under way. */
export class Database implements Shared {
  readonly table: Table;
  readonly catalog: Catalog;
  readonly locks = new AdvisoryLocks();
  readonly process: SimProcess;
  readonly #config: DatabaseConfig;
  readonly witness: Witness;
  readonly wal: Wal;
  #underWay = 0;
  #nextXid: number;

  constructor(process: SimProcess, config: DatabaseConfig, witness: Witness, { table, catalog, nextXid }: Recovered) {
    this.process = process;
    this.#config = config;
    this.witness = witness;
    this.table = table;
    this.catalog = catalog;
    this.#nextXid = nextXid;
    this.wal = new Wal(process, { ...config, underWay: () => this.#underWay });
    this.#writeBehind();
  }

  /**
   * Inserts a row in a transaction of its own, for the client at the other end of `client`; `done` gets how many rows that
   * were, when it is committed. Where another transaction has the key, its end is waited for; then the row is there, and
   * nothing is done (ON CONFLICT DO NOTHING: execIndexing.c, check_exclusion_or_unique_constraint).
   */
  insert(statement: Insert, client: Connection, done: (rows: 0 | 1) => void): void {
    const { txid, element } = statement;
    const other = this.table.conflict(txid, element);
    if (other === undefined) {
      this.#insert(statement, client, () => done(1));
    } else if (!other.transaction.committed) {
      const { xid } = other.transaction;
      this.#tell('wait', statement, (it) => `keeps ${client.peer} waiting with ${it}: transaction ${xid} has its key`);
      other.transaction.waiting.push(() => this.insert(statement, client, done));
    } else {
      const found = other.element === null ? 'a fence' : 'its row';
      this.#tell(
        'conflict',
        statement,
        (it) => `does nothing about ${it} for ${client.peer}: ${found} is there already`,
      );
      done(0);
    }
  }

  /** A transaction, as soon as it changes something. */
  begin(): Transaction {
    this.#underWay++;
    return { xid: this.#nextXid++, committed: false, waiting: [] };
  }

  /**
   * Logs the commit, and flushes it where that is wanted; `commit` gets whether it is. Then who waits goes on.
   */
  finish(transaction: Transaction, commit: (flushed: boolean) => void, durable = this.#config.synchronousCommit): void {
    const lsn = this.wal.insert({ kind: 'commit', xid: transaction.xid });
    const end = () => {
      this.#underWay--;
      transaction.committed = true;
      commit(durable);
      for (const goOn of transaction.waiting.splice(0)) goOn();
    };
    // RecordTransactionCommit: the flush comes before anybody, the client or others, hears of the commit.
    if (durable) {
      this.wal.flush(lsn, () => {
        this.witness.answers(lsn, this.wal.flushed);
        end();
      });
    } else {
      this.wal.leave(lsn);
      end();
    }
  }

  #insert(statement: Insert, client: Connection, done: () => void): void {
    const { txid, element } = statement;
    const durable = this.#config.synchronousCommit || statement.durable;
    const transaction = this.begin();
    const { xid } = transaction;
    const row: Row = { txid, element, transaction };
    this.table.insert(row);
    this.wal.insert({ kind: 'insert', xid, txid, element });
    if (durable) {
      const words = (it: string) => `inserts ${it} for ${client.peer} in transaction ${xid}, and flushes its log`;
      this.#tell('insert', statement, words);
    }
    this.finish(
      transaction,
      (flushed) => {
        if (flushed) this.witness.promises(row);
        this.#commit(row, client, `its log is ${flushed ? '' : 'not '}on the disk`);
        done();
      },
      durable,
    );
  }

  /** From now on others see it (TransactionIdCommitTree, ProcArrayEndTransaction). */
  #commit(row: Row, client: Connection, log: string): void {
    const { transaction, element } = row;
    this.table.show(row);
    const heard = client.open ? `and tells ${client.peer}` : `but ${client.peer} has gone, and never hears of it`;
    const words = (it: string) => `commits ${it} in transaction ${transaction.xid} (${log}), ${heard}`;
    if (element === null) this.#tell('fence', row, words);
    else this.#tell('commit', row, words, 'gained');
  }

  /** The WAL writer: a round, and a rest of wal_writer_delay, again and again (walwriter.c). */
  #writeBehind(): void {
    this.wal.flushBehind(() => this.process.after(this.#config.walWriterDelayMs, () => this.#writeBehind()));
  }

  /** `words` gets the row in words. */
  #tell(
    what: string,
    { txid, element }: Pick<Row, 'txid' | 'element'>,
    words: (it: string) => string,
    change?: Change,
  ): void {
    const said = () => `${this.process.node} ${words(element === null ? `a fence against "${txid}"` : `${element}`)}`;
    this.process.detail(what, said, [elementOf(txid)], change);
  }
}
