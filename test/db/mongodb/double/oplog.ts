/** What a member of the double keeps: its log, the documents that follow from it, its vote, and the set's configuration. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { ObjectId } from 'bson';

export interface SetDocument {
  readonly _id: unknown;
  readonly version: ObjectId;
  readonly elements: readonly number[];
}

/** One operation. `element` is added to what there was; `elements` take its place; without either it is a no-op. */
export interface Entry {
  readonly term: number;
  readonly timeS: number;
  readonly id?: unknown;
  readonly version?: string;
  readonly element?: number;
  readonly elements?: readonly number[];
  /** The document of a number afterwards. */
  readonly number?: { readonly _id: string; readonly value: number };
  /** Of a retryable write: its session and number. */
  readonly session?: string;
}

export interface Meta {
  readonly term: number;
  readonly votedFor: string | null;
  readonly config: ReplicaSetConfig | null;
}

export interface ReplicaSetConfig {
  readonly _id: string;
  readonly version: number;
  readonly members: readonly { readonly _id: number; readonly host: string; readonly priority: number }[];
  readonly settings: { readonly heartbeatIntervalMillis: number; readonly electionTimeoutMillis: number };
}

type Line = { readonly meta: Meta } | { readonly entry: Entry } | { readonly keep: number };

export class Oplog {
  readonly #path: string | undefined;
  readonly entries: Entry[] = [];
  readonly #sessions = new Map<string, number>();
  meta: Meta = { term: 0, votedFor: null, config: null };
  #doc: SetDocument | undefined;

  /** @param path the file that outlives a kill; without one, nothing does. */
  constructor(path?: string) {
    this.#path = path;
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) return;
    const text = readFileSync(path, 'utf8');
    const whole = text.lastIndexOf('\n') + 1;
    // A line that was cut short was never answered for.
    truncateSync(path, Buffer.byteLength(text.slice(0, whole)));
    for (const line of text.slice(0, whole).split('\n')) if (line !== '') this.#take(JSON.parse(line) as Line);
  }

  get doc(): SetDocument | undefined {
    return this.#doc;
  }

  get lastTerm(): number {
    return this.entries.at(-1)?.term ?? 0;
  }

  /** The document as it was after the first `count` entries. */
  docAt(count: number): SetDocument | undefined {
    return this.entries.slice(0, count).reduce<SetDocument | undefined>(applied, undefined);
  }

  /** The document of a number as it was after the first `count` entries. */
  numberAt(id: unknown, count = this.entries.length): Entry['number'] {
    return this.entries.slice(0, count).findLast(({ number }) => number?._id === id)?.number;
  }

  /** How long the log was when it had the write of this session, or undefined. */
  ofSession(session: string): number | undefined {
    return this.#sessions.get(session);
  }

  append(entry: Entry): void {
    this.#save({ entry });
  }

  /** Keeps the first `count` entries. */
  truncate(count: number): void {
    this.#save({ keep: count });
  }

  vote(meta: Partial<Meta>): void {
    this.#save({ meta: { ...this.meta, ...meta } });
  }

  #save(line: Line): void {
    if (this.#path !== undefined) appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
    this.#take(line);
  }

  #take(line: Line): void {
    if ('meta' in line) {
      this.meta = line.meta;
    } else if ('entry' in line) {
      this.entries.push(line.entry);
      this.#doc = applied(this.#doc, line.entry);
      if (line.entry.session !== undefined) this.#sessions.set(line.entry.session, this.entries.length);
    } else {
      for (const { session } of this.entries.splice(line.keep))
        if (session !== undefined) this.#sessions.delete(session);
      this.#doc = this.docAt(line.keep);
    }
  }
}

function applied(doc: SetDocument | undefined, { id, version, element, elements }: Entry): SetDocument | undefined {
  if (version === undefined) return doc;
  const next = elements ?? [...(doc?.elements ?? []), ...(element === undefined ? [] : [element])];
  return { _id: doc?._id ?? id, version: ObjectId.createFromHexString(version), elements: next };
}
