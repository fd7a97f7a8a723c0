import { isUtf8 } from 'node:buffer';
import { messageOf } from '../../base/errors.ts';
import type { Problem } from '../problem.ts';
import { type FileKind, PLAN, wrongKind } from './kind.ts';

/** No plan is larger; whoever reads a file need not read further. */
export const PLAN_SIZE_MAX_BYTES = 1024 * 1024;

/** The text of a plan's or an inventory's file, or why it cannot be one. A byte order mark is left out. */
export function decode(
  file: string,
  bytes: Uint8Array,
  { name, a }: FileKind = PLAN,
): { text: string } | { problem: Problem } {
  const refuse = (rule: Problem['rule'], message: string, hint?: string, line = 1, column = 1) => ({
    problem: fileProblem(file, rule, message, hint, line, column),
  });
  if (bytes.length > PLAN_SIZE_MAX_BYTES) {
    return refuse('file-too-large', `this file is larger than 1 MB; no ${name} is`, 'is it the right file?');
  }
  if (bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
    return refuse('not-utf8', `this file is UTF-16; ${a} is UTF-8`, 'save it as UTF-8 in your editor');
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    const message = `this is not text: it has a NUL byte at offset ${nul}`;
    return refuse('wrong-kind', message, `${a} is a YAML file; is it the right file?`);
  }
  if (!isUtf8(bytes)) {
    const bad = firstBadByte(bytes);
    const before = Buffer.from(bytes.subarray(0, bad)).toString('utf8');
    const line = before.split('\n').length;
    const hex = bytes[bad]?.toString(16).padStart(2, '0');
    const message = `this file is not UTF-8: byte 0x${hex} at offset ${bad} belongs to no character`;
    const column = before.length - before.lastIndexOf('\n');
    return refuse('not-utf8', message, 'save it as UTF-8 in your editor', line, column);
  }
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') return refuse('file-empty', 'this file is empty', `${a} begins with \`${name}: 1\``);
  const kind = wrongKind(text, { name, a });
  return kind === undefined ? { text } : refuse('wrong-kind', `this is ${kind.what}, not ${a}`, kind.hint);
}

/** A problem of a file that could not be read at all: `error` is what the file system said. */
export function problemForFile(file: string, error: unknown, { a }: FileKind = PLAN): Problem {
  const said: Record<string, [message: string, hint?: string]> = {
    ENOENT: [
      /[*?{}[\]]/.test(file) ? 'no file matches this pattern' : 'there is no such file',
      'is the path right, seen from the current directory?',
    ],
    ENOTDIR: ['there is no such file', 'a part of the path is a file, not a directory'],
    EISDIR: [`this is a directory, not ${a}`, `name the files in it: ${file.replace(/\/+$/, '')}/*.yaml`],
    EACCES: ['this file may not be read: permission denied'],
    EPERM: ['this file may not be read: permission denied'],
  };
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  const [message, hint] = said[code] ?? [`this file cannot be read: ${messageOf(error)}`];
  return fileProblem(file, 'file-unreadable', message, hint);
}

function fileProblem(
  file: string,
  rule: Problem['rule'],
  message: string,
  hint?: string,
  line = 1,
  column = 1,
): Problem {
  const position = { line, column, endLine: line, endColumn: column + 1 };
  return { rule, severity: 'error', message, file, ...position, path: '', ...(hint === undefined ? {} : { hint }) };
}

/** Offset of the first byte that decoding replaced: there the bytes and their decoded, encoded selves part. */
function firstBadByte(bytes: Uint8Array): number {
  const again = Buffer.from(Buffer.from(bytes).toString('utf8'), 'utf8');
  return bytes.findIndex((byte, index) => byte !== again[index]);
}
