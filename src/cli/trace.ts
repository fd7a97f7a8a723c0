import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { TraceEntry } from '../contract/index.ts';

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

/** The entries of a trace that are `wanted`. */
export function readTrace(path: string, wanted: (entry: TraceEntry) => boolean): TraceEntry[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line) => {
    if (line === '') return [];
    const entry = JSON.parse(line) as TraceEntry;
    return wanted(entry) ? [entry] : [];
  });
}
