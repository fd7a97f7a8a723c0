import { assert } from '../../../base/assert.ts';
import type { SimProcess } from '../../../contract/index.ts';
import { Backend, type Postmaster } from './backend.ts';
import { Database, type DatabaseConfig } from './database.ts';
import { type Recovered, recover } from './recovery.ts';
import { WAL } from './wal.ts';
import { POSTGRES_PORT, type Refusal } from './wire.ts';
import type { Witness } from './witness.ts';

const STARTING_UP: Refusal = { state: '57P03', message: 'the database system is starting up' };
const TOO_MANY: Refusal = { state: '53300', message: 'sorry, too many clients already' };

export interface ServerConfig extends DatabaseConfig {
  readonly maxConnections: number;
}

/** The server: it listens from the start, and takes clients in when it has recovered (postmaster.c). */
export class PostgresServer implements Postmaster {
  readonly process: SimProcess;
  readonly #config: ServerConfig;
  readonly #witness: Witness;
  #database: Database | undefined;
  #ready = false;
  #clients = 0;

  constructor(process: SimProcess, config: ServerConfig, witness: Witness) {
    this.process = process;
    this.#config = config;
    this.#witness = witness;
    process.listen(POSTGRES_PORT, (connection) => new Backend(this, connection));
    if (process.disk(WAL).records.length > 0)
      process.say('recovery', `${process.node} was interrupted, and recovers from its log`);
    recover(process, (recovered) => this.#recovered(recovered));
  }

  /** Whether it takes clients in. */
  get ready(): boolean {
    return this.#ready;
  }

  get database(): Database | undefined {
    return this.#database;
  }

  admit(): Refusal | undefined {
    if (!this.#ready) return STARTING_UP;
    if (this.#clients >= this.#config.maxConnections) return TOO_MANY;
    this.#clients++;
    return undefined;
  }

  leave(): void {
    this.#clients--;
    assert(this.#clients >= 0, 'as many clients leave as have come');
  }

  #recovered(recovered: Recovered): void {
    const { process } = this;
    const { node } = process;
    const { elements } = recovered.table;
    this.#database = new Database(process, this.#config, this.#witness, recovered);
    process.detail(
      'recover',
      () => `${node} finds ${elements.size} elements in its log`,
      () => [...elements],
      'gained',
    );
    const lost = this.#witness.recovered(recovered.table, recovered.catalog);
    if (lost.length > 0) {
      const words = `${node} had committed ${lost.length} elements whose log had not come to the disk before the crash: they are gone`;
      process.say('commit-lost', words, lost);
    }
    // The checkpoint at the end of recovery: before it nobody is let in.
    process.disk('base').sync(() => {
      this.#ready = true;
      process.say('ready', `${node} is ready to accept connections`);
    });
  }
}
