import type { CheckerResult, Registry } from '../contract/index.ts';

export interface Drawing {
  /** The checker's. */
  readonly name: string;
  readonly html: string;
}

/** What the checkers would rather show than tell: whole HTML documents, each by its checker's name. One that cannot draw is left out. */
export async function drawingsOf(
  checkers: Readonly<Record<string, CheckerResult>>,
  registry: Registry,
): Promise<Drawing[]> {
  const drawn: Drawing[] = [];
  for (const [name, result] of Object.entries(checkers)) {
    if (result.failed === true) continue;
    try {
      const html = await registry.checkers.get(name)?.draw?.(result);
      if (html !== undefined) drawn.push({ name, html });
    } catch {
      // The finding stands, in words.
    }
  }
  return drawn;
}
