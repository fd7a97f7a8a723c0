/** What deciding whether a register is linearizable takes: each history in a process of its own, which reads it, and decides five times. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Call } from '../../src/checker/linearizable/call.ts';
import { decideRegister } from '../../src/checker/linearizable/register/index.ts';
import { type History, historyFromFile, historyOf, type Op, readLines } from '../../src/history/index.ts';
import { callsOf } from '../oracle/calls.ts';
import { type RegisterLoad, registerOps, writeHistory } from './registers.ts';

export interface Decided {
  readonly valid: boolean | 'unknown';
  /** Reading and pairing, once; deciding, the median of five. */
  readonly parseMs: number;
  readonly checkMs: number;
  /** The most memory that the process had. */
  readonly megabytes: number;
}

/** `unwritten`: one read near the end gives what nobody wrote; `elsewhen`: what was there at another time. */
export type Spoilt = 'unwritten' | 'elsewhen';

export function measureRegister(load: RegisterLoad, spoilt?: Spoilt): Decided {
  const folder = mkdtempSync(join(tmpdir(), 'plan-run-bench-'));
  try {
    const path = join(folder, 'history.jsonl');
    writeHistory(path, spoilt === undefined ? registerOps(load) : spoil([...registerOps(load)], spoilt));
    return decidedAlone([{ path }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All etcd logs of a manifest of histories with known verdicts, together. */
export function measureEtcdLogs(
  manifest: string,
  entries: readonly CorpusEntry[],
): Decided & { readonly count: number } {
  const files = entries
    .filter(({ id }) => /etcd-\d+$/.test(id))
    .map(({ file, expect }) => ({ path: join(dirname(manifest), file), valid: expect.valid }));
  return { ...decidedAlone(files), count: files.length };
}
export interface CorpusEntry {
  readonly id: string;
  readonly file: string;
  readonly expect: { readonly valid: boolean | 'unknown' };
}

interface File {
  readonly path: string;
  /** Where it is known. */
  readonly valid?: boolean | 'unknown';
}

function decidedAlone(files: readonly File[]): Decided {
  const argv = [process.argv[1] as string, 'in-linearizable', JSON.stringify(files)];
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' }));
}

/** The part in the process of its own. */
export function decide(files: readonly File[]): Decided {
  const begin = performance.now();
  const registers = files.map(({ path, valid }) =>
    callsOf(valid === undefined ? historyFromFile(path) : timeless(path)),
  );
  const parseMs = performance.now() - begin;
  let valid: Decided['valid'] = true;
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    const verdicts = registers.map((calls) => decision(calls).valid);
    const took = performance.now() - start;
    valid = verdicts.includes('unknown') ? 'unknown' : !verdicts.includes(false);
    const wrong = files.find((file, i) => file.valid !== undefined && file.valid !== verdicts[i]);
    if (wrong !== undefined) throw new Error(`not the known verdict: ${wrong.path}`);
    return took;
  });
  const checkMs = times.sort((a, b) => a - b)[2] as number;
  return { valid, parseMs, checkMs, megabytes: process.resourceUsage().maxRSS / 1000 };
}

function decision(calls: readonly Call[]) {
  return decideRegister(calls, { initial: null, nilRead: 'absent', cas: true }, { timeMs: 60_000, memoryBytes: 1e9 });
}

/** A history of the corpus: its operations have no times. */
function timeless(path: string): History {
  return historyOf([...readLines(path)].map((line) => ({ time: 0, ...JSON.parse(line) })));
}

/** The first read after nine tenths of the history that can be given a value with which it is not linearizable. */
function spoil(ops: readonly Op[], spoilt: Spoilt): Op[] {
  for (let i = Math.floor(ops.length * 0.9); i < ops.length; i++) {
    const { f, type } = ops[i] as Op;
    if (f !== 'read' || type !== 'ok') continue;
    for (const value of spoilt === 'unwritten' ? [99] : [0, 1, 2, 3, 4]) {
      const changed = ops.with(i, { ...(ops[i] as Op), value });
      if (decision(callsOf(historyOf(changed))).valid === false) return changed;
    }
  }
  throw new Error('every other value fits: take another seed');
}
