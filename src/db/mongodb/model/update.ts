/** What an update makes of a document, and how it and its entry are told of. */
import { assert } from '../../../base/assert.ts';
import type { Entry, Oplog } from './oplog.ts';
import type { Find, Update } from './wire.ts';

/** What an entry says of documents. */
type Written = Pick<Entry, 'doc' | 'number'>;

/** What the update writes after all that is in the log; undefined where the document is not the expected one. */
export function written(update: Update, oplog: Oplog): Written | undefined {
  if ('element' in update) {
    const { element, expected } = update;
    const { doc } = oplog;
    if (expected !== 'any' && expected !== doc) return undefined;
    return { doc: { element, before: doc, size: (doc?.size ?? 0) + 1 } };
  }
  const { id, change } = update;
  const held = oplog.numberAt(id, oplog.length);
  if (change.expected !== undefined && held !== change.expected) return undefined;
  const value = change.set ?? (held ?? 0) + (change.inc ?? 0);
  return { doc: undefined, number: { id, value } };
}

/** The document that is asked for, as it was after the first `count` entries. */
export function found({ id }: Find, oplog: Oplog, count = oplog.length) {
  return id === undefined ? oplog.docAt(count) : oplog.numberAt(id, count);
}

/** What is written, in words, and the element of the set that it is about, if any. */
export function told(what: Update | Written): { readonly words: string; readonly elements: readonly number[] } {
  if ('element' in what) return { words: String(what.element), elements: [what.element] };
  if ('change' in what) {
    const { set, inc } = what.change;
    return { words: set === undefined ? `${what.id} + ${inc}` : `${what.id} = ${set}`, elements: [] };
  }
  if (what.doc !== undefined) return { words: String(what.doc.element), elements: [what.doc.element] };
  assert(what.number !== undefined, 'only what changes a document is told of');
  return { words: `${what.number.id} = ${what.number.value}`, elements: [] };
}
