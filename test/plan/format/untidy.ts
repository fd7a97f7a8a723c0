/** Plans as an untidy hand writes them: fast-check draws what they say, and how they are laid out. */
import fc from 'fast-check';

/** Draws from a list of numbers, so that an untidy text is a function of its value and its whims. */
class Whims {
  readonly #numbers: readonly number[];
  #at = 0;
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  /** A number from 0 to below `below`. */
  next(below: number): number {
    return (this.#numbers[this.#at++ % this.#numbers.length] ?? 0) % below;
  }
  of<T>(items: readonly T[]): T {
    return items[this.next(items.length)]!;
  }
}

const scalar = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(
    '',
    'a',
    'n1',
    '15s',
    '90%',
    "it's",
    'a: b',
    '# no',
    '- x',
    '{',
    '*a',
    '&a',
    '!t',
    'true',
    '1',
    '~',
    '>= 90%',
  ),
  fc.constantFrom(
    'two\nlines',
    'a text\n\nof  parts\n',
    ' leading',
    'trailing ',
    'tab\there',
    'last\n\n',
    '\n',
    '\n  x',
    'a \nb',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const key = fc.constantFrom('a', 'b', 'at', 'for', 'x y', 'é', '1', '#k', 'on', 'k-', 'true');
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
}));

/** Text of a plan that YAML reads, with the value in it. */
export const untidy: fc.Arbitrary<string> = fc
  .record({
    inner: fc.dictionary(key, value, { minKeys: 1, maxKeys: 4 }),
    whims: fc.array(fc.nat(99), { minLength: 5, maxLength: 60 }),
  })
  .map(({ inner, whims }) => new Writer(new Whims(whims)).text({ plan: 1, ...inner }));

class Writer {
  readonly #whims: Whims;
  #comments = 0;
  constructor(whims: Whims) {
    this.#whims = whims;
  }

  text(plan: object): string {
    const lines = [...this.#between(0), ...this.#map(plan, this.#whims.of([0, 0, 0, 3])), ...this.#between(0)];
    const end = this.#whims.of(['\n', '\n', '\r\n']);
    return `${lines.join(end)}${this.#whims.of(['', end, end, `${end}${end}  ${end}`])}`;
  }

  #map(map: object, indent: number): string[] {
    return Object.entries(map).flatMap(([name, item], at) => [
      ...(at === 0 ? [] : this.#between(indent)),
      ...this.#value(`${' '.repeat(indent)}${this.#key(name)}:`, item, indent, this.#whims.next(2)),
    ]);
  }

  #list(list: readonly unknown[], indent: number): string[] {
    return list.flatMap((item, at) => [
      ...(at === 0 ? [] : this.#between(indent)),
      ...this.#value(`${' '.repeat(indent)}-`, item, indent, 1),
    ]);
  }

  /** `least`: how much deeper a list must be than what holds it. */
  #value(head: string, item: unknown, indent: number, least: number): string[] {
    const flow = this.#whims.next(3) === 0;
    if (typeof item === 'object' && item !== null && Object.keys(item).length > 0 && !flow) {
      const isList = Array.isArray(item);
      const deeper = indent + (isList ? least : 1) + this.#whims.next(4);
      const anchor = this.#whims.of(['', '', ' &anchor']);
      const lines = isList ? this.#list(item, deeper) : this.#map(item, deeper);
      // `-   at: 1`: the map begins on the line of its dash
      const compact = head.endsWith('-') && deeper > indent + 1 && anchor === '' && this.#whims.next(2) === 0;
      if (compact) return [`${head}${' '.repeat(deeper - indent - 1)}${lines[0]!.trimStart()}`, ...lines.slice(1)];
      return [`${head}${anchor}${this.#tail()}`, ...this.#between(deeper), ...lines];
    }
    const block = typeof item === 'string' && /\n/.test(item) && this.#whims.next(2) === 0;
    if (block) return this.#block(head, item, indent);
    const gap = ' '.repeat(1 + this.#whims.next(3));
    const text = this.#flow(item, indent);
    return `${head}${gap}${text}${this.#tail()}`.split('\n');
  }

  #block(head: string, text: string, indent: number): string[] {
    const deep = 1 + this.#whims.next(4);
    const chomping = text.endsWith('\n\n') || /^\n+$/.test(text) ? '+' : text.endsWith('\n') ? '' : '-';
    const lines = text.replace(/\n$/, '').split('\n');
    const told = /^[\n ]/.test(text) || this.#whims.next(2) === 0;
    const header = `${head} |${told ? deep : ''}${chomping}`;
    return [header, ...lines.map((line) => (line === '' ? '' : `${' '.repeat(indent + deep)}${line}`))];
  }

  #flow(item: unknown, indent: number): string {
    const break_ = () => this.#whims.of(['', ' ', ' ', '  ', `\n${' '.repeat(indent + 1 + this.#whims.next(4))}`]);
    const join = (parts: readonly string[]) => parts.map((part) => `${break_()}${part}${break_()}`).join(',');
    if (Array.isArray(item)) return `[${join(item.map((one) => this.#flow(one, indent)))}${break_()}]`;
    if (typeof item === 'object' && item !== null) {
      const entries = Object.entries(item).map(([name, one]) => `${this.#key(name)}: ${this.#flow(one, indent)}`);
      return `{${join(entries)}${break_()}}`;
    }
    if (typeof item !== 'string') return String(item);
    if (/^[a-z0-9]+[%s]$/.test(item)) return item;
    // a line break within quotes is a space
    const text = JSON.stringify(item).replace(/(?<=[a-z]) (?=[a-z])/g, () =>
      this.#whims.of([' ', `  \n${' '.repeat(indent + 2)}`]),
    );
    return this.#whims.next(3) === 0 && /^[a-z' ]+$/.test(item) ? `'${item.replaceAll("'", "''")}'` : text;
  }

  #key(name: string): string {
    return /^[a-z]+$/.test(name) && name !== 'true' ? name : JSON.stringify(name);
  }

  #tail(): string {
    return this.#whims.of(['', '', '', '  ', ` # c${this.#comments++}`, `    #c${this.#comments++}  `]);
  }

  /** Blank lines and comments between two lines. */
  #between(indent: number): string[] {
    const column = ' '.repeat(this.#whims.of([0, indent, indent, indent + 2, indent + 5]));
    return this.#whims.of([
      [],
      [],
      [],
      [''],
      ['', '  ', ''],
      [`${column}# c${this.#comments++}`],
      ['', `${column}#`, ''],
    ]);
  }
}
