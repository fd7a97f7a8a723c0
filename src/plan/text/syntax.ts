import {
  type Document,
  type ErrorCode,
  isScalar,
  type Scalar,
  visit,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { FileKind } from './kind.ts';
import type { Finding, Findings, Range } from './source.ts';

/**
 * Says in a person's words what the `yaml` package found wrong with the text.
 * @returns whether that leaves nothing to go on with. A tag it does not know is reported and overlooked.
 */
export function reportSyntax(text: string, documents: readonly Document[], findings: Findings): boolean {
  const errors = documents.flatMap((document) => document.errors);
  const tabs = errors.filter((error) => error.code === 'TAB_AS_INDENT' || tabsIndent(text, error.pos[0]));
  // One slip makes a trail of errors: of those on one line and the next, the first is the one to read; tabs
  // explain all that follows.
  const tabbed = tabs.length > 0;
  let trail = 0;
  for (const error of tabbed ? tabs : errors) {
    const { line } = findings.position(error.pos[0]);
    if (line > trail) {
      const said = misindented(text, error, errors[errors.indexOf(error) + 1]);
      const range = openedAt(documents, said) ?? rangeOf(text, said);
      findings.addAt(range, { path: '', ...words(text, said, tabbed, findings.kind) });
    }
    trail = tabbed ? line : line + 1;
  }
  for (const warning of documents.flatMap((document) => document.warnings)) {
    if (warning.code === 'TAG_RESOLVE_FAILED') reportTag(text, warning, findings);
  }
  return errors.length > 0;
}

/** What the package needs of an error here; its own class cannot be made. */
type SyntaxError = Pick<YAMLError, 'code' | 'message' | 'pos'>;

/**
 * A line that is indented deeper than the `key: value` before it goes on with that value: to the package the key is then
 * one within another, over two lines. What is wrong is the second line.
 */
function misindented(text: string, error: SyntaxError, next: SyntaxError | undefined): SyntaxError {
  const over = error.code === 'BLOCK_AS_IMPLICIT_KEY' && next?.code === 'MULTILINE_IMPLICIT_KEY';
  if (!over || next.pos[0] !== error.pos[0]) return error;
  const line = text.lastIndexOf('\n', next.pos[1] - 1) + 1;
  const start = line + text.slice(line).search(/\S/);
  return { code: 'BAD_INDENT', message: 'indented deeper than the line before it', pos: [start, start + 1] };
}

type Words = Pick<Finding, 'rule' | 'message' | 'hint'>;

function words(text: string, error: SyntaxError, tab: boolean, { a }: FileKind): Words {
  if (tab) {
    return {
      rule: 'tab-indent',
      message: 'this line is indented with a tab; YAML wants spaces',
      hint: 'use two spaces',
    };
  }
  const glued = /^[\w-]+:(?=\S)/.exec(text.slice(error.pos[0]));
  if (glued !== null && error.code !== 'BAD_INDENT') {
    return { rule: 'yaml-syntax', message: `a space is missing after "${glued[0]}"` };
  }
  if (text.startsWith('${', error.pos[0] - 1)) {
    const message = 'within {...} or [...], text with braces of its own needs quotes';
    return { rule: 'yaml-syntax', message, hint: 'such as "${env:NAME}"' };
  }
  const known = WORDS.find(([code, said]) => code === error.code && said.test(error.message));
  if (known !== undefined) return { rule: 'yaml-syntax', message: known[2].replace('a plan', a), hint: known[3] };
  if (error.code === 'BAD_SCALAR_START') {
    const mark = text[error.pos[0]];
    return { rule: 'yaml-syntax', message: `a plain value cannot begin with ${mark}`, hint: 'put it in quotes' };
  }
  const said = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return { rule: 'yaml-syntax', message: `this is not YAML: ${said}` };
}

/** By the package's code and message: what a person is told, and what to do. */
const WORDS: readonly [ErrorCode, RegExp, message: string, hint?: string][] = [
  ['MISSING_CHAR', /closing ['"]quote/, 'this quoted text has no closing quote'],
  [
    'MISSING_CHAR',
    /followed by map values/,
    'this line is neither `key: value` nor a list item',
    'is a colon missing?',
  ],
  ['MISSING_CHAR', /Sequence item without/, 'this stands in a list but has no `- ` before it'],
  ['MISSING_CHAR', /Missing , /, 'a comma is missing in [...] or {...}'],
  ['MISSING_CHAR', /space after :/, 'a space is missing after the colon'],
  ['MISSING_CHAR', /Comments must be separated/, 'a comment needs a space before its #', 'or put the text in quotes'],
  ['MISSING_CHAR', /must end with a [\]}]|[\]}]/, 'a [ or { is not closed'],
  ['BAD_INDENT', /must end with|[\]}]/, 'a [ or { is not closed, or not indented'],
  ['BAD_INDENT', /All sequence items/, 'this list item is not indented like the ones before it', 'align its dash'],
  ['BAD_INDENT', /./, 'this is not indented like the lines that it belongs with', 'align it with the key before it'],
  ['BLOCK_AS_IMPLICIT_KEY', /sequence/, 'this list item is not indented like the ones before it', 'align its dash'],
  ['BLOCK_AS_IMPLICIT_KEY', /./, 'a second `key:` on one line', 'begin a new line, or put the text in quotes'],
  ['MULTILINE_IMPLICIT_KEY', /./, 'this line is neither `key: value` nor a list item', 'is a colon missing?'],
  ['UNEXPECTED_TOKEN', /flow-map-end|flow-seq-end|[\]}]/, 'a ] or } that nothing opened'],
  ['BLOCK_IN_FLOW', /./, 'lines by indentation cannot stand within [...] or {...}', 'is a comma missing?'],
  ['BAD_DQ_ESCAPE', /./, 'text in double quotes knows no such \\ sequence', "use 'single quotes', or write \\\\"],
  ['RESOURCE_EXHAUSTION', /./, 'this nests too deeply for a plan'],
];

function reportTag(text: string, warning: SyntaxError, findings: Findings): void {
  const tag = /^[^\s,[\]{}]*/.exec(text.slice(warning.pos[0]))?.[0] ?? '';
  const { a } = findings.kind;
  const message = `${a} knows no tag ${tag}`;
  const hint = `remove it: ${a} is plain data, and its values need no tags`;
  findings.addAt([warning.pos[0], warning.pos[0] + tag.length], { rule: 'unknown-tag', path: '', message, hint });
}

/** Whether the line at `offset` is indented with a tab. */
function tabsIndent(text: string, offset: number): boolean {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^ *\t/.test(text.slice(start, start + 80));
}

/** Where that began which is never closed: a quote, a [ or a {. */
function openedAt(documents: readonly Document[], error: SyntaxError): Range | undefined {
  if (!/closing ['"]quote|end with a/.test(error.message)) return undefined;
  const quote = /quote/.test(error.message);
  let start: number | undefined;
  const look = (_: unknown, node: Scalar | YAMLMap | YAMLSeq) => {
    // the outermost that reaches so far: what is within it was closed
    const opens = isScalar(node) ? quote && node.type?.startsWith('QUOTE') : !quote && node.flow;
    if (opens && node.range && node.range[0] < error.pos[0] && node.range[1] >= error.pos[0] - 1)
      start ??= node.range[0];
  };
  for (const document of documents) visit(document, { Scalar: look, Map: look, Seq: look });
  return start === undefined ? undefined : [start, start + 1];
}

/** The error's range, within its line; moved back to the last character where it lies behind the text. */
function rangeOf(text: string, error: SyntaxError): Range {
  const start = Math.min(error.pos[0], Math.max(text.trimEnd().length - 1, 0));
  const newline = text.indexOf('\n', start);
  return [start, Math.max(Math.min(error.pos[1], newline < 0 ? text.length : newline), start + 1)];
}
