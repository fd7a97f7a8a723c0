/**
 * A text's tokens in their order, without its white space, and how deep each would be indented as the first of its line.
 *
 * Lines stay what they are: nothing is joined or broken, so that each comment stays beside what it is about.
 */
import { type CST, Parser } from 'yaml';
import { blockLines, flowLines } from './scalars.ts';

/** Spaces a level. */
export const STEP = 2;

/** A map or list by indentation, around a token. */
export interface Level {
  /** Column at which it stands in the text, from 0. */
  readonly old: number;
  /** Column at which it will stand. */
  readonly indent: number;
}

export interface Piece {
  /** As the `yaml` package calls it: `map-value-ind`, `comment`, `newline`, ... */
  readonly type: string;
  /** As it stands in the text; over several lines, the further ones are laid out already. */
  readonly text: string;
  readonly column: number;
  readonly indent: number;
  /** The maps and lists by indentation that hold it, from outside. */
  readonly levels: readonly Level[];
  /** Within [...] or {...}. */
  readonly flow: boolean;
}

/** The pieces of a text that YAML can read, with line feeds at the ends of its lines. Those of type `newline` end a line. */
export function piecesOf(text: string): Piece[] {
  const walk = new Walk();
  for (const token of new Parser().parse(text)) walk.document(token);
  return walk.pieces;
}

/** Where a node stands. */
interface Place {
  /** Column that its lines are counted from. */
  readonly base: number;
  /** Column where it begins if it begins on a line of its own. */
  readonly own: number;
}

const TOP: Place = { base: 0, own: 0 };

class Walk {
  readonly pieces: Piece[] = [];
  #levels: readonly Level[] = [];
  /** Lines on which the flow collections around here begin. */
  #flows: readonly number[] = [];
  #line = 0;
  /** Offset of its first character in the text. */
  #lineStart = 0;
  /** Whether nothing but anchors and tags stands on this line so far. */
  #fresh = true;

  document(token: CST.Token): void {
    if (token.type === 'document') {
      this.#tokens(token.start, 0);
      if (token.value !== undefined) this.#node(token.value, TOP);
      this.#tokens(token.end, 0);
    } else if (token.type === 'doc-end') {
      this.#add(token, 0);
      this.#tokens(token.end, 0);
    } else this.#add(token as CST.SourceToken, 0);
  }

  #node(token: CST.Token, place: Place): void {
    if (token.type === 'block-map') this.#map(token, place);
    else if (token.type === 'block-seq') this.#list(token, place);
    else if (token.type === 'flow-collection') this.#flow(token, place);
    else if (token.type === 'block-scalar') this.#block(token, place);
    else {
      const scalar = token as CST.FlowScalar;
      this.#add({ ...scalar, source: flowLines(scalar.type, scalar.source, place.own) }, place.own);
      this.#passLines(scalar.source, scalar.offset);
      this.#tokens(scalar.end, place.own);
    }
  }

  #map({ items, indent: old }: CST.BlockMap, { own: indent }: Place): void {
    this.#within({ old, indent }, () => {
      for (const { start, key, sep, value } of items) {
        this.#tokens(start, indent);
        if (key) this.#node(key, { base: indent, own: indent });
        for (const token of sep ?? []) this.#tokens([token], token.type === 'map-value-ind' ? indent : indent + STEP);
        if (value) this.#node(value, { base: indent, own: indent + STEP });
      }
    });
  }

  #list({ items, indent: old }: CST.BlockSequence, { own: indent }: Place): void {
    const inner = indent + STEP;
    this.#within({ old, indent }, () => {
      for (const { start, value } of items) {
        for (const token of start) this.#tokens([token], token.type === 'seq-item-ind' ? indent : inner);
        if (value) this.#node(value, { base: inner, own: inner });
      }
    });
  }

  #within(level: Level, walk: () => void): void {
    const around = this.#levels;
    this.#levels = [...around, level];
    walk();
    this.#levels = around;
  }

  /** Its lines are indented once for each line on which a collection around them begins: `{ a: [` opens both by one step. */
  #flow({ start, items, end }: CST.FlowCollection, { base, own }: Place): void {
    const outermost = this.#flows.length === 0;
    const from = outermost && this.#fresh ? own : base;
    const around = this.#flows;
    const depth = (lines: readonly number[]) => from + STEP * new Set(lines).size;
    this.#add(start, outermost ? own : depth(around));
    const begun = this.#line;
    this.#flows = [...around, begun];
    const inner = { base: from, own: depth(this.#flows) };
    for (const { start: before, key, sep, value } of items) {
      this.#tokens(before, inner.own);
      if (key) this.#node(key, inner);
      this.#tokens(sep, inner.own);
      if (value) this.#node(value, inner);
    }
    const closing = end.findIndex(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end');
    this.#tokens(end.slice(0, closing), inner.own);
    // Only the outermost may end at the column of its key: YAML asks for more, parsers do not (nor does Prettier).
    const outer = outermost ? 0 : Math.max(1, new Set(around.filter((line) => line !== begun)).size);
    for (const token of end.slice(closing, closing + 1)) this.#add(token, from + STEP * outer);
    this.#flows = around;
    this.#tokens(end.slice(closing + 1), own);
  }

  #block({ props, source }: CST.BlockScalar, { own }: Place): void {
    const { old, indent } = this.#levels.at(-1) ?? { old: -1, indent: -STEP };
    const before = props as readonly CST.SourceToken[];
    const header = before.find(({ type }) => type === 'block-scalar-header')?.source ?? '';
    const given = Number(/\d/.exec(header)?.[0] ?? 0);
    for (const token of before) {
      const said = token.type === 'block-scalar-header' ? header.replace(/\d/, String(own - indent)) : token.source;
      this.#add({ ...token, source: said }, own);
    }
    if (source === '') return;
    const text = blockLines(source, given === 0 ? undefined : old + given, own);
    const begin = this.#lineStart;
    this.#add({ type: 'block-scalar', source: text, offset: begin }, 0);
    this.#passLines(source.replace(/\n$/, ''), begin);
    this.#add({ type: 'newline', source: '\n', offset: begin + source.length - 1 }, 0);
  }

  #passLines(source: string, offset: number): void {
    const breaks = source.split('\n').length - 1;
    this.#line += breaks;
    if (breaks > 0) this.#lineStart = offset + source.lastIndexOf('\n') + 1;
  }

  #tokens(tokens: readonly CST.SourceToken[] | undefined, indent: number): void {
    for (const token of tokens ?? []) this.#add(token, indent);
  }

  #add({ type, source, offset }: { type: string; source: string; offset: number }, indent: number): void {
    if (type === 'space') return;
    const column = offset - this.#lineStart;
    const text = type === 'comment' ? source.trimEnd() : source;
    this.pieces.push({ type, text, column, indent, levels: this.#levels, flow: this.#flows.length > 0 });
    if (type === 'newline') {
      this.#line++;
      this.#lineStart = offset + source.length;
      this.#fresh = true;
    } else if (type !== 'anchor' && type !== 'tag') this.#fresh = false;
  }
}
