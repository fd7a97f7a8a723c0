const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const BLANK = /[\s,]/;
/** Ends a symbol, a keyword or a number. */
const DELIMITER = /[\s,()[\]{}";]/;
const CHARACTERS: Readonly<Record<string, string>> = { newline: '\n', space: ' ', tab: '\t', return: '\r' };
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '"': '"', '\\': '\\' };
const INTEGER = /^([+-]?\d+)N?$/;
const FLOAT = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?M?$/;
const RATIO = /^([+-]?\d+)\/(\d+)$/;
/** What stands there says nothing: `#_ discarded`, or the map or list is over. */
const NOTHING = Symbol('nothing');

/** Text that is not EDN: what was met instead. */
export class EdnError extends Error {}

/**
 * The value of one EDN form (github.com/edn-format/edn), as JSON has it: keywords and symbols are strings, sets sorted lists,
 * maps and records objects, a tagged value is the value itself, a character a string. A whole number that a double cannot
 * hold is the string of its digits: two of them must not become one. Undefined where all that stands there is discarded (`#_ {}`).
 * @throws EdnError
 */
export function parseEdn(text: string): unknown {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The first form that is not discarded; undefined where all are. */
  value(): unknown {
    for (let discarded = false; ; discarded = true) {
      this.#skip();
      if (discarded && this.#at >= this.#text.length) return undefined;
      const value = this.#read();
      if (value !== NOTHING) return value;
    }
  }

  #form(): unknown {
    const value = this.value();
    return value === undefined ? fail('it ends within a value') : value;
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) fail(`${this.#shown()} follows the value`);
  }

  #read(): unknown {
    const char = this.#text[this.#at];
    switch (char) {
      case undefined:
        return fail('it ends within a value');
      case '(':
      case '[':
        return this.#items(char);
      case '{':
        return this.#map();
      case '"':
        return this.#string();
      case '\\':
        return this.#character();
      case '#':
        return this.#dispatch();
      case ')':
      case ']':
      case '}':
        return fail(`"${char}" closes nothing`);
      default:
        return atom(this.#token());
    }
  }

  /** Past blanks, commas and comments. */
  #skip(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at] as string;
      if (char === ';') {
        const end = this.#text.indexOf('\n', this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else if (!BLANK.test(char)) return;
    }
  }

  /** The forms up to the bracket that closes the one here. */
  #items(opening: string): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    for (;;) {
      this.#skip();
      if (this.#at >= this.#text.length) fail(`"${opening}" is not closed`);
      if (this.#text[this.#at] === CLOSING[opening]) break;
      const item = this.#read();
      if (item !== NOTHING) items.push(item);
    }
    this.#at++;
    return items;
  }

  #map(): Record<string, unknown> {
    const items = this.#items('{');
    if (items.length % 2 === 1) fail(`the key ${JSON.stringify(items.at(-1))} has no value`);
    const map: Record<string, unknown> = {};
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      const name = typeof key === 'string' ? key : JSON.stringify(key);
      // As a field of its own, even where it is called __proto__.
      Object.defineProperty(map, name, { value: items[i + 1], enumerable: true, writable: true, configurable: true });
    }
    return map;
  }

  #string(): string {
    let text = '';
    for (this.#at++; ; this.#at++) {
      const char = this.#text[this.#at];
      if (char === undefined) fail('a string is not closed');
      if (char === '"') break;
      text += char === '\\' ? this.#escape() : char;
    }
    this.#at++;
    return text;
  }

  #escape(): string {
    const char = this.#text[++this.#at] ?? '';
    if (char !== 'u') return ESCAPES[char] ?? fail(`\\${char} means nothing in a string`);
    const digits = this.#text.slice(this.#at + 1, this.#at + 5);
    if (!/^[\da-fA-F]{4}$/.test(digits)) fail(`\\u${digits} is no character`);
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  /** `\a`, `\newline`, `\u0041`; the character may be a bracket. */
  #character(): string {
    const first = this.#text[++this.#at] ?? fail('it ends within a character');
    this.#at++;
    const name = first + this.#token();
    if (name.length === 1) return name;
    if (/^u[\da-fA-F]{4}$/.test(name)) return String.fromCharCode(Number.parseInt(name.slice(1), 16));
    return CHARACTERS[name] ?? fail(`\\${name} is no character`);
  }

  #dispatch(): unknown {
    this.#at++;
    const char = this.#text[this.#at];
    if (char === '{') return this.#items('{').sort(order);
    if (char === '_') {
      this.#at++;
      this.#form();
      return NOTHING;
    }
    if (char === '#') {
      this.#at++;
      return SYMBOLIC[this.#token()] ?? fail('## is followed by none of Inf, -Inf, NaN');
    }
    if (char === '"') return this.#string();
    // #inst "2026-...", #jepsen.history.Op{:index 0, ...}
    if (this.#token() === '') fail('# is followed by no tag');
    return this.#form();
  }

  #token(): string {
    const from = this.#at;
    while (this.#at < this.#text.length && !DELIMITER.test(this.#text[this.#at] as string)) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  #shown(): string {
    const rest = this.#text.slice(this.#at);
    return JSON.stringify(rest.length <= 30 ? rest : `${rest.slice(0, 27)}...`);
  }
}

/** JSON has no such numbers. */
const SYMBOLIC: Readonly<Record<string, string>> = { Inf: 'Infinity', '-Inf': '-Infinity', NaN: 'NaN' };

function atom(token: string): unknown {
  switch (token) {
    case 'nil':
      return null;
    case 'true':
      return true;
    case 'false':
      return false;
  }
  const digits = INTEGER.exec(token)?.[1];
  if (digits !== undefined) return exactly(digits);
  if (FLOAT.test(token)) return Number(token.replace(/M$/, ''));
  const ratio = RATIO.exec(token);
  if (ratio !== null) return Number(ratio[1]) / Number(ratio[2]);
  if (/^[+-]?\d/.test(token)) fail(`${token} is no number`);
  return token.startsWith(':') ? token.slice(1) : token;
}

/** The whole number that digits say; where a double says others, the digits: two of them must not become one. */
export function exactly(digits: string): number | string {
  const value = Number(digits);
  return Number.isSafeInteger(value) || String(value) === digits ? value : digits;
}

function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : Number(left > right);
}

function fail(message: string): never {
  throw new EdnError(message);
}
