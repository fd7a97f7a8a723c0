/** Columns of what is printed for a person. */
const WIDTH = 100;

/** A text behind `head`, on as many lines as it takes; the further ones are indented. */
export function wrapped(head: string, text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = head;
  for (const word of text.split(' ')) {
    if (line.length + word.length > WIDTH && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = ' '.repeat(indent);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
