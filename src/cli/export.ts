/** `plan-run export`: a history for other tools. */
import { once } from 'node:events';
import { EXIT, PlanRunError } from '../base/errors.ts';
import { historyFromFile, keyed, nameOfKey, type Op, toEdn } from '../history/index.ts';
import { storedRunOf } from './stored.ts';

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
  const history = historyFromFile(storedRunOf(path)?.historyPath ?? path, { strict: true });
  const write = WRITE[format] as (op: Op) => string;
  const [before, between, after] = format === 'json' ? ['[', ',\n', ']\n'] : ['', '\n', '\n'];
  let batch: string[] = [];
  let written = 0;
  for (const op of history.ops()) {
    const own = key === undefined ? op : onKey(op, key);
    if (own === undefined) continue;
    batch.push(`${written++ === 0 ? before : between}${write(own)}`);
    if (batch.length < BATCH) continue;
    await out(batch.join(''));
    batch = [];
  }
  if (key !== undefined && written === 0) throw new PlanRunError('usage', `No operation of ${path} has the key ${key}`);
  await out(`${batch.join('')}${written === 0 ? (format === 'json' ? '[]\n' : '') : after}`);
  return EXIT.expected;
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
