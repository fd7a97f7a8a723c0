import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logs } from '../../../src/checker/logs/index.ts';
import { patternOf, problemOf } from '../../../src/checker/logs/pattern.ts';
import { BARE_CONTEXT, type NodeLog } from '../../../src/contract/index.ts';
import { historyOf } from '../../../src/history/index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function log(node: string, file: string, text: string): NodeLog {
  mkdirSync(join(folder, node), { recursive: true });
  const path = join(folder, node, file);
  writeFileSync(path, text);
  return { node, file, path };
}

const check = (all: NodeLog[], forbidden: string[], files = ['*'], signal?: AbortSignal) =>
  logs.check(historyOf([]), { forbidden, files }, { ...BARE_CONTEXT, logs: all, ...(signal && { signal }) });

test('tells node, file, line and text of what is forbidden', async () => {
  const all = [log('n1', 'db.log', 'fine\nPANIC: 1\nfine\n'), log('n2', 'db.log', 'a panic\n\nPANIC: \u001b[2Jtwo')];
  const result = await check(all, ['PANIC', 'nothing']);
  expect(result).toEqual({
    valid: false,
    why: '2 lines of the logs match PANIC',
    files: 2,
    lines: 6,
    matches: 2,
    by_pattern: { PANIC: 2 },
    found: [
      { node: 'n1', file: 'db.log', line: 2, pattern: 'PANIC', text: 'PANIC: 1' },
      { node: 'n2', file: 'db.log', line: 3, pattern: 'PANIC', text: 'PANIC: \ufffd[2Jtwo' },
    ],
  });
  expect(logs.text(result)).toEqual([
    '2 of 6 lines are forbidden',
    'n1/db.log:2: PANIC: 1',
    'n2/db.log:3: PANIC: \ufffd[2Jtwo',
  ]);
});

test('valid where nothing is', async () => {
  const result = await check([log('n1', 'ok.log', 'fine\n')], ['PANIC']);
  expect(result).toMatchObject({ valid: true, lines: 1 });
  expect(logs.text(result)).toEqual(['1 lines in 1 files, none of them forbidden']);
});

test.each([
  [['*'], 4],
  [['*.log'], 3],
  [['n1/*'], 2],
  [['n2/redis-*.log'], 1],
  [['redis.log'], 1],
  [['redis?log'], 0],
  [['redis.log', '*.txt'], 2],
])('files %j: %d', async (files, count) => {
  const all = [
    log('n1', 'redis.log', 'x\n'),
    log('n1', 'a.txt', 'x\n'),
    log('n2', 'redis-7.log', 'x\n'),
    log('n2', 'b.log', 'x\n'),
  ];
  const result = await check(all, ['x'], files);
  expect(result.matches).toBe(count);
  if (count === 0) expect(result).toMatchObject({ valid: 'unknown', why: 'none of the 4 logs is called redis?log' });
});

test('a star is within a folder', async () => {
  const all = [log('n1', 'a.log', 'x\n'), { ...log('n1', 'b.log', 'x\n'), file: 'old/b.log' }];
  expect(await check(all, ['x'], ['n1/*.log'])).toMatchObject({ files: 1 });
  expect(await check(all, ['x'], ['n1/old/*'])).toMatchObject({ files: 1 });
});

test('no logs: unknown', async () => {
  expect(await check([], ['x'])).toMatchObject({ valid: 'unknown', why: 'no logs were collected' });
});

test('a log that cannot be read is an error, which makes it unknown', async () => {
  await expect(check([{ node: 'n1', file: 'gone', path: join(folder, 'gone') }], ['x'])).rejects.toThrow('ENOENT');
});

test('a huge file, and one without any line end, are streamed', async () => {
  const many = log('n1', 'many.log', `${'a line of some length\n'.repeat(200_000)}PANIC\n`);
  expect(await check([many], ['PANIC'])).toMatchObject({ lines: 200_001, found: [{ line: 200_001 }] });
  const long = log('n1', 'long.log', `${'x'.repeat(3_000_000)}PANIC${'y'.repeat(1000)}\nPANIC\n`);
  const result = await check([long], ['PANIC']);
  expect(result).toMatchObject({ lines: 2, matches: 2, found: [{ line: 1 }, { line: 2 }] });
  expect((result.found as { text: string }[])[0]?.text).toHaveLength(300);
  // What stands before it is told, too.
  const line = log('n1', 'line.log', `${'x'.repeat(1000)}PANIC${'y'.repeat(1000)}`);
  expect(((await check([line], ['PANIC'])).found as { text: string }[])[0]?.text.indexOf('PANIC')).toBe(150);
});

test('many matches are counted, and a hundred told', async () => {
  const result = await check([log('n1', 'all.log', 'PANIC\n'.repeat(1000))], ['PANIC']);
  expect(result).toMatchObject({ matches: 1000 });
  expect(result.found).toHaveLength(100);
  expect(logs.text(result)).toHaveLength(7);
  expect(logs.text(result).at(-1)).toBe('... and 995 more');
});

test('nobody waits for it any more: it ends', async () => {
  const file = log('n1', 'waited.log', 'x\n'.repeat(100_000));
  await expect(check([file], ['y'], ['*'], AbortSignal.abort(new Error('enough')))).rejects.toThrow();
});

describe('patterns', () => {
  test.each([
    'PANIC',
    'a+b*c?',
    '[(]a+[)]+',
    '(ab)+',
    '\\(a+\\)+',
    '(?:error|warn): .*',
    '(a{2}){3}',
    '(?i)panic',
    '(?<n>a)b+',
    'x{2,5}(y{1,3})+',
    '\\\\1',
    '([0-9a-f]{32},)+',
    '(a{50}){50}',
  ])('%s', (pattern) => {
    expect(problemOf(pattern)).toBeUndefined();
  });

  test.each([
    ['(a+)+', /repetition within a repetition/],
    ['((a*)b)*', /repetition within a repetition/],
    ['(?:a|b+)+$', /repetition within a repetition/],
    ['(a{1,}){20,}', /repetition within a repetition/],
    ['([a-z]+[0-9])*x', /repetition within a repetition/],
    ['(a{1,50}b?){1,50}', /repetition within a repetition/],
    ['(a+){50}', /repetition within a repetition/],
    ['(a)\\1', /back references/],
    ['(?<n>a)\\k<n>', /back references/],
    ['(', /not a regular expression/],
    ['a{2,1}', /not a regular expression/],
    ['[z-a]', /not a regular expression/],
  ])('%s is refused', (pattern, message) => {
    expect(problemOf(pattern)?.message).toMatch(message);
  });

  test('(?i) is any case', () => {
    expect(patternOf('(?i)panic').test('PANIC')).toBe(true);
    expect(patternOf('panic').test('PANIC')).toBe(false);
  });
});
