/** The configuration of a server, as text: postgresql.conf and pg_hba.conf as the manual has them (chapters 20 and 21). */
import { durationMs } from '../../base/units.ts';
import type { PostgresSettings } from './settings.ts';
import { readSyncNames, writeSyncNames } from './sync-names.ts';

export const PORT = 5432;
export const DATABASE = 'postgres';
/** Who made the cluster: asks, replicates, rewinds. */
export const SUPERUSER = 'postgres';
/** Whom clients log in as: `max_connections` of them (CONNECTION LIMIT), whoever of ours is connected beside them. */
export const CLIENT_USER = 'plan_run';
/** For superusers; so many of them may also stand where others could. */
const RESERVED = 3;

/**
 * Where a server's files are. They are outside of `data`, which pg_basebackup and pg_rewind make a copy of another server's,
 * configuration and all.
 */
export interface Paths {
  readonly home: string;
  readonly data: string;
  readonly conf: string;
  readonly hba: string;
  /** Whom a standby follows; included by `conf`. */
  readonly upstream: string;
  readonly passwords: string;
}

export function pathsBelow(dir: string): Paths {
  const home = `${dir}/postgres`;
  return {
    home,
    data: `${home}/data`,
    conf: `${home}/postgresql.conf`,
    hba: `${home}/pg_hba.conf`,
    upstream: `${home}/upstream.conf`,
    passwords: `${home}/passwords`,
  };
}

export interface ServerConfig {
  readonly name: string;
  readonly address: string;
  readonly paths: Paths;
  readonly serverCount: number;
  readonly settings: PostgresSettings;
}

/** The same for the primary and for standbys: each may become the other. */
export function postgresqlConf({ name, address, paths, serverCount, settings }: ServerConfig): string {
  const { synchronous_standby_names: names } = settings;
  const sync = names === undefined ? undefined : readSyncNames(names);
  const values: Record<string, string | number> = {
    listen_addresses: address,
    port: PORT,
    unix_socket_directories: paths.home,
    hba_file: paths.hba,
    cluster_name: name,
    password_encryption: 'scram-sha-256',
    max_connections: settings.max_connections + 2 * RESERVED,
    superuser_reserved_connections: RESERVED,
    synchronous_commit: settings.synchronous_commit,
    synchronous_standby_names: sync === undefined ? '' : writeSyncNames(sync),
    wal_writer_delay: `${Math.round(durationMs(settings.wal_writer_delay))}ms`,
    // In microseconds, without a unit.
    commit_delay: Math.round(durationMs(settings.commit_delay) * 1000),
    commit_siblings: settings.commit_siblings,
    wal_level: 'replica',
    hot_standby: 'on',
    max_wal_senders: 2 * serverCount + 2,
    // pg_basebackup takes one for as long as it copies.
    max_replication_slots: 2 * serverCount + 2,
    // The standbys have none; what a standby or pg_rewind may come back for.
    wal_keep_size: '256MB',
    max_wal_size: '256MB',
    // For pg_rewind.
    wal_log_hints: 'on',
    wal_retrieve_retry_interval: '500ms',
    // Not below /dev/shm, where the lab has a file system that is not everybody's.
    dynamic_shared_memory_type: 'mmap',
    shared_buffers: '32MB',
    lc_messages: 'C',
    log_timezone: 'UTC',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '%m [%p] ',
  };
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${quoted(String(value))}`);
  return `${[...lines, `include_if_exists = ${quoted(paths.upstream)}`].join('\n')}\n`;
}

/** By the socket, on the node itself, whoever can reach it; over the network with the password, where there is one. */
export function pgHbaConf({ password }: PostgresSettings): string {
  const method = password === undefined ? 'trust' : 'scram-sha-256';
  return `local all all trust\nhost all all all ${method}\nhost replication all all ${method}\n`;
}

/** What a standby says to the server that it follows; `passwords` is a file, for the server's list of settings is no secret. */
export function upstreamConf(name: string, primary: string, passwords: string | undefined): string {
  return `primary_conninfo = ${quoted(conninfo({ application_name: name, ...primaryLogin(primary, passwords) }))}\n`;
}

/** Where and as whom, for programs that connect to another server. */
export function primaryLogin(address: string, passwords: string | undefined): Record<string, string> {
  return {
    host: address,
    port: String(PORT),
    user: SUPERUSER,
    dbname: DATABASE,
    connect_timeout: '5',
    ...(passwords === undefined ? {} : { passfile: passwords }),
  };
}

/** libpq's connection string (manual, 34.1.1.1). */
export function conninfo(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}='${value.replace(/[\\']/g, '\\$&')}'`)
    .join(' ');
}

/** A string as configuration files have it: quotes doubled, backslashes too. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** A password file that is for every server (manual, 34.16). */
export function passwordFile(password: string): string {
  return `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`;
}

/**
 * Tables and the clients' role; made once, before there is a standby to wait for.
 *
 *     set_app   a row for each addition, under the name of its transaction
 *     lists     a row for each list of the workload `append`
 *     registers, queue, numbers, messages, ids, tokens   for the other workloads: see `client-*.ts`
 */
export function schemaSql({ password, max_connections }: PostgresSettings): string {
  const login = password === undefined ? '' : ` PASSWORD ${literal(password)}`;
  return `\
SET synchronous_commit TO local;
${password === undefined ? '' : `ALTER ROLE ${SUPERUSER}${login};`}
CREATE ROLE ${CLIENT_USER} LOGIN CONNECTION LIMIT ${max_connections}${login};
CREATE TABLE set_app (txid text PRIMARY KEY, element integer UNIQUE);
CREATE TABLE lists (key integer PRIMARY KEY, elements integer[] NOT NULL);
CREATE TABLE registers (key integer PRIMARY KEY, value integer NOT NULL);
CREATE TABLE queue (id bigserial PRIMARY KEY, element integer NOT NULL);
CREATE TABLE numbers (name text PRIMARY KEY, n bigint NOT NULL);
INSERT INTO numbers VALUES ('counter', 0), ('monotonic', 0);
CREATE TABLE messages (id bigserial PRIMARY KEY, sender integer NOT NULL, n integer NOT NULL);
CREATE SEQUENCE ids;
CREATE SEQUENCE tokens;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${CLIENT_USER};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${CLIENT_USER};
`;
}

/** standard_conforming_strings is on: only the quote is special. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
