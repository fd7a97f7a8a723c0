import { closeSync, openSync, writeSync } from 'node:fs';
import { PlanRunError } from '../base/errors.ts';
import type { TraceEntry } from '../contract/index.ts';
import { readLines } from '../history/index.ts';

const CHUNK = 500;

/** The trace of a simulation, as JSON Lines: what the nodes said and did, in the order of virtual time. */
export class TraceFile {
  readonly #fd: number;
  #lines: string[] = [];
  /** What the file system has refused: the trace ends there, the run does not. */
  error: unknown;

  /** @throws the file system's error. */
  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  add(entry: TraceEntry): void {
    this.#lines.push(`${JSON.stringify(entry)}\n`);
    if (this.#lines.length >= CHUNK) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    const text = this.#lines.join('');
    this.#lines = [];
    if (this.error !== undefined) return;
    try {
      writeSync(this.#fd, text);
    } catch (error) {
      this.error = error;
    }
  }
}

/** The entries of a trace that are `wanted`, read by chunks. A last line that was cut is left out, as in a history. @throws PlanRunError `refused`. */
export function readTrace(path: string, wanted: (entry: TraceEntry) => boolean): TraceEntry[] {
  const found: TraceEntry[] = [];
  let number = 0;
  for (const line of readLines(path)) {
    number++;
    const entry = parsed(line, path, number);
    if (wanted(entry)) found.push(entry);
  }
  return found;
}

function parsed(line: string, path: string, number: number): TraceEntry {
  try {
    return JSON.parse(line) as TraceEntry;
  } catch (cause) {
    throw new PlanRunError('refused', `${path}:${number}: not JSON: ${line.slice(0, 60)}`, { cause });
  }
}
