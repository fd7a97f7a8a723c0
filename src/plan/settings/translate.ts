/** Violations of a schema, one by one, into the words of a person: what was expected, what was found, what to do. */
import { FORMS, LIMITS } from '../../base/units.ts';
import { didYouMean, guessQuantity, nearest } from '../guess.ts';
import type { RuleId } from '../rules.ts';
import { type FileKind, PLAN } from '../text/kind.ts';
import { childPath } from '../text/path.ts';
import type { Findings } from '../text/source.ts';
import { isKind, type Violation } from './check.ts';
import { choicesOf, expectedWords, foundWords, type Schema, show } from './words.ts';

/** Reports violations. A key that is missing only because it is misspelled is not reported as missing. */
export function report(violations: readonly Violation[], findings: Findings): void {
  const misspelled = (missing: Violation) =>
    violations.some(
      ({ keyword, path, key = '', schema }) =>
        keyword === 'additionalProperties' && path === missing.path && nearest(key, keysOf(schema)) === missing.key,
    );
  for (const violation of violations) {
    if (violation.keyword === 'required' && misspelled(violation)) continue;
    findings.add({ path: violation.path, ...words(violation, findings.kind) });
  }
}

function keysOf(schema: Schema): string[] {
  return Object.keys(schema.properties ?? {});
}

interface Words {
  readonly rule: RuleId;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly path?: string;
  readonly at?: 'key' | 'value';
}

function words({ keyword, schema, value, path, key = '', index = 0 }: Violation, kind: FileKind): Words {
  switch (keyword) {
    case 'additionalProperties':
      return unknownKey(key, path, keysOf(schema), kind);
    case 'required':
      return missingKey(key, path, schema, kind);
    case 'uniqueItems': {
      const message = `${show((value as readonly unknown[])[index])} stands twice in this list`;
      return { rule: 'duplicate-item', path: childPath(path, index), message, hint: 'remove one of the two' };
    }
    case 'minItems':
    case 'maxItems': {
      const limit = Number(schema[keyword] ?? schema.items?.length);
      const bound = `${keyword === 'minItems' ? 'at least' : 'at most'} ${limit} item${limit === 1 ? '' : 's'}`;
      const found = (value as readonly unknown[]).length;
      const message = `expected a list of ${bound}, got ${found === 0 ? 'an empty list' : found}`;
      return { rule: 'wrong-value', message };
    }
    default:
      return wrongValue(keyword, schema, value);
  }
}

/** A key that means nothing here. */
export function unknownKey(key: string, path: string, known: readonly string[], kind: FileKind = PLAN): Words {
  const where = path === '' ? `the ${kind.name}` : path;
  const [synonyms, word] = [kind.synonyms ?? {}, key.toLowerCase()];
  // Every object has a `constructor`; a stranger's key may be that word.
  const synonym = Object.hasOwn(synonyms, word) ? synonyms[word] : undefined;
  const hint = known.length === 0 ? `${where} takes no settings` : didYouMean(synonym ?? key, known);
  const message = `unknown key "${key}" in ${where}`;
  return { rule: 'unknown-key', path: childPath(path, key), at: 'key', message, hint };
}

/** A key that is not there, with what it would say. */
export function missingKey(key: string, path: string, schema: Schema, kind: FileKind = PLAN): Words {
  const about = schema.properties?.[key];
  const message = `${path === '' ? `the ${kind.name}` : path} needs the key "${key}"`;
  return { rule: 'missing-key', path, at: 'key', message, hint: about && `${key}: ${expectedWords(about)}` };
}

function wrongValue(keyword: string, schema: Schema, value: unknown): Words {
  if (schema.format === 'secret') return literalSecret(schema, value);
  const message = `expected ${expectedWords(schema)}, got ${foundWords(value)}`;
  const format = schema.format;
  if (format !== undefined && Object.hasOwn(FORMS, format) && value !== null && typeof value !== 'object') {
    const guess = guessQuantity(format as keyof typeof FORMS, value);
    const hint = guess === undefined || guess === value ? undefined : `did you mean "${guess}"?`;
    return { rule: 'wrong-unit', message, hint: hint ?? limitOf(format as keyof typeof FORMS, value) };
  }
  const rule: RuleId = keyword === 'type' || isOtherKind(schema, value) ? 'wrong-type' : 'wrong-value';
  return { rule, message, hint: valueHint(schema, value) };
}

/** Something else than the name of a secret. It may be the secret itself, so it is not shown. */
function literalSecret(schema: Schema, value: unknown): Words {
  const expected = `expected ${expectedWords(schema)}`;
  const boolean = schema.anyOf === undefined ? undefined : guessBoolean(value);
  if (typeof value === 'object' || boolean !== undefined) {
    return {
      rule: 'wrong-type',
      message: `${expected}, got ${boolean ? show(value) : foundWords(value)}`,
      hint: boolean,
    };
  }
  const name = /^\$?\{{1,2}\s*(?:env[:.]|ENV[:.])?\s*([A-Za-z_]\w*)\s*\}{1,2}$/.exec(String(value))?.[1];
  const hint =
    name === undefined ? 'export it, and write its name here: ${env:NAME}' : `did you mean "\${env:${name}}"?`;
  return { rule: 'literal-secret', message: `${expected}: a secret must not stand in a file`, hint };
}

/** The limit that a quantity passes which is written as it should be. */
function limitOf(format: keyof typeof FORMS, value: unknown): string | undefined {
  const unit = { duration: '(ms|s|m|h)', rate: '/(ms|s|m|h)', percentage: '%' }[format];
  return new RegExp(`^\\d+(\\.\\d+)?${unit}$`).test(String(value)) && !/^[0.]+\D/.test(String(value))
    ? LIMITS[format]
    : undefined;
}

/** Whether a union has no branch for this kind of value at all. */
function isOtherKind(schema: Schema, value: unknown): boolean {
  const branches = schema.anyOf ?? (schema.enum ?? []).map((choice) => ({ type: typeof choice }));
  return branches.length > 0 && branches.every((branch) => !isKind(branch, value));
}

function valueHint(schema: Schema, value: unknown): string | undefined {
  const choices = choicesOf(schema);
  if (choices !== undefined && typeof value === 'string') {
    const guess = nearest(value, choices.map(String));
    if (guess === undefined) return undefined;
    return choices.includes(guess) ? `did you mean "${guess}"?` : `did you mean ${guess}, without quotes?`;
  }
  if (value === null) return 'write a value behind the colon, or remove the key';
  const types = [schema.type ?? []].flat();
  if (types.includes('boolean')) return guessBoolean(value);
  if ((types.includes('integer') || types.includes('number')) && typeof value === 'string') {
    const number = Number(value.replaceAll(/[_,\s]/g, ''));
    return value.trim() !== '' && Number.isFinite(number) ? `did you mean ${number}, without quotes?` : undefined;
  }
  if (types.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) {
    return `put it in quotes: "${value}"`;
  }
  if (types.includes('array') && typeof value !== 'object') return `did you mean [${value}]?`;
  return undefined;
}

/** YAML 1.1 had twenty-two booleans; a plan has two. */
function guessBoolean(value: unknown): string | undefined {
  const word = String(value).toLowerCase();
  if (/^(yes|y|on|1|true)$/.test(word)) return 'did you mean true?';
  return /^(no|n|off|0|false)$/.test(word) ? 'did you mean false?' : undefined;
}
