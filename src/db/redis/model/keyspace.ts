import type { Argv } from '../scripts.ts';
import { KEY } from '../workloads.ts';

/** What a key holds. */
type Held =
  | { readonly kind: 'string'; readonly text: string; readonly expiresMs?: number }
  | { readonly kind: 'set'; readonly members: Set<number> }
  | { readonly kind: 'list'; readonly elements: string[] }
  | { readonly kind: 'stream'; readonly entries: (readonly [id: string, fields: readonly string[]])[] };

/** How a command is carried out: by a primary, or as a replica that only looks. */
export interface Moment {
  /** The server's wall clock, by which keys expire and entries of streams are numbered. */
  readonly nowMs: number;
  /** Takes what a command has changed, as it goes to replicas and to the log; a replica has none, and deletes nothing by the clock. */
  readonly changed?: (effect: Argv) => void;
}

/** Commands that change data (commands.c, CMD_WRITE). */
const WRITES: ReadonlySet<string> = new Set(['SADD', 'SET', 'INCR', 'INCRBY', 'RPUSH', 'LPOP', 'DEL', 'XADD']);

export function writes([command]: Argv): boolean {
  return WRITES.has(command!);
}

/**
 * The data of a server, and the commands that the workloads' clients give, as Redis's pages describe them. What they answer is
 * as on the wire: strings, integers, lists and null.
 */
export class Keyspace {
  readonly #held = new Map<string, Held>();

  /** The elements of the workloads' set. */
  get elements(): ReadonlySet<number> {
    return this.#of(KEY, 'set')?.members ?? new Set();
  }

  /** How many things there are to write or to read: members, elements, entries, strings. */
  get size(): number {
    let size = 0;
    for (const held of this.#held.values()) size += sizeOf(held);
    return size;
  }

  copy(): Keyspace {
    const copy = new Keyspace();
    for (const [key, held] of this.#held) copy.#held.set(key, copyOf(held));
    return copy;
  }

  execute(argv: Argv, moment: Moment): unknown {
    const [command, key, ...args] = argv as [string, string, ...string[]];
    const text = () => this.#text(key, moment);
    const { changed } = moment;
    switch (command) {
      case 'SMEMBERS':
        return Array.from(this.#of(key, 'set')?.members ?? [], String);
      case 'SADD': {
        const members = this.#of(key, 'set')?.members ?? new Set();
        const element = Number(args[0]);
        if (members.has(element)) return 0;
        this.#held.set(key, { kind: 'set', members: members.add(element) });
        changed?.(argv);
        return 1;
      }
      case 'GET':
        return text() ?? null;
      case 'SET':
        return this.#set(key, args, moment);
      case 'DEL':
        if (!this.#held.delete(key)) return 0;
        changed?.(argv);
        return 1;
      case 'INCR':
      case 'INCRBY': {
        const sum = Number(text() ?? '0') + Number(args[0] ?? '1');
        this.#held.set(key, { kind: 'string', text: String(sum) });
        changed?.(argv);
        return sum;
      }
      case 'RPUSH': {
        const elements = this.#of(key, 'list')?.elements ?? [];
        elements.push(...args);
        this.#held.set(key, { kind: 'list', elements });
        changed?.(argv);
        return elements.length;
      }
      case 'LPOP': {
        const elements = this.#of(key, 'list')?.elements;
        if (elements === undefined) return null;
        const taken = elements.splice(0, Number(args[0] ?? '1'));
        if (elements.length === 0) this.#held.delete(key);
        changed?.(argv);
        return args[0] === undefined ? taken[0] : taken;
      }
      case 'XADD':
        return this.#append(key, args, moment);
      case 'XRANGE': {
        const after = args[0]!.slice(1);
        return (this.#of(key, 'stream')?.entries ?? []).filter(([id]) => isAfter(id, after));
      }
      default:
        throw new Error(`the model knows no command ${command}`);
    }
  }

  /** SET key text [NX] [PX milliseconds | PXAT time]; to replicas it goes with the time (setGenericCommand). */
  #set(key: string, [text, ...options]: string[], moment: Moment): string | null {
    if (options.includes('NX') && this.#text(key, moment) !== undefined) return null;
    const after = (option: string) =>
      options.includes(option) ? Number(options[options.indexOf(option) + 1]) : undefined;
    const lastsMs = after('PX');
    const expiresMs = lastsMs === undefined ? after('PXAT') : moment.nowMs + lastsMs;
    this.#held.set(key, { kind: 'string', text: text!, ...(expiresMs !== undefined && { expiresMs }) });
    moment.changed?.(['SET', key, text!, ...(expiresMs === undefined ? [] : ['PXAT', `${expiresMs}`])]);
    return 'OK';
  }

  /** XADD key id field value: `*` numbers by the clock, and never lower than the last entry (streamNextID). */
  #append(key: string, [id, ...fields]: string[], { nowMs, changed }: Moment): string {
    const entries = this.#of(key, 'stream')?.entries ?? [];
    const [lastMs, lastSequence] = parsed(entries.at(-1)?.[0] ?? '0-0');
    const next = nowMs > lastMs ? `${nowMs}-0` : `${lastMs}-${lastSequence + 1}`;
    const given = id === '*' ? next : id!;
    entries.push([given, fields]);
    this.#held.set(key, { kind: 'stream', entries });
    changed?.(['XADD', key, given, ...fields]);
    return given;
  }

  /** What a string holds, unless its time is over; a primary deletes it then, and tells its replicas (expireIfNeeded). */
  #text(key: string, { nowMs, changed }: Moment): string | undefined {
    const held = this.#of(key, 'string');
    if (held?.expiresMs === undefined || nowMs <= held.expiresMs) return held?.text;
    if (changed !== undefined) {
      this.#held.delete(key);
      changed(['DEL', key]);
    }
    return undefined;
  }

  #of<K extends Held['kind']>(key: string, kind: K): Extract<Held, { kind: K }> | undefined {
    const held = this.#held.get(key);
    return held?.kind === kind ? (held as Extract<Held, { kind: K }>) : undefined;
  }
}

function sizeOf(held: Held): number {
  if (held.kind === 'set') return held.members.size;
  if (held.kind === 'list') return held.elements.length;
  return held.kind === 'stream' ? held.entries.length : 1;
}

function copyOf(held: Held): Held {
  if (held.kind === 'set') return { ...held, members: new Set(held.members) };
  if (held.kind === 'list') return { ...held, elements: [...held.elements] };
  return held.kind === 'stream' ? { ...held, entries: [...held.entries] } : held;
}

function parsed(id: string): [ms: number, sequence: number] {
  return id.split('-').map(Number) as [number, number];
}

function isAfter(id: string, other: string): boolean {
  const [[ms, sequence], [otherMs, otherSequence]] = [parsed(id), parsed(other)];
  return ms > otherMs || (ms === otherMs && sequence > otherSequence);
}
