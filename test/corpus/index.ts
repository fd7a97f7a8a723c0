/**
 * `npm run corpus -- PATH/manifest.json [--only CHECKER,...] [--originals]`: has every history of a corpus judged by the code of `plan-run
 * check`, and tells where the verdict, or a detail that the manifest asserts, is another. `--only` takes the manifest's names of checkers;
 * `--originals` judges the EDN files beside, of which only the verdict counts. Ends with `N of M right`; exits 1 where any differs, 64 where
 * it is called wrongly. Entries that are disputed are told, and not counted.
 */
import { parseArgs } from 'node:util';
import { makeRegistry } from '../../src/cli/registry.ts';
import { judgeEntry } from './judge.ts';
import { type Entry, readManifest } from './manifest.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, originals: { type: 'boolean', default: false } },
});
const [path] = positionals;
if (path === undefined || positionals.length > 1) {
  process.stderr.write('usage: npm run corpus -- PATH/manifest.json [--only CHECKER,...] [--originals]\n');
  process.exit(64);
}

const { entries, pathOf } = readManifest(path);
const only = values.only?.split(',').map((name) => name.trim());
const unknown = only?.filter((name) => !entries.some(({ checker }) => checker === name)) ?? [];
if (unknown.length > 0) {
  const names = [...new Set(entries.map(({ checker }) => checker))].sort();
  process.stderr.write(`no entry is of ${unknown.join(', ')}; there are ${names.join(', ')}\n`);
  process.exit(64);
}
const isWanted = ({ checker, original }: Entry) =>
  (only === undefined || only.includes(checker)) && (!values.originals || original?.endsWith('.edn') === true);

const registry = makeRegistry();
let right = 0;
let counted = 0;
for (const entry of entries.filter(isWanted)) {
  const file = values.originals ? (entry.original as string) : entry.file;
  const differences = await judgeEntry(entry, pathOf(file), registry, values.originals);
  const disputed = entry.verification === 'disputed';
  if (!disputed) counted++;
  if (!disputed && differences.length === 0) right++;
  if (differences.length === 0 && !disputed) continue;
  process.stdout.write(`${entry.id} (${entry.checker})${disputed ? ', disputed, not counted' : ''}\n`);
  for (const difference of differences) process.stdout.write(`  ${difference}\n`);
}
process.stdout.write(`${right} of ${counted} right\n`);
process.exitCode = right === counted ? 0 : 1;
