/** How a node's Redis and Sentinel see the cluster, asked with redis-cli on the node itself. */
import type { Node } from '../../contract/index.ts';
import { PRIMARY_NAME, quoted, REDIS_PORT, SENTINEL_PORT } from './config.ts';

/** A server or a Sentinel that answers does so within milliseconds; a paused one never does. */
const ANSWER_MS_MAX = 1_000;

/** Fields of `INFO replication` and `INFO persistence`, as Redis names them; undefined where it did not answer. */
export type RedisStatus = ReadonlyMap<string, string> | undefined;

/** What a Sentinel knows of one server or Sentinel: the fields of `SENTINEL MASTER` and its like. */
export type SentinelEntry = ReadonlyMap<string, string>;

export interface NodeStatus {
  readonly node: string;
  readonly address: string;
  readonly redis: RedisStatus;
  /** Undefined where it did not answer, or knows no primary. */
  readonly sentinel: readonly SentinelEntry[] | undefined;
}

/** Asks both at once. Never throws: what does not answer is undefined. */
export async function statusOf(node: Node, password: string | undefined, sentinel: boolean): Promise<NodeStatus> {
  const [redis, known] = await Promise.all([redisStatus(node, password), sentinel ? sentinelStatus(node) : undefined]);
  return { node: node.name, address: node.address, redis, sentinel: known };
}

export async function redisStatus(node: Node, password: string | undefined): Promise<RedisStatus> {
  const login = password === undefined ? [] : [`AUTH ${quoted(password)}`];
  const text = await ask(node, REDIS_PORT, [...login, 'INFO replication', 'INFO persistence']);
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields.has('role') ? fields : undefined;
}

async function sentinelStatus(node: Node): Promise<SentinelEntry[] | undefined> {
  const questions = ['MASTER', 'REPLICAS', 'SENTINELS'].map((what) => `SENTINEL ${what} ${PRIMARY_NAME}`);
  const entries = sentinelEntries(await ask(node, SENTINEL_PORT, questions));
  return entries.length > 0 ? entries : undefined;
}

/** Questions go in by standard input, so that a password stands in no list of processes. */
async function ask(node: Node, port: number, questions: readonly string[]): Promise<string> {
  try {
    const { stdout } = await node.exec(['redis-cli', '-h', node.address, '-p', String(port)], {
      input: `${questions.join('\n')}\n`,
      timeoutMs: ANSWER_MS_MAX,
      allowFailure: true,
    });
    return stdout;
  } catch {
    return '';
  }
}

/**
 * Entries from redis-cli's raw output: a line with a key, a line with its value, each entry beginning with `name`.
 * An empty list is an empty line, where a key would stand.
 */
export function sentinelEntries(text: string): SentinelEntry[] {
  const entries: Map<string, string>[] = [];
  const lines = text.split(/\r?\n/);
  for (let i = 0; i + 1 < lines.length; i++) {
    const key = lines[i] as string;
    if (key === '') continue;
    if (key === 'name') entries.push(new Map());
    i++;
    entries.at(-1)?.set(key, lines[i] as string);
  }
  return entries;
}
