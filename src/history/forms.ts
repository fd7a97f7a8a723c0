import type { Window } from './window.ts';

const [QUOTE, BACKSLASH, SEMICOLON, NEWLINE] = Array.from(Buffer.from('"\\;\n')) as [number, number, number, number];
const OPENING: ReadonlySet<number> = new Set(Buffer.from('([{'));
const CLOSING: ReadonlySet<number> = new Set(Buffer.from(')]}'));
const LIST: ReadonlySet<number> = new Set(Buffer.from('(['));
const BLANK: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n,'));

/** A value at the top of a file, or in the list that is all of it. */
export interface Form {
  /** It may begin with what is discarded (`#_ x {...}`), or be no more than that. */
  readonly text: string;
  /** Of its first character, 1-based. */
  readonly line: number;
}

/**
 * Splits a file of EDN or JSON into its forms without reading them: one after another, or in one list around them all, of which
 * each ends with a bracket, for an operation is a map. No more than one form is in memory. The last may be cut off, and so is the
 * list where `ended` of the result is false.
 */
export function* forms(window: Window): Generator<Form, { ended: boolean; line: number }> {
  let line = 1;
  let state: 'code' | 'string' | 'comment' = 'code';
  /** Where the form at hand begins, from the window's start, and on which line; -1 between forms. */
  let from = -1;
  let formLine = 1;
  let depth = 0;
  let list: 'unseen' | 'none' | 'open' | 'closed' = 'unseen';
  for (let at = 0; ; at++) {
    if (window.start + at >= window.end) {
      if (from < 0) {
        window.start += at;
        at = 0;
      }
      if (!window.more()) break;
    }
    const byte = window.bytes[window.start + at] as number;
    if (byte === NEWLINE) line++;
    if (state === 'comment') {
      if (byte === NEWLINE) state = 'code';
      continue;
    }
    if (state === 'string') {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) state = 'code';
      continue;
    }
    if (byte === SEMICOLON) {
      state = 'comment';
      continue;
    }
    if (from < 0) {
      if (BLANK.has(byte)) continue;
      if (list === 'unseen') {
        list = LIST.has(byte) ? 'open' : 'none';
        if (list === 'open') continue;
      }
      if (list === 'open' && CLOSING.has(byte)) {
        list = 'closed';
        continue;
      }
      from = at;
      formLine = line;
    }
    if (byte === QUOTE) state = 'string';
    // A character, which may be a bracket: \{
    else if (byte === BACKSLASH) at++;
    else if (OPENING.has(byte)) depth++;
    else if (CLOSING.has(byte) && --depth <= 0) {
      yield form(window, from, at + 1, formLine);
      window.start += at + 1;
      at = -1;
      from = -1;
      depth = 0;
    }
  }
  if (from >= 0) yield form(window, from, window.end - window.start, formLine);
  return { ended: list !== 'open', line };
}

function form(window: Window, from: number, to: number, line: number): Form {
  return { text: window.bytes.toString('utf8', window.start + from, window.start + to), line };
}
