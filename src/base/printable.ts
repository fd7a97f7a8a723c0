/**
 * A line of somebody else's text, safe to print: control characters, which could command the terminal or turn the text
 * around (Unicode's bidirectional controls), become U+FFFD, and a tab a space.
 */
export function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
  return line.replaceAll('\t', ' ').replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** The printable lines of a text, each behind `indent`, without blank ones around it; none of a blank text. */
export function printableLines(text: string, indent: string): string[] {
  const trimmed = text.trim();
  return trimmed === '' ? [] : trimmed.split(/\r\n?|\n/).map((line) => `${indent}${printable(line)}`.trimEnd());
}
