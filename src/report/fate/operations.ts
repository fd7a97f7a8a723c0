import type { History, Op } from '../../history/index.ts';
import type { Timeline } from '../../timeline/index.ts';

/** An operation on an element, as its client saw it. */
export interface Try {
  /** `add`, or another that concerns the element: `verify`. */
  readonly f: string;
  readonly process: number;
  readonly client: number;
  readonly home: string;
  readonly atNs: number;
  readonly ended?: { readonly type: Op['type']; readonly atNs: number; readonly error?: string };
  /** What it says of the element: that it was added, that it was not and will not be, or nothing. */
  readonly happened?: boolean;
}

/** The final read. */
export interface Read {
  readonly atNs: number;
  readonly process: number;
}

export interface Operations {
  readonly tries: ReadonlyMap<number, readonly Try[]>;
  /** The last read that ended ok, with what was in it. */
  readonly read: (Read & { readonly elements: ReadonlySet<number> }) | undefined;
  /** When the first operation was invoked. */
  readonly startNs: number;
  readonly nemesis: readonly Op[];
}

/** Everything that the history says of these elements, in one pass. */
export function operationsOn(wanted: ReadonlySet<number>, history: History, { clients }: Timeline): Operations {
  const tries = new Map<number, Try[]>([...wanted].map((element) => [element, []]));
  const open = new Map<number, { at: number; of: Try[] }>();
  const nemesis: Op[] = [];
  let read: Operations['read'];
  let startNs: number | undefined;
  for (const op of history.ops()) {
    const { process, type, f, time } = op;
    if (process === 'nemesis') {
      nemesis.push(op);
      continue;
    }
    startNs ??= time;
    if (type === 'ok' && f === 'read' && Array.isArray(op.value))
      read = { atNs: time, process, elements: new Set(op.value as number[]) };
    if (type === 'invoke') {
      const of = tries.get(op.value as number);
      if (of === undefined) continue;
      const client = process % clients.length;
      open.set(process, { at: of.length, of });
      of.push({ f, process, client, home: clients[client]?.home ?? '?', atNs: time });
    } else {
      const begun = open.get(process);
      if (begun === undefined) continue;
      open.delete(process);
      const { of, at } = begun;
      const ended = { type, atNs: time, ...(op.error !== undefined && { error: op.error }) };
      const happened = happenedBy(op);
      of[at] = { ...(of[at] as Try), ended, ...(happened !== undefined && { happened }) };
    }
  }
  return { tries, read, startNs: startNs ?? 0, nemesis };
}

const booleanOf = (answer: unknown) => (typeof answer === 'boolean' ? answer : undefined);

function happenedBy({ f, type, value }: Op): boolean | undefined {
  if (f === 'verify') return type === 'ok' && Array.isArray(value) ? booleanOf(value[1]) : undefined;
  if (type === 'ok') return true;
  return type === 'fail' ? false : undefined;
}
