import type { Findings } from '../text/source.ts';

/** A key that is called like a secret's, and what stands behind it on its line. */
const SECRET_LINE = /([\w-]*(?:pass|secret|token)[\w-]*["']?\s*[:=]\s*)(\S.*)/gi;
const PLACEHOLDER = /^["']?\$\{env:\w+\}["']?/;

/**
 * The text of an inventory as it may be shown: what may be a secret that stands in it by mistake is made
 * unreadable, place for place, also where the text is no YAML.
 */
export function masked(text: string, { problems, spots }: Findings): string {
  const secrets = problems.filter(({ rule }) => rule === 'literal-secret').map(({ path }) => spots.get(path)?.value);
  const whole = secrets.reduce((shown, range) => {
    const [start, end] = range ?? [0, 0];
    return shown.slice(0, start) + stars(shown.slice(start, end)) + shown.slice(end);
  }, text);
  return withoutSecretLines(whole);
}

function withoutSecretLines(text: string): string {
  return text.replaceAll(SECRET_LINE, (_, key: string, rest: string) => {
    const [placeholder] = PLACEHOLDER.exec(rest) ?? [];
    if (placeholder === undefined) return key + stars(rest);
    return key + placeholder + withoutSecretLines(rest.slice(placeholder.length));
  });
}

function stars(text: string): string {
  return text.replaceAll(/\S/gu, (sign) => '*'.repeat(sign.length));
}
