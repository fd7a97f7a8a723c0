import { createReadStream } from 'node:fs';
import { printable } from '../../base/printable.ts';
import type { NodeLog } from '../../contract/index.ts';
import type { Hit, Search } from './index.ts';

const HITS_MAX = 100;
const TEXT_MAX = 300;
/** Characters of a line that are looked at together. */
const LINE_MAX = 64 * 1024;

/** Looks for patterns in logs, line by line. @throws the signal's reason; the file system's error for a log that cannot be read. */
export async function search(
  logs: readonly NodeLog[],
  patterns: readonly { readonly source: string; readonly pattern: RegExp }[],
  signal: AbortSignal | undefined,
): Promise<Search> {
  const found: Hit[] = [];
  const by_pattern: Record<string, number> = {};
  let lines = 0;
  let matches = 0;
  for (const { node, file, path } of logs) {
    let line = 0;
    for await (const { text, isNew } of linesOf(path, signal)) {
      if (isNew) line++;
      const hit = patterns.find(({ pattern }) => pattern.test(text));
      if (hit === undefined) continue;
      matches++;
      by_pattern[hit.source] = (by_pattern[hit.source] ?? 0) + 1;
      if (found.length < HITS_MAX)
        found.push({ node, file, line, pattern: hit.source, text: around(text, hit.pattern) });
    }
    lines += line;
  }
  return { files: logs.length, lines, matches, by_pattern, found };
}

/** The lines of a file, the last one though it has no end; of a long one its parts, of which the first is new. */
async function* linesOf(
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ text: string; isNew: boolean }> {
  let rest = '';
  let isNew = true;
  for await (const chunk of createReadStream(path, { encoding: 'utf8', ...(signal && { signal }) })) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() as string;
    for (const text of parts) {
      yield { text, isNew };
      isNew = true;
    }
    if (rest.length > LINE_MAX) {
      yield { text: rest, isNew };
      rest = '';
      isNew = false;
    }
  }
  if (rest !== '') yield { text: rest, isNew };
}

/** The part of a line that shows the match, without what could command a terminal. */
function around(text: string, pattern: RegExp): string {
  const from = Math.max(0, (pattern.exec(text)?.index ?? 0) - TEXT_MAX / 2);
  return printable(text.slice(from, from + TEXT_MAX).trim());
}
