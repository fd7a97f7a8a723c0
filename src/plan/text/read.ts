/**
 * YAML text to plain values, with the place of each in the text. The `yaml` package parses; the walk over its
 * tree is ours, so that aliases unfold within a budget and every value keeps its position.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type ParsedNode,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import { childPath } from './path.ts';
import type { Findings, Range } from './source.ts';
import { reportSyntax } from './syntax.ts';

const VALUES_MAX = 20_000;
const DEPTH_MAX = 64;

/** Fills `findings.spots`. @returns the top value; undefined where the text is not one YAML document. */
export function readYaml(text: string, findings: Findings): unknown {
  const { name, a } = findings.kind;
  let documents: Document.Parsed[];
  try {
    // Duplicate keys are found by the walk: the package compares each key with each.
    const options = { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const;
    const yaml12 = { schema: 'core', merge: false, resolveKnownTags: false } as const;
    documents = [...parseAllDocuments(text, { ...options, ...yaml12 })];
  } catch (error) {
    const message =
      error instanceof RangeError
        ? `this nests deeper than the ${DEPTH_MAX} levels that ${a} may have`
        : `this is not YAML: ${error instanceof Error ? error.message : error}`;
    findings.addAt([0, 1], { rule: error instanceof RangeError ? 'too-much-yaml' : 'yaml-syntax', path: '', message });
    return undefined;
  }
  const [document, second] = documents;
  if (reportSyntax(text, documents, findings)) return undefined;
  if (document === undefined) {
    const message = 'this file holds only comments';
    findings.addAt([0, 1], { rule: 'file-empty', path: '', message, hint: `${a} begins with \`${name}: 1\`` });
    return undefined;
  }
  if (second !== undefined) {
    const marker = text.lastIndexOf('---', Math.max(second.range[0], second.range[1] - 1));
    // Without a marker of its own it stands behind the `...` that ends the first.
    const start = marker > 0 ? marker : Math.max(0, text.search(/^\.\.\./m));
    findings.addAt([start, start + 3], {
      rule: 'several-documents',
      path: '',
      message: `this file holds ${documents.length} YAML documents; ${a} is one`,
      hint: `give each ${name} a file of its own, and remove the \`---\` or \`...\` between them`,
    });
    return undefined;
  }
  return new Walk(findings).value(document.contents as ParsedNode | null, '', undefined, 0);
}

/** Thrown to leave the walk when the budget is spent. */
class Spent extends Error {}

class Walk {
  readonly #findings: Findings;
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  #values = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  value(node: ParsedNode | null, path: string, key: Range | undefined, depth: number): unknown {
    try {
      return this.#value(node, path, key, depth);
    } catch (error) {
      if (error instanceof Spent) return undefined;
      throw error;
    }
  }

  #value(node: Node | null, path: string, key: Range | undefined, depth: number): unknown {
    const value: Range = node?.range ? [node.range[0], node.range[1]] : (key ?? [0, 0]);
    this.#findings.spots.set(path, key === undefined ? { value } : { key, value });
    if (++this.#values > VALUES_MAX || depth > DEPTH_MAX) this.#spend(node, path, depth);
    if (node === null) return null;
    if (isAlias(node)) return this.#alias(node, path, key, depth);
    if ('anchor' in node && typeof node.anchor === 'string') this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return node.value;
    this.#open.add(node);
    let result: unknown = null;
    if (isMap(node)) result = this.#map(node, path, depth);
    else if (isSeq(node)) {
      result = node.items.map((item, index) =>
        this.#value(item as Node | null, childPath(path, index), undefined, depth + 1),
      );
    }
    this.#open.delete(node);
    return result;
  }

  #map(map: YAMLMap, path: string, depth: number): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    const firstLines = new Map<string, number>();
    for (const { key, value } of map.items as Pair<Node, Node | null>[]) {
      const range: Range = key.range ? [key.range[0], key.range[1]] : [0, 0];
      const name = isScalar(key) ? key.value : key;
      if (typeof name !== 'string') {
        this.#findings.addAt(range, { rule: 'key-not-text', path, ...keyNotText(key) });
      } else if (name === '<<') {
        const message = `merge keys (<<) are YAML 1.1; ${this.#findings.kind.a} is YAML 1.2`;
        const hint = 'write the keys out; an alias for a whole value (`key: *name`) does work';
        this.#findings.addAt(range, { rule: 'merge-key', path: childPath(path, name), message, hint });
      } else if (entries.has(name)) {
        const message = `the key "${name}" stands here a second time; the first is on line ${firstLines.get(name)}`;
        const hint = 'keep one of the two';
        this.#findings.addAt(range, { rule: 'duplicate-key', path: childPath(path, name), message, hint });
      } else {
        firstLines.set(name, this.#findings.position(range[0]).line);
        entries.set(name, this.#value(value, childPath(path, name), range, depth + 1));
      }
    }
    return Object.fromEntries(entries);
  }

  #alias(alias: Alias, path: string, key: Range | undefined, depth: number): unknown {
    const target = this.#anchors.get(alias.source);
    if (target !== undefined && !this.#open.has(target)) return this.#value(target, path, key, depth);
    const message =
      target === undefined
        ? `no anchor &${alias.source} stands before this alias`
        : `the alias *${alias.source} holds itself`;
    const hint = target === undefined ? `text that begins with * needs quotes: "*${alias.source}"` : undefined;
    this.#findings.add({ rule: 'yaml-syntax', path, message, hint });
    return null;
  }

  #spend(node: Node | null, path: string, depth: number): never {
    const message =
      depth > DEPTH_MAX
        ? `this nests deeper than the ${DEPTH_MAX} levels that ${this.#findings.kind.a} may have`
        : `this ${this.#findings.kind.name} unfolds to more than ${VALUES_MAX.toLocaleString('en')} values`;
    const hint = depth > DEPTH_MAX ? undefined : 'do aliases (`*name`) stand inside one another?';
    const range = node?.range;
    // the whole tree is under suspicion, so that nothing else is said about it
    this.#findings.addAt(range ? [range[0], range[0] + 1] : [0, 1], { rule: 'too-much-yaml', path, message, hint });
    throw new Spent();
  }
}

function keyNotText(key: Node): { message: string; hint?: string } {
  if (!isScalar(key)) return { message: 'a key must be text; this one is a list or a map' };
  const words = key.value === null ? 'nothing' : typeof key.value === 'number' ? 'a number' : `a ${typeof key.value}`;
  return { message: `a key must be text; this one is ${words}`, hint: `put it in quotes: "${key.source ?? ''}"` };
}
