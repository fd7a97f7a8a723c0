import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A history and what it must give: one entry of a corpus's manifest.json. Paths are relative to the manifest. */
export interface Entry {
  readonly id: string;
  readonly file: string;
  /** The same operations as they were published, `.edn` where in Jepsen's format. */
  readonly original?: string;
  readonly checker: string;
  readonly model?: string | null;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly expect: Expected;
  /** `disputed`: the source's verdict is not what the history really is. */
  readonly verification?: string;
}

/** What is not named here is not compared, and is told. */
export interface Expected {
  readonly valid: true | false | 'unknown';
  readonly details?: Readonly<Record<string, unknown>>;
  readonly anomalies?: readonly string[];
  /** Whether these are all there are; else at least these. */
  readonly anomaliesExact?: boolean;
  /** Consistency models that do not hold: the weakest. */
  readonly not?: readonly string[];
  readonly error?: unknown;
}

export interface Manifest {
  readonly entries: readonly Entry[];
  /** An entry's path on this machine. */
  pathOf(file: string): string;
}

export function readManifest(path: string): Manifest {
  const folder = dirname(resolve(path));
  const entries: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(entries)) throw new TypeError(`${path} is not a list of entries`);
  return { entries, pathOf: (file) => resolve(folder, file) };
}
