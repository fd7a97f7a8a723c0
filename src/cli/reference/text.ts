/** The reference for a terminal, within 100 columns. */
import { inline, type Row, tellingExamples } from '../../plan/index.ts';
import { wrapped } from '../wrapped.ts';
import type { Topic } from './topics.ts';

/** Topics one after another. */
export function topicsText(topics: readonly Topic[]): string {
  return topics.map(topicText).join('\n');
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
  return Object.hasOwn(row, 'default') ? [`Default: ${inline(row.default)}.`] : [];
}

function shown(row: Row): string[] {
  const examples = tellingExamples(row);
  return examples.length === 0 ? [] : [`Such as ${examples.map(inline).join(', or ')}.`];
}
