import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyFromFile, historyOf, Journal, type Op, pairs } from '../../src/history/index.ts';

const path = () => join(mkdtempSync(join(tmpdir(), 'plan-run-test-')), 'history.jsonl');

/** Any size, the edges of 31 bits and of the nanoseconds in a second among them. */
const aCount = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.constantFrom(0, 9, 10, 999_999_999, 1e9, 1e9 + 1, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER),
);

const anOp = fc.record(
  {
    time: aCount,
    type: fc.constantFrom('invoke', 'ok', 'fail', 'info'),
    process: fc.oneof(fc.nat(), fc.constant('nemesis')),
    f: fc.string(),
    value: fc.oneof(fc.jsonValue(), aCount),
    error: fc.string(),
    late: aCount,
  },
  { requiredKeys: ['time', 'type', 'process', 'f', 'value'] },
) as fc.Arbitrary<Omit<Op, 'index'>>;

describe('the journal', () => {
  it('gives back what was appended, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(anOp), (ops) => {
        const file = path();
        const journal = new Journal(file);
        for (const op of ops) journal.append(op);
        journal.close();
        const expected = JSON.parse(JSON.stringify(ops.map((op, index) => ({ index, ...op }))));
        expect([...historyFromFile(file).ops()]).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a value that is not JSON, and goes on as if it had not been there', () => {
    const file = path();
    const journal = new Journal(file);
    const append = (value: unknown) => journal.append({ time: 1, type: 'invoke', process: 0, f: 'add', value });
    append(1);
    for (const value of [1n, () => 1, Symbol('one')]) expect(() => append(value)).toThrow(TypeError);
    append(2);
    journal.close();
    expect([...historyFromFile(file).ops()].map(({ index, value }) => [index, value])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('ends where the file system refuses a part, says so once, and writes nothing after the gap', () => {
    // Every write to /dev/full fails with ENOSPC.
    const journal = new Journal('/dev/full');
    journal.append({ time: 1, type: 'invoke', process: 0, f: 'add', value: 1 });
    expect(() => journal.flush()).toThrow(/^Cannot write the history: \/dev\/full: ENOSPC/);
    journal.append({ time: 2, type: 'ok', process: 0, f: 'add', value: 1 });
    expect(() => journal.flush()).not.toThrow();
    expect(() => journal.close()).not.toThrow();
  });

  it('is streamed in chunks without losing a line at their edges', () => {
    const file = path();
    const journal = new Journal(file);
    for (let i = 0; i < 20_000; i++)
      journal.append({ time: i, type: 'invoke', process: i % 7, f: 'add', value: `é${i}` });
    journal.close();
    let next = 0;
    for (const op of historyFromFile(file).ops()) {
      expect(op.index).toBe(next);
      expect(op.value).toBe(`é${next}`);
      next++;
    }
    expect(next).toBe(20_000);
  });

  it('has on disk, after kill -9, what the process had time to act on', async () => {
    const file = path();
    const child = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        `
        const { Journal } = await import('${process.cwd()}/src/history/journal.ts');
        const journal = new Journal('${file}');
        for (let i = 0; ; i++) {
          journal.append({ time: i, type: 'invoke', process: 0, f: 'add', value: i });
          // Said only after a turn of the loop: whoever hears of operation i must find it in the file.
          if (i % 100 === 0) await new Promise((resolve) => setImmediate(() => process.stdout.write(i + '\\n', resolve)));
        }`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    for await (const chunk of child.stdout) {
      said += chunk;
      if (said.length > 2000) break;
    }
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const heard = Number(said.trimEnd().split('\n').at(-2));
    expect(heard).toBeGreaterThan(100);
    const ops = [...historyFromFile(file).ops()];
    expect(ops.length).toBeGreaterThan(heard);
    expect(ops.map((op) => op.value)).toEqual(ops.map((_, index) => index));
  });
});

describe('a history file', () => {
  it('may end in the middle of a line: the runner was killed', () => {
    const file = path();
    const journal = new Journal(file);
    journal.append({ time: 1, type: 'invoke', process: 0, f: 'add', value: 1 });
    journal.close();
    appendFileSync(file, '{"index":1,"time":2,"ty');
    expect([...historyFromFile(file).ops()]).toHaveLength(1);
  });

  it.each([
    ['{"index":0', 'not JSON'],
    ['{"index":0,"time":1,"type":"done","process":0,"f":"add","value":1}', 'not an operation'],
    ['{"index":0,"time":1.5,"type":"ok","process":0,"f":"add","value":1}', 'not an operation'],
    ['[]', 'not an operation'],
    ['null', 'not an operation'],
  ])('with the line %s is refused with file and line', (line, words) => {
    const file = path();
    writeFileSync(file, `{"index":0,"time":1,"type":"invoke","process":0,"f":"add","value":1}\n${line}\n`);
    expect(() => [...historyFromFile(file).ops()]).toThrow(`${file}:2: ${words}`);
  });
});

describe('pairs', () => {
  it('joins invocations with completions; what never completed comes last', () => {
    const op = (index: number, type: Op['type'], process: Op['process'], value: unknown): Op => ({
      index,
      time: index,
      type,
      process,
      f: 'add',
      value,
    });
    const history = historyOf([
      op(0, 'invoke', 0, 'a'),
      op(1, 'invoke', 1, 'b'),
      op(2, 'info', 'nemesis', null),
      op(3, 'ok', 1, 'b'),
      op(4, 'invoke', 1, 'c'),
      op(5, 'fail', 1, 'c'),
    ]);
    expect([...pairs(history)].map(({ invoke, completion }) => [invoke.value, completion?.type])).toEqual([
      ['b', 'ok'],
      ['c', 'fail'],
      ['a', undefined],
    ]);
  });
});

describe('reading', () => {
  it('leaves the file as it is', () => {
    const file = path();
    writeFileSync(file, '');
    expect([...historyFromFile(file).ops()]).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe('');
  });
});
