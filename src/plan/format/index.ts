/**
 * The one layout of plans and inventories: two spaces a level, one space where there may be several, at most one blank line. Lines, keys, comments,
 * quotes and names stay as they are.
 */
import { isDeepStrictEqual } from 'node:util';
import { PlanRunError } from '../../base/errors.ts';
import { isMap } from '../blocks.ts';
import { INVENTORY } from '../inventory/language.ts';
import { looksLikeInventory } from '../inventory/recognize.ts';
import type { PlanFile } from '../parse-plan.ts';
import type { Problem } from '../problem.ts';
import { isPlan } from '../read-plan.ts';
import { decode } from '../text/decode.ts';
import { childPath } from '../text/path.ts';
import { readYaml } from '../text/read.ts';
import { Findings, type PlanSource } from '../text/source.ts';
import { layOut } from './layout.ts';
import { piecesOf } from './pieces.ts';

export type Formatted =
  | { readonly text: string }
  /** It is no YAML, or neither a plan nor an inventory. What it says is not looked at further. */
  | { readonly problems: readonly Problem[]; readonly source: PlanSource };

/** Lays a file out. Pure; linear in its size. @throws PlanRunError `bug` where the new text would not mean the same. */
export function format({ file, bytes }: PlanFile): Formatted {
  const decoded = decode(file, bytes);
  if ('problem' in decoded) return { problems: [decoded.problem], source: { file, text: '' } };
  const source = { file, text: decoded.text };
  const findings = readable(source);
  if (findings.problems.length > 0) return { problems: findings.inOrder(), source };
  const text = layOut(piecesOf(decoded.text.replaceAll('\r\n', '\n')));
  hold(source, text);
  return { text };
}

/** What keeps a text from being read as a plan or an inventory. */
function readable(source: PlanSource): Findings {
  const findings = new Findings(source);
  const value = readYaml(source.text, findings);
  if (looksLikeInventory(value)) {
    // once more, for the words
    const inventory = new Findings(source, INVENTORY);
    readYaml(source.text, inventory);
    return inventory;
  }
  if (findings.problems.length === 0) isPlan(value, findings);
  return findings;
}

/**
 * Compares what two texts say: all values, in their order, and all comments, anchors, aliases and tags.
 * @throws PlanRunError `bug` that names the line where they part.
 */
export function hold({ file, text }: PlanSource, formatted: string): void {
  const findings = new Findings({ file, text });
  const value = readYaml(text, findings);
  const again = new Findings({ file, text: formatted });
  const path = difference(value, readYaml(formatted, again), '');
  const line =
    again.problems.length > 0 ? again.problems[0]?.line : path === undefined ? undefined : findings.place(path).line;
  if (line !== undefined) throw changed(file, `the value at line ${line}`);
  const [marks, others] = [marksOf(text), marksOf(formatted)];
  const at = marks.findIndex((mark, index) => mark !== others[index]);
  if (at >= 0 || marks.length !== others.length)
    throw changed(file, `what stands at ${marks[at] ?? others[marks.length]}`);
}

function changed(file: string, what: string): PlanRunError {
  return new PlanRunError('bug', `${file}: formatting would change ${what}; the file is left as it is`);
}

/** The path of the first value that is another; undefined where there is none. Keys count in their order. */
function difference(one: unknown, other: unknown, path: string): string | undefined {
  if (isMap(one) && isMap(other)) {
    const keys = Object.keys(one);
    if (!isDeepStrictEqual(keys, Object.keys(other))) return path;
    return keys
      .map((key) => difference(one[key], other[key], childPath(path, key)))
      .find((found) => found !== undefined);
  }
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    return one.map((item, at) => difference(item, other[at], childPath(path, at))).find((found) => found !== undefined);
  }
  return isDeepStrictEqual(one, other) ? undefined : path;
}

const MARKS = ['comment', 'anchor', 'alias', 'tag'];

function marksOf(text: string): string[] {
  const pieces = piecesOf(text.replaceAll('\r\n', '\n'));
  return pieces.filter(({ type }) => MARKS.includes(type)).map((piece) => piece.text);
}
