import type { Static, TSchema } from 'typebox';

/**
 * What every module declares about itself. A module is one constant: the plan schema, the editor's hover,
 * the generated reference and "did you mean" all come from it. It must be light to load: drivers and other
 * heavy parts are imported inside the functions that need them.
 */
export interface Module<Kind extends string, S extends TSchema> {
  readonly kind: Kind;
  /** The key that names the module in a plan: kebab-case. */
  readonly name: string;
  /** One sentence for the reference and the editor. */
  readonly summary: string;
  /** JSON Schema of the module's settings, with a description, default and examples for every key. */
  readonly settings: S;
}

export type Settings<S extends TSchema> = Static<S>;

/** A module as a plan uses it: its name, its settings with the defaults filled in. */
export interface Use {
  readonly name: string;
  readonly settings: unknown;
}
