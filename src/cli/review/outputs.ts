/** Where a review goes: one format to stdout, any of them to files. */
import { closeSync, constants, openSync, realpathSync, writeSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { messageOf, PlanRunError } from '../../base/errors.ts';
import type { Review } from '../../report/index.ts';

export const REVIEW_FORMATS = ['text', 'markdown', 'github', 'sarif', 'json'] as const;
export type ReviewFormat = (typeof REVIEW_FORMATS)[number];

export interface Output {
  readonly format: ReviewFormat;
  readonly file: string;
}

/** Reads `FORMAT=FILE`; or, as a text, says what is wrong with it. */
export function parseOutput(text: string, given: readonly Output[]): Output | string {
  const [, format = '', file = ''] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
  if (file === '') return `"${text}" is not a format, = and a file`;
  if (!isFormat(format)) return `There is no format "${format}": it is one of ${REVIEW_FORMATS.join(', ')}`;
  if (given.some((one) => resolve(one.file) === resolve(file))) return `The file ${file} is there twice`;
  return { format, file };
}

function isFormat(format: string): format is ReviewFormat {
  return (REVIEW_FORMATS as readonly string[]).includes(format);
}

export interface Printing {
  readonly color: boolean;
  readonly version: string;
}

/** A review in a format, ending in a newline. Only what is asked for is loaded. */
export async function printed(review: Review, format: ReviewFormat, { color, version }: Printing): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../../report/review/text.ts')).reviewText(review, { color });
    case 'markdown':
      return (await import('../../report/review/markdown.ts')).reviewMarkdown(review);
    case 'github':
      return (await import('../../report/review/annotations.ts')).reviewAnnotations(review);
    case 'sarif': {
      const { reviewSarif } = await import('../../report/review/sarif.ts');
      return (await import('../../report/review/json.ts')).safeJson(reviewSarif(review, version));
    }
    case 'json': {
      const { reviewJson, safeJson } = await import('../../report/review/json.ts');
      return safeJson(reviewJson(review));
    }
  }
}

/**
 * Writes a file that the command line names. Links in the working tree are a stranger's: none may lead it elsewhere.
 * @throws PlanRunError `unavailable` where it cannot be written.
 */
export function writeOutput(file: string, text: string, top: string | undefined): void {
  try {
    const path = resolve(file);
    const inside = (where: string) => top !== undefined && (where === top || where.startsWith(`${top}${sep}`));
    const folder = realpathSync(dirname(path));
    if (inside(dirname(path)) && !inside(folder))
      throw new Error('its folder is a link that leads out of the repository');
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants;
    const descriptor = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | (inside(folder) ? O_NOFOLLOW : 0), 0o666);
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const isLink = (error as NodeJS.ErrnoException).code === 'ELOOP';
    const why = isLink ? 'it is a link in the repository' : messageOf(error);
    throw new PlanRunError('unavailable', `Cannot write ${file}: ${why}`, { cause: error });
  }
}

/**
 * For the log of a workflow, whose runner obeys lines that begin with `::` and whatever follows `##[`: a plan may hold
 * either.
 */
export function disarmed(text: string, format: ReviewFormat): string {
  if (format === 'github') return text;
  if (format === 'json' || format === 'sarif') return text.replaceAll('##[', '#\\u0023[');
  return text.replaceAll('##[', '# #[').replaceAll(/^([^\S\n]*):(?=:)/gm, '$1: ');
}
