import Type from 'typebox';
import type { CheckerModule, CheckerResult, Settings } from '../../contract/index.ts';
import { pairs } from '../../history/index.ts';
import { dated, Stretches } from '../stretches.ts';
import { brief } from '../values.ts';

const settings = Type.Object(
  {
    total: Type.Optional(
      Type.Integer({
        description: 'What all accounts have together. Without it: what the first read found.',
        examples: [100],
      }),
    ),
    accounts: Type.Optional(
      Type.Array(Type.Union([Type.String(), Type.Integer()]), {
        description:
          'The accounts there are. Without them a read that has others than the first one leaves a doubt: the verdict is unknown, unless something is wrong.',
        expected: 'a list of accounts',
        examples: [[0, 1, 2, 3]],
      }),
    ),
    allow_negative: Type.Boolean({
      description: 'Whether an account may be overdrawn.',
      strictness: 'falls',
      default: false,
      examples: [true],
    }),
  },
  { additionalProperties: false },
);

type Kind = 'unexpected-key' | 'nil-balance' | 'wrong-total' | 'negative-value';

interface BankError {
  readonly type: Kind;
  readonly index: number;
  /** What is wrong, in words. */
  readonly what: string;
  /** How bad: the worst of a type is told. */
  readonly badness: number;
  readonly total?: number;
}

/**
 * Money is moved between accounts, and every read of them all finds the same total (jepsen.tests.bank): under snapshot isolation a read sees
 * each transfer wholly or not at all. `read`, when ok, has an object of account to balance; `transfer` is not looked at. A read has one
 * error at most, the first of: an account that there is not (`unexpected-key`), a balance of null (`nil-balance`), another total
 * (`wrong-total`), a balance below zero (`negative-value`).
 *
 * Result: `reads`, `error_count`, `error_types` (how many of each), `first_error_index` (of the read's completion), `errors` (per type the first,
 * the worst and the last; of totals the lowest and the highest), `broken` from a wrong read to the next right one.
 */
export const bank: CheckerModule<typeof settings> = {
  kind: 'checker',
  name: 'bank',
  summary: 'Every read of all accounts finds the same total, and none below zero.',
  settings,
  judges: ['bank'],
  check(history, given: Settings<typeof settings>): CheckerResult {
    let total = given.total;
    const accounts = given.accounts && new Set(given.accounts.map(String));
    let firstAccounts: ReadonlySet<string> | undefined;
    let doubt: string | undefined;
    let reads = 0;
    let count = 0;
    let odd: string | undefined;
    let first: BankError | undefined;
    const errors = new Map<Kind, Errors>();
    const stretches = new Stretches();
    for (const { invoke, completion } of pairs(history)) {
      if (invoke.f !== 'read' || completion?.type !== 'ok') continue;
      const { index, time, value } = completion;
      if (!isBalances(value)) {
        odd ??= `the value of read ${index} is not whole balances by account: ${brief(value)}`;
        continue;
      }
      reads++;
      firstAccounts ??= accounts ?? new Set(Object.keys(value));
      const other = Object.keys(value).find((account) => !firstAccounts?.has(account));
      // An account without money may not be listed.
      if (accounts === undefined && other !== undefined)
        doubt ??= `read ${index} has an account ${other} that the first one has not: say which \`accounts\` there are`;
      if (!Object.values(value).includes(null)) total ??= sum(value);
      const error = errorOf(value, index, accounts, total ?? 0, given.allow_negative);
      if (error === undefined) {
        stretches.good(time);
        continue;
      }
      count++;
      first ??= error;
      stretches.bad(error.what, index, time);
      const known = errors.get(error.type);
      if (known === undefined) errors.set(error.type, new Errors(error));
      else known.add(error);
    }
    if (odd !== undefined) return { valid: 'unknown', why: odd, reads };
    if (reads === 0) return { valid: 'unknown', why: 'the accounts were never read', reads };
    return {
      ...(first === undefined
        ? doubt === undefined
          ? { valid: true }
          : { valid: 'unknown', why: doubt }
        : { valid: false, why: `${count} of ${reads} reads are wrong; the first: ${first.what}` }),
      ...(total !== undefined && { total }),
      reads,
      error_count: count,
      error_types: Object.fromEntries([...errors].map(([type, { count }]) => [type, count])),
      ...(first !== undefined && { first_error_index: first.index }),
      ...(errors.size > 0 && { errors: Object.fromEntries([...errors].map(([type, found]) => [type, found.told()])) }),
      ...dated(stretches.found),
    };
  },
  text({ reads, error_count, errors, total }) {
    if (reads === undefined || reads === 0) return [];
    return [
      `${reads} reads, ${error_count} wrong${total === undefined ? '' : `; the total is ${total}`}`,
      ...Object.entries((errors ?? {}) as Record<string, ReturnType<Errors['told']>>).flatMap(([type, found]) => [
        `${type}: ${found.count}; the first: ${told(found.first)}`,
        ...(found.worst.index === found.first.index ? [] : [`  the worst: ${told(found.worst)}`]),
      ]),
    ];
  },
};

/** The errors of one type. */
class Errors {
  count = 1;
  readonly #first: BankError;
  #worst: BankError;
  #last: BankError;
  #lowest: BankError;
  #highest: BankError;

  constructor(error: BankError) {
    this.#first = this.#worst = this.#last = this.#lowest = this.#highest = error;
  }

  add(error: BankError): void {
    this.count++;
    this.#last = error;
    if (error.badness > this.#worst.badness) this.#worst = error;
    if ((error.total ?? 0) < (this.#lowest.total ?? 0)) this.#lowest = error;
    if ((error.total ?? 0) > (this.#highest.total ?? 0)) this.#highest = error;
  }

  told() {
    const of = ({ index, what }: BankError) => ({ index, what });
    return {
      count: this.count,
      first: of(this.#first),
      worst: of(this.#worst),
      last: of(this.#last),
      ...(this.#first.total !== undefined && { lowest: of(this.#lowest), highest: of(this.#highest) }),
    };
  }
}

function told({ index, what }: { index: number; what: string }): string {
  return `${what} (operation ${index})`;
}

type Balances = Readonly<Record<string, number | null>>;

/** Whole amounts, whose sums are exact. */
function isBalances(value: unknown): value is Balances {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const balances = Object.values(value).map((balance) => balance ?? 0);
  const most = balances.reduce((sum, balance) => sum + Math.abs(balance), 0);
  return balances.every(Number.isSafeInteger) && Number.isSafeInteger(most);
}

function sum(balances: Balances): number {
  return Object.values(balances).reduce<number>((sum, balance) => sum + (balance ?? 0), 0);
}

function errorOf(
  balances: Balances,
  index: number,
  accounts: ReadonlySet<string> | undefined,
  total: number,
  allowNegative: boolean,
): BankError | undefined {
  const entries = Object.entries(balances);
  const unexpected = entries.filter(([account]) => accounts?.has(account) === false);
  if (unexpected.length > 0) {
    return {
      type: 'unexpected-key',
      index,
      what: `there is no account ${names(unexpected)}`,
      badness: unexpected.length,
    };
  }
  const nil = entries.filter(([, balance]) => balance === null);
  if (nil.length > 0) return { type: 'nil-balance', index, what: `no balance of ${names(nil)}`, badness: nil.length };
  const found = sum(balances);
  if (found !== total) {
    return {
      type: 'wrong-total',
      index,
      what: `a total of ${found}, not ${total}`,
      badness: Math.abs(found - total),
      total: found,
    };
  }
  const negative = allowNegative ? [] : (entries as [string, number][]).filter(([, balance]) => balance < 0);
  if (negative.length === 0) return undefined;
  const what = `${negative.map(([account, balance]) => `account ${account} has ${balance}`).join(', ')}`;
  return { type: 'negative-value', index, what, badness: -negative.reduce((sum, [, balance]) => sum + balance, 0) };
}

function names(entries: readonly (readonly [string, unknown])[]): string {
  return entries.map(([account]) => account).join(', ');
}
