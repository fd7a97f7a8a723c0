import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PlanRunError } from '../../../src/base/errors.ts';
import { format, hold } from '../../../src/plan/format/index.ts';
import { namesIn, textOf } from '../fixtures.ts';
import { untidy } from './untidy.ts';

const formatted = (text: string | Uint8Array): string => {
  const result = format({ file: 'plan.yaml', bytes: typeof text === 'string' ? Buffer.from(text) : text });
  if ('text' in result) return result.text;
  throw new Error(result.problems.map(({ message }) => message).join('\n'));
};

describe('the layout', () => {
  it.each([
    [
      'indentation',
      'plan: 1\ndatabase:\n    redis:\n          wait: 2\n',
      'plan: 1\ndatabase:\n  redis:\n    wait: 2\n',
    ],
    [
      'lists at the column of their key',
      'plan: 1\nfaults:\n- at: 1s\n  kill: one\n',
      'plan: 1\nfaults:\n  - at: 1s\n    kill: one\n',
    ],
    [
      'dashes far away',
      'plan: 1\nfaults:\n  -   at: 1s\n      kill: one\n',
      'plan: 1\nfaults:\n  - at: 1s\n    kill: one\n',
    ],
    ['lists in lists', 'plan: 1\na:\n-  - x\n   -  - y\n', 'plan: 1\na:\n  - - x\n    - - y\n'],
    [
      'spaces in a line',
      'plan:   1\na :  {b: 1,"c":2 ,d: [ 1,2 , 3 ]}\n',
      'plan: 1\na: { b: 1, "c": 2, d: [1, 2, 3] }\n',
    ],
    [
      'flow collections',
      'plan: 1\na: {b: 1,c: {  },  d: [ [n1,n2] , [ ] ]}\n',
      'plan: 1\na: { b: 1, c: {}, d: [[n1, n2], []] }\n',
    ],
    [
      'flow collections over lines',
      'plan: 1\na:\n  b: {c: [\n   1, # one\n      2\n   ],\n   d: 1\n  }\n',
      'plan: 1\na:\n  b: { c: [\n    1, # one\n    2\n    ],\n    d: 1\n  }\n',
    ],
    ['a flow collection on a line of its own', 'plan: 1\na:\n {\n b: 1\n }\n', 'plan: 1\na:\n  {\n    b: 1\n  }\n'],
    ['JSON', '{"plan":1,\n"nodes":[\n1\n]}', '{ "plan": 1,\n  "nodes": [\n    1\n  ] }\n'],
    ['line ends', 'plan: 1  \r\na: 2\t\r\n\r\n\r\n', 'plan: 1\na: 2\n'],
    ['a byte order mark', '\ufeffplan: 1', 'plan: 1\n'],
    ['blank lines', '\n\nplan: 1\n\n\n\na: 2\n \n\n', 'plan: 1\n\na: 2\n'],
    [
      'comments at the end of a line',
      'plan: 1     # one\na: #two\n   b: 1\t# three  \n',
      'plan: 1 # one\na: #two\n  b: 1 # three\n',
    ],
    [
      'comments on lines of their own',
      'plan: 1\n# top\na:\n    # of b\n    b: 1\n    # at the end of a\n# of c\nc:\n- # of the item\n  d: 1\n  # at its end\n# last\n',
      'plan: 1\n# top\na:\n  # of b\n  b: 1\n  # at the end of a\n# of c\nc:\n  - # of the item\n    d: 1\n    # at its end\n# last\n',
    ],
    [
      'comments off their column',
      'plan: 1\na:\n        # of b\n    b: 1\n   # between\nc: 1\n',
      'plan: 1\na:\n  # of b\n  b: 1\n# between\nc: 1\n',
    ],
    [
      'block scalars',
      'plan: 1\nabout: |\n     two\n       lines  \n\n\nb: 1\n',
      'plan: 1\nabout: |\n  two\n    lines  \n\nb: 1\n',
    ],
    [
      'block scalars that say how deep they are',
      'plan: 1\na:\n - |4-\n      x\n     y\n',
      'plan: 1\na:\n  - |2-\n     x\n    y\n',
    ],
    ['block scalars that keep their end', 'plan: 1\na: >+ # kept\n   x\n\n\n', 'plan: 1\na: >+ # kept\n  x\n\n\n'],
    [
      'text over several lines',
      'plan: 1\na: one\n      two  \n\n\n   three\nb: "one  \n two\\ \n  \\\n  three"\n',
      'plan: 1\na: one\n  two\n\n\n  three\nb: "one\n  two\\ \n  \\\n  three"\n',
    ],
    ['anchors and aliases', 'plan: 1\na:   &x\n    b: 1\nc: [*x ,  &y  2]\n*x : 1\n', undefined],
    [
      'quotes, numbers and escapes',
      "plan: 1\na: \"\\u0041\"\nb: 'it''s'\nc: 0x10\nd: 1_000\ne: ~\n",
      "plan: 1\na: \"\\u0041\"\nb: 'it''s'\nc: 0x10\nd: 1_000\ne: ~\n",
    ],
    [
      'what begins and ends a document',
      '%YAML 1.2\n---   # begins\nplan: 1\n...\n',
      '%YAML 1.2\n--- # begins\nplan: 1\n...\n',
    ],
    ['an inventory', 'inventory:  1\nhosts: {n1:  10.0.0.1}\n', 'inventory: 1\nhosts: { n1: 10.0.0.1 }\n'],
    ['a plan that would be refused', 'plan: 1\ndatabase:   {redes:   2}\n', 'plan: 1\ndatabase: { redes: 2 }\n'],
  ])('%s', (_, text, expected) => {
    if (expected === undefined) expect(() => formatted(text)).toThrow();
    else expect(formatted(text)).toBe(expected);
    if (expected !== undefined) expect(formatted(expected)).toBe(expected);
  });
});

describe('whatever a plan looks like', () => {
  it('what it says, its comments and its lines stay; and once is enough', () => {
    fc.assert(
      fc.property(untidy, (text) => {
        // it throws where a value or a comment would change
        const once = formatted(text);
        expect(formatted(once)).toBe(once);
        expect(parse(once)).toEqual(parse(text));
        expect(once.match(/# c\d+|#c\d+/g)).toEqual(text.match(/# c\d+|#c\d+/g));
        expect(once).not.toMatch(/\r|\t|^\n|[^\n]$/);
      }),
      { numRuns: 1500, seed: 20_131_011 },
    );
  });
});

const yamlIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name));

describe('files of this repository', () => {
  it.each([...yamlIn('plans'), ...yamlIn('examples')])(
    "%s is laid out: plan-run fmt 'plans/**/*.yaml' 'examples/**/*.yaml'",
    (path) => {
      const text = readFileSync(path, 'utf8');
      expect(formatted(text)).toBe(text);
    },
  );

  it.each(namesIn('accepted'))('%s says the same afterwards', (name) => {
    const text = formatted(textOf('accepted', name));
    expect(parse(text)).toEqual(parse(textOf('accepted', name)));
    expect(formatted(text)).toBe(text);
  });

  it.each(namesIn('refused'))('%s either has problems or is laid out', (name) => {
    const result = format({ file: name, bytes: Buffer.from(textOf('refused', name)) });
    if ('text' in result) expect(formatted(result.text)).toBe(result.text);
    else expect(result.problems.length).toBeGreaterThan(0);
  });
});

describe('what is neither a plan nor an inventory', () => {
  it.each([
    ['a: 1\n', 'this is not a plan: its keys are a'],
    ['- plan: 1\n', 'a plan is a map of keys'],
    ['plan: 1\n a: 2\n', 'not indented like'],
    ['plan: 1\n---\nplan: 1\n', '2 YAML documents'],
    ['plan: 1\nplan: 2\n', 'a second time'],
    ['inventory: 1\nhosts: {}\n<<: 1\n', 'an inventory is YAML 1.2'],
    ['', 'this file is empty'],
  ])('%j is left alone', (text, words) => expect(() => formatted(text)).toThrow(words));
});

describe('the guard', () => {
  const text = 'plan: 1\n\na: { b: [1, 2] } # c\nd: &x 1\n';
  const guard = (other: string) => () => hold({ file: 'plan.yaml', text }, other);

  it('lets pass what means the same', () => expect(guard('plan: 1\na: {b: [1,2]} # c\nd: &x 1')).not.toThrow());

  it.each([
    [
      'a value',
      text.replace('2]', '3]'),
      'plan.yaml: formatting would change the value at line 3; the file is left as it is',
    ],
    ['an item less', text.replace(', 2', ''), 'the value at line 3'],
    ['the order of keys', 'plan: 1\nd: &x 1\na: { b: [1, 2] } # c\n', 'the value at line 1'],
    ['no YAML', text.replace(']', ''), 'the value at line'],
    ['a comment less', text.replace(' # c', ''), 'what stands at # c'],
    ['another comment', text.replace('# c', '# d'), 'what stands at # c'],
    ['a comment more', `${text}# e`, 'what stands at # e'],
    ['another anchor', text.replace('&x', '&y'), 'what stands at &x'],
  ])('refuses %s', (_, other, words) => {
    expect(guard(other)).toThrow(words);
    expect(guard(other)).toThrow(PlanRunError);
  });
});
