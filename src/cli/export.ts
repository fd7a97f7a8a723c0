/** `plan-run export`: a history for other tools. */
import { once } from 'node:events';
import { join } from 'node:path';
import { EXIT, PlanRunError } from '../base/errors.ts';
import { type History, historyFromFile, keyed, nameOfKey, type Op, toEdn } from '../history/index.ts';
import { rereadable } from './spool.ts';
import { endOfRun, runFolderOf } from './stored.ts';

export interface ExportOptions {
  readonly format: string;
  readonly key?: string;
}

/** Lines held before they are written. */
const BATCH = 1000;

const WRITE: Readonly<Record<string, (op: Op) => string>> = {
  edn: toEdn,
  json: (op) => JSON.stringify(op),
  jsonl: (op) => JSON.stringify(op),
};

/** Writes to stdout: EDN an operation a line, JSON as one array, JSON Lines. @throws PlanRunError. */
export async function exportCommand(path: string, { format, key }: ExportOptions): Promise<number> {
  const folder = runFolderOf(path);
  const history =
    folder === undefined
      ? historyFromFile(await rereadable(path), { strict: true, name: path })
      : historyFromFile(join(folder, 'history.jsonl'), { strict: true, torn: !endOfRun(folder).finished });
  const wanted = key === undefined ? undefined : keyCalled(key, history);
  if (key !== undefined && wanted === undefined)
    throw new PlanRunError('usage', `No operation of ${path} has the key ${key}`);
  const write = WRITE[format] as (op: Op) => string;
  const [before, between, after] = format === 'json' ? ['[', ',\n', ']\n'] : ['', '\n', '\n'];
  let batch: string[] = [];
  let written = 0;
  for (const op of history.ops()) {
    const own = wanted === undefined ? op : onKey(op, wanted);
    if (own === undefined) continue;
    batch.push(`${written++ === 0 ? before : between}${write(own)}`);
    if (batch.length < BATCH) continue;
    await out(batch.join(''));
    batch = [];
  }
  await out(`${batch.join('')}${written === 0 ? (format === 'json' ? '[]\n' : '') : after}`);
  return EXIT.expected;
}

/** The name of the key that is called so, with or without quotes around a string that looks like a number; undefined where there is none. */
function keyCalled(text: string, history: History): string | undefined {
  let plain: string | undefined;
  for (const { process, value } of history.ops()) {
    const pair = process === 'nemesis' ? undefined : keyed(value);
    if (pair === undefined) continue;
    const name = nameOfKey(pair[0]);
    if (name === text) return name;
    if (pair[0] === text) plain = name;
  }
  return plain;
}

/** The operation without its key; undefined where it is on another, or on none. */
function onKey(op: Op, wanted: string): Op | undefined {
  if (op.process === 'nemesis') return undefined;
  const pair = keyed(op.value);
  return pair !== undefined && nameOfKey(pair[0]) === wanted ? { ...op, value: pair[1] } : undefined;
}

/** Waits for a reader that is slower than we are; of one that is gone the command line takes care. */
async function out(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain').catch(() => {});
}
