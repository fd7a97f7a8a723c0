import { PlanRunError } from './errors.ts';

const PLACEHOLDER = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Secrets that a plan names as `${env:NAME}`. Plan, timeline and store keep the placeholder; only what is handed
 * to a module has the value, and whatever comes back from there (errors, logs) is redacted to the placeholder.
 */
export class Secrets {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #whose: string;
  readonly #seen = new Map<string, string>();

  /** @param whose names, in errors, what the placeholders stand in. */
  constructor(env: Readonly<Record<string, string | undefined>>, whose = 'The plan') {
    this.#env = env;
    this.#whose = whose;
  }

  /** Whether any secret has been handed out: nothing has to be redacted before. */
  get used(): boolean {
    return this.#seen.size > 0;
  }

  /** A copy of a JSON value with every placeholder replaced. @throws PlanRunError `refused` for an unset variable. */
  resolve<T>(value: T): T {
    if (typeof value === 'string') return value.replace(PLACEHOLDER, (_, name: string) => this.#value(name)) as T;
    if (Array.isArray(value)) return value.map((item) => this.resolve(item)) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.resolve(item)])) as T;
  }

  /** The text with every secret handed out so far put back to its placeholder: also where it stands within JSON. */
  redact(text: string): string {
    let redacted = text;
    // One may be a part of another: the longest first.
    const longestFirst = [...this.#seen].sort(([, a], [, b]) => b.length - a.length);
    for (const [name, value] of longestFirst) {
      for (const form of new Set([value, JSON.stringify(value).slice(1, -1)])) {
        redacted = redacted.replaceAll(form, () => `\${env:${name}}`);
      }
    }
    return redacted;
  }

  #value(name: string): string {
    const value = this.#env[name];
    if (value === undefined || value === '') {
      throw new PlanRunError('refused', `${this.#whose} uses \${env:${name}}, but ${name} is not set`, {
        hint: `set it: export ${name}=...`,
      });
    }
    this.#seen.set(name, value);
    return value;
  }
}
