/** `synchronous_standby_names` as PostgreSQL reads it (manual, chapter 20.6.2; syncrep_gram.y). */
export interface SyncNames {
  readonly method: 'first' | 'any';
  /** So many of them must have a commit. */
  readonly count: number;
  /** In order; `*` is every standby. */
  readonly names: readonly string[];
}

const LISTED = /^(?:(first|any)\s+)?(\d+)\s*\((.*)\)$/is;

/** `FIRST 1 (n2, n3)`, `ANY 1 (n2, n3)`, `1 (n2, n3)` or `n2, n3`; undefined where it is none of these. */
export function readSyncNames(text: string): SyncNames | undefined {
  const [, method = 'first', digits = '1', list = text] = LISTED.exec(text.trim()) ?? [];
  const names = list.split(',').map((name) => /^\s*(?:"([^"]+)"|([\w*-]+))\s*$/.exec(name)?.slice(1).join(''));
  const count = Number(digits);
  if (count < 1 || names.some((name) => name === undefined)) return undefined;
  return { method: method.toLowerCase() as SyncNames['method'], count, names: names as string[] };
}

/** The same with every name in quotes: a node's may have a dash in it, which PostgreSQL would not read. */
export function writeSyncNames({ method, count, names }: SyncNames): string {
  return `${method.toUpperCase()} ${count} (${names.map((name) => (name === '*' ? '*' : `"${name}"`)).join(', ')})`;
}
