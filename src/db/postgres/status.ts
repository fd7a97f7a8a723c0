/** What a server says of itself, in one question that a primary and a standby can both answer. */
export interface Status {
  readonly standby: boolean;
  /** What it has carried out (a standby), or has on its disk (a primary): bytes of log since the beginning. */
  readonly lsn: number;
  /** Of a standby, what it has received; of one that was promoted, where it has left the others' way. Else null. */
  readonly received: number | null;
  /** Of a standby: the address that it streams from, while it does. */
  readonly upstream: string | null;
  /** Of a primary: who follows it. */
  readonly followers: readonly Follower[];
}

/** A row of pg_stat_replication. */
export interface Follower {
  readonly name: string;
  /** `startup`, `catchup`, `streaming`, `backup`, `stopping` */
  readonly state: string;
  /** `async`, `potential`, `sync`, `quorum` */
  readonly sync: string;
}

export const STATUS_SQL = `SELECT json_build_object(
  'standby', pg_is_in_recovery(),
  'lsn', CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0'::pg_lsn,
  'received', CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
    ELSE pg_last_wal_replay_lsn() END - '0/0'::pg_lsn,
  'upstream', (SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming'),
  'followers', (SELECT coalesce(json_agg(json_build_object('name', application_name, 'state', state, 'sync', sync_state)), '[]')
    FROM pg_stat_replication))`;

/** @throws SyntaxError where the answer is none: the server has broken off. */
export function readStatus(answer: string): Status {
  return JSON.parse(answer);
}
