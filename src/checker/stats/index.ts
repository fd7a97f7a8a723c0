import Type from 'typebox';
import {
  type CheckerModule,
  type CheckerResult,
  mergeValid,
  type Settings,
  type Validity,
} from '../../contract/index.ts';
import { NEMESIS } from '../../history/index.ts';
import { Tally } from './tally.ts';

const settings = Type.Object(
  {
    every_f: Type.Boolean({
      description:
        'Whether each kind of operation must have ended ok at least once. Without it the numbers are counted, and nothing is judged.',
      strictness: 'rises',
      default: true,
      examples: [true, false],
    }),
  },
  { additionalProperties: false },
);

/** Of one kind of operation, or of all. */
interface Counts {
  /** Operations that ended, however they did. */
  count: number;
  ok_count: number;
  fail_count: number;
  info_count: number;
  /** Invoked, and never ended. */
  open_count: number;
}

export interface StatsFinding extends CheckerResult, Readonly<Counts> {
  readonly by_f: Readonly<Record<string, Counts & { valid: Validity }>>;
  /** What the clients were told by operations that did not end ok, the most frequent first; `index` is the first one's. */
  readonly errors: readonly { error: string; f: string; type: string; count: number; index: number }[];
  /** Exceptions that a client did not expect, where the history has such (Jepsen's): by class. */
  readonly exceptions: readonly { class: string; count: number; example_index: number }[];
}

/** Longest tables of errors and exceptions. */
const ROWS_MAX = 50;

/**
 * Counts how the clients' operations ended, by `f`; invalid where some `f` never ended ok: a run in which no write ever
 * succeeded shows nothing (jepsen.checker/stats, which judges operations that ended; one `f` of which none ended at all
 * is unknown here). The nemesis's operations do not count. With it a table of errors, and one of the exceptions that
 * Jepsen records beside them (jepsen.checker/unhandled-exceptions). One pass; memory grows with the different errors, up to a limit.
 */
export const stats: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'stats',
  summary: 'Counts ok, fail and info by kind of operation, and errors; every kind must have ended ok at least once.',
  settings,
  judges: 'any',
  check(history, { every_f }: Settings<typeof settings>): StatsFinding {
    const all = none();
    const kinds = new Map<string, Counts>();
    const open = new Map<number, Counts>();
    const errors = new Tally(JSON.stringify(['(others)', '', '']));
    const exceptions = new Tally('(others)');
    for (const op of history.ops()) {
      const { process, type, f, index } = op;
      const thrown = classOf(op);
      if (thrown !== undefined) exceptions.add(thrown, index);
      if (process === NEMESIS) continue;
      const kind = kinds.get(f) ?? none();
      kinds.set(f, kind);
      if (type === 'invoke') {
        open.set(process, kind);
        continue;
      }
      open.delete(process);
      for (const counts of [all, kind]) {
        counts.count++;
        counts[`${type}_count`]++;
      }
      if (type !== 'ok' && op.error !== undefined && op.error !== null) {
        errors.add(JSON.stringify([textOf(op.error), f, type]), index);
      }
    }
    for (const kind of open.values()) {
      kind.open_count++;
      all.open_count++;
    }
    const by_f = Object.fromEntries([...kinds].map(([f, counts]) => [f, { valid: validOf(counts), ...counts }]));
    const found = {
      ...all,
      by_f,
      errors: errors.rows(ROWS_MAX).map(({ name, count, index }) => {
        const [error, f, type] = JSON.parse(name) as [string, string, string];
        return { error, f, type, count, index };
      }),
      exceptions: exceptions
        .rows(ROWS_MAX)
        .map(({ name, count, index }) => ({ class: name, count, example_index: index })),
    };
    return { ...judge(by_f, every_f), ...found };
  },
  text(result) {
    const { by_f, errors, exceptions, ...all } = result as StatsFinding;
    const names = Object.keys(by_f);
    const width = Math.max(0, ...names.map((f) => f.length));
    const rows =
      names.length > 1 ? Object.entries(by_f).map(([f, counts]) => `${f.padEnd(width)}  ${line(counts)}`) : [];
    return [
      `${names.length === 1 ? names[0] : 'all'}: ${line(all)}`,
      ...rows,
      ...errors
        .slice(0, 10)
        .map(({ error, f, type, count, index }) => `${count} × ${f} ${type}: ${error} (first: ${index})`),
      ...(errors.length > 10 ? [`... and ${errors.length - 10} more kinds of errors`] : []),
      ...exceptions.map((one) => `${one.count} × exception ${one.class} (one of them: ${one.example_index})`),
    ];
  },
};

function none(): Counts {
  return { count: 0, ok_count: 0, fail_count: 0, info_count: 0, open_count: 0 };
}

function validOf({ count, ok_count }: Counts): Validity {
  return count === 0 ? 'unknown' : ok_count > 0;
}

function judge(by_f: StatsFinding['by_f'], every_f: boolean): Pick<CheckerResult, 'valid' | 'why'> {
  const kinds = Object.entries(by_f);
  if (!every_f) return { valid: true };
  if (kinds.length === 0) return { valid: 'unknown', why: 'no operation was attempted' };
  const valid = mergeValid(kinds.map(([, kind]) => kind.valid));
  if (valid === true) return { valid };
  const named = kinds.filter(([, kind]) => kind.valid === valid).map(([f]) => f);
  const never = valid === false ? 'never ended ok' : 'never ended at all';
  return { valid, why: `${named.join(', ')} ${never}` };
}

function line({ ok_count, fail_count, info_count, open_count }: Readonly<Counts>): string {
  return `${ok_count} ok, ${fail_count} fail, ${info_count} info${open_count === 0 ? '' : `, ${open_count} never ended`}`;
}

function textOf(error: unknown): string {
  const text = typeof error === 'string' ? error : (JSON.stringify(error) ?? String(error));
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}

/**
 * The class of what was thrown: Jepsen puts the exception beside the operation as Clojure shows it
 * (`{:via [{:type java.net.ConnectException, ...}], ...}`), or a reader has made `{class, message}` of it.
 */
function classOf(op: object): string | undefined {
  const { exception } = op as { exception?: unknown };
  if (typeof exception !== 'object' || exception === null) return undefined;
  const { class: named, via } = exception as { class?: unknown; via?: unknown };
  const type = named ?? (Array.isArray(via) ? (via[0] as { type?: unknown } | undefined)?.type : undefined);
  return type === undefined ? undefined : textOf(type);
}
