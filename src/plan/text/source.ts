import type { Place } from '../plan.ts';
import type { Problem } from '../problem.ts';
import { type FileKind, PLAN } from './kind.ts';
import { parentPath } from './path.ts';

/** Start and end in UTF-16 units from the beginning of the text; the end is behind the last. */
export type Range = readonly [start: number, end: number];

/** Where a value stands in the text, and the key before it. */
export interface Spot {
  readonly key?: Range;
  readonly value: Range;
}

/** The text of a plan or an inventory, for showing problems in it. */
export interface PlanSource {
  readonly file: string;
  /** Empty where the file could not be decoded. */
  readonly text: string;
}

/** What a problem is about, in the file's own terms. */
export interface Finding {
  readonly rule: Problem['rule'];
  readonly severity?: Problem['severity'];
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Whether the key or the value is at fault; default: the value. */
  readonly at?: 'key' | 'value';
}

/** Collects problems of one file and finds out where in the text each stands. */
export class Findings {
  readonly problems: Problem[] = [];
  /** Argument of the command line that brought a value in, by its path: `--set seed=7`. */
  readonly overrides = new Map<string, string>();
  readonly spots = new Map<string, Spot>();
  readonly kind: FileKind;
  readonly #source: PlanSource;
  readonly #lineStarts: number[];

  constructor(source: PlanSource, kind: FileKind = PLAN) {
    this.kind = kind;
    this.#source = source;
    this.#lineStarts = [0, ...[...source.text.matchAll(/\r\n?|\n/g)].map((end) => end.index + end[0].length)];
  }

  /** Reports something about the value at a path. */
  add(finding: Finding): void {
    // of a value that YAML could not make out, nothing more can be said
    if (this.problems.some(({ rule, path }) => rule === 'yaml-syntax' && path === finding.path)) return;
    const override = this.#overrideOf(finding.path);
    this.addAt(this.#range(finding.path, finding.at ?? 'value'), finding, override);
  }

  /** Reports something about a piece of the text. */
  addAt(range: Range, { rule, severity = 'error', path, message, hint }: Finding, override?: string): void {
    const start = this.position(range[0]);
    const end = this.position(Math.max(range[1], range[0] + 1));
    this.problems.push({
      rule,
      severity,
      message,
      file: this.#source.file,
      line: start.line,
      column: start.column,
      endLine: end.line,
      endColumn: end.column,
      path,
      ...(hint === undefined ? {} : { hint }),
      ...(override === undefined ? {} : { override }),
    });
  }

  /** All that was found, in the order of the text. What stands in one place and is used by many aliases is said once. */
  inOrder(): Problem[] {
    const said = new Map<string, Problem>();
    for (const problem of this.problems) {
      const key = JSON.stringify([problem.line, problem.column, problem.message, problem.override]);
      if (!said.has(key)) said.set(key, problem);
    }
    return [...said.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  }

  /** Where the key of `path` stands, or its value where it has no key. */
  place(path: string): Place {
    return { path, ...this.position(this.#range(path, 'key')[0]) };
  }

  /** Line and column, from 1, of an offset in the text. */
  position(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }

  /** Whether an error was found at `path` or below. */
  failedBelow(path: string): boolean {
    return this.problems.some(
      (problem) =>
        problem.severity === 'error' &&
        problem.path.startsWith(path) &&
        (path === '' || /^($|[.[])/.test(problem.path.slice(path.length))),
    );
  }

  /** The text's range for a path; for one that the text does not have (a default, an override), of what holds it. */
  #range(path: string, at: 'key' | 'value'): Range {
    const spot = this.spots.get(path);
    if (spot === undefined) return path === '' ? [0, 1] : this.#range(parentPath(path), 'key');
    if (spot.key === undefined) return spot.value;
    // a value over several lines, or none at all, is better shown by its key
    const value = this.#source.text.slice(...spot.value);
    return at === 'key' || value.trim() === '' || /[\r\n]/.test(value.trim()) ? spot.key : spot.value;
  }

  #overrideOf(path: string): string | undefined {
    for (let here = path; ; here = parentPath(here)) {
      const override = this.overrides.get(here);
      if (override !== undefined || here === '') return override;
    }
  }
}
