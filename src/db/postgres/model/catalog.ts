import { type NumberRow, Sequence } from './numbers.ts';
import { Rows } from './rows.ts';

/** What there is besides the table of the set, by name; each begins empty. */
export class Catalog {
  /** Rows that hold a number: `registers 3`, `numbers counter`. */
  readonly number = named((): NumberRow => ({ value: null, xid: 0, lockedBy: undefined }));
  /** Tables whose rows are inserted and deleted: `queue`, `messages`. */
  readonly table = named(() => new Rows());
  /** `ids`, `tokens`, and one for each table. */
  readonly sequence = named(() => new Sequence());
}

type Named<T> = { (name: string): T; all(): IterableIterator<[string, T]> };

/** The one of that name, and at first a new one. */
function named<T>(make: () => T): Named<T> {
  const known = new Map<string, T>();
  const find = (name: string): T => {
    const one = known.get(name) ?? make();
    known.set(name, one);
    return one;
  };
  return Object.assign(find, { all: () => known.entries() });
}
