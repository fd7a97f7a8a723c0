/** The reference for a terminal, within 100 columns. */
import { inline, type Row, tellingExamples } from '../../plan/index.ts';
import { wrapped } from '../wrapped.ts';
import type { Topic } from './topics.ts';

/** A space at which no line is broken, until all lines are made. */
const FIRM = '\u00a0';
/** Values longer than this may be broken, too. */
const FIRM_MAX = 60;

/** Topics one after another. */
export function topicsText(topics: readonly Topic[]): string {
  return topics.map(topicText).join('\n').replaceAll(FIRM, ' ');
}

function topicText({ kind, name, summary, facts, place, keys, example }: Topic): string {
  const title = kind === name ? name : `${name} (${kind})`;
  return [
    ...wrapped(`${title}: `, summary, 2),
    '',
    ...Object.entries(facts).flatMap(([label, text]) => wrapped(`  ${label}: `, text, 4)),
    '',
    keys.length === 0 ? `It has no settings: write \`${name}:\`` : `Keys, ${place}:`,
    '',
    ...keys.flatMap(rowText),
    ...(example.length === 0 ? [] : ['Example:', '', ...example.map((line) => `  ${line}`), '']),
  ].join('\n');
}

function rowText(row: Row): string[] {
  const { key, accepts, required, description } = row;
  const said = [...deprecation(row), description, ...usual(row), ...shown(row)].filter((words) => words !== '');
  return [
    ...wrapped(`  ${key}: `, `${accepts}${required ? ' (required)' : ''}`, 6),
    ...wrapped('    ', said.join(' '), 4),
    '',
  ];
}

function deprecation({ deprecated }: Row): string[] {
  if (deprecated === undefined) return [];
  return [deprecated === true ? 'Deprecated.' : `Deprecated: ${deprecated}.`];
}

function usual(row: Row): string[] {
  return Object.hasOwn(row, 'default') ? [sentence(`Default: ${firm(row.default)}`)] : [];
}

function shown(row: Row): string[] {
  const examples = tellingExamples(row);
  return examples.length === 0 ? [] : [sentence(`Such as ${examples.map(firm).join(', or ')}`)];
}

function firm(value: unknown): string {
  const text = inline(value);
  return text.length > FIRM_MAX ? text : text.replaceAll(' ', FIRM);
}

function sentence(words: string): string {
  return words.endsWith('.') ? words : `${words}.`;
}
