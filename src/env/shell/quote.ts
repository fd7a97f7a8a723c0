import { assert } from '../../base/assert.ts';

/**
 * One word for a POSIX shell, whatever is in it: nothing is special between single quotes but the quote
 * itself (POSIX.1-2017, Shell Command Language, 2.2.2). A NUL can stand in no argument, so none is accepted.
 */
export function quote(word: string): string {
  assert(!word.includes('\0'), 'no argument holds a NUL');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A word of a command line that is shown to a person: quoted where a shell would not take it as it is. */
export function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quote(text);
}
