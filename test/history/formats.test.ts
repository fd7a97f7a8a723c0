import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byKey, historyFromFile, historyOf, isKeyed, nameOfKey, type Op, toEdn } from '../../src/history/index.ts';

function file(text: string, name = 'history'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'plan-run-test-')), name);
  writeFileSync(path, text);
  return path;
}

const read = (text: string, options?: { strict: boolean }) => [...historyFromFile(file(text), options).ops()];
const brief = (text: string) =>
  read(text).map(({ index, type, process, f, value }) => [index, type, process, f, value]);

/** What may be taken for a number, or for a keyword. */
const aName = fc.oneof(
  fc.stringMatching(/^[-+]?[0-9a]{1,20}$/),
  fc.constantFrom(
    '00',
    '-0',
    '-7',
    '+7',
    '1e3',
    'a/',
    'a/5',
    'a/b',
    'a/b/c',
    ':a',
    'nil',
    'true',
    '',
    '#_',
    '__proto__',
  ),
);

/** As they are read back: an error is a string, a value is never undefined. */
const anOp = fc.record(
  {
    time: fc.nat(),
    type: fc.constantFrom('invoke', 'ok', 'fail', 'info'),
    process: fc.oneof(fc.nat(), fc.constant('nemesis')),
    f: fc.string({ unit: 'grapheme' }),
    value: fc.oneof(
      fc.jsonValue({ depthSize: 'small' }).filter((value) => !JSON.stringify(value).includes('-0')),
      fc.dictionary(aName, fc.nat()),
    ),
    error: fc.string({ unit: 'grapheme' }),
    late: fc.nat(),
  },
  { requiredKeys: ['time', 'type', 'process', 'f', 'value'] },
) as fc.Arbitrary<Omit<Op, 'index'>>;
const someOps = fc.array(anOp).map((ops) => ops.map((op, index) => ({ index, ...op })));
const plain = (ops: readonly Op[]) => JSON.parse(JSON.stringify(ops));

describe('a history from elsewhere', () => {
  const ops = [
    [0, 'invoke', 3, 'cas', [1, 2]],
    [1, 'info', 'nemesis', 'start', 'cut off ["n1"]'],
    [2, 'ok', 3, 'cas', [1, 2]],
  ];

  it('may be EDN: an operation a line', () => {
    expect(
      brief(
        '{:type :invoke, :f :cas, :value [1 2], :process 3, :time 10}\n' +
          '{:type :info, :process :nemesis, :f :start, :value "cut off [\\"n1\\"]"}\n\n' +
          '{:process 3 :type :ok :f :cas :value (1 2)}',
      ),
    ).toEqual(ops);
  });

  it('may be EDN: one vector, with comments, tags, records and what is discarded', () => {
    expect(
      brief(
        `; recorded by Jepsen }
        [#jepsen.history.Op{:index 0, :type :invoke, :process 3, :f :cas, :value [1 #_ 7 2], :at #inst "2026-01-01"}
         #_{:type :ok, :process 9, :f :never}
         {:type :info, :process :nemesis, :f :start, :value "cut off [\\"n1\\"]"} ; here
         {:type :ok, :process 3, :f :cas, :value [1 2N]}]`,
      ),
    ).toEqual(ops);
  });

  it("may be JSON: Jepsen's array, over lines or on one", () => {
    expect(
      brief(
        `[ {"type":"invoke","f":"cas","value":[1,2],"process":3},
           {"type":"info","process":"nemesis","f":"start","value":"cut off [\\"n1\\"]"},{"process":3,
            "type":"ok","f":"cas","value":[1,2]} ]\n`,
      ),
    ).toEqual(ops);
  });

  it('may be lines of JSON with the fields in another order, blanks, and no index', () => {
    expect(
      brief(
        '{"type": "invoke", "f": "cas", "value": [1, 2], "process": 3}\n' +
          '{"type":"info","process":"nemesis","f":"start","value":"cut off [\\"n1\\"]"}\n\n' +
          '{"index":2,"time":4,"type":"ok","process":3,"f":"cas","value":[1,2]}',
      ),
    ).toEqual(ops);
  });

  it('may leave indexes out, and holds nothing at all', () => {
    expect(brief('{:index 4 :type :invoke :process 1 :f :read}{:type :ok :process 1 :f :read :value nil}')).toEqual([
      [4, 'invoke', 1, 'read', null],
      [5, 'ok', 1, 'read', null],
    ]);
    for (const text of ['', '\n', '[]', '()', '[ ]\n']) expect(read(text)).toEqual([]);
  });

  it('is the same in EDN and JSON as in our lines', () => {
    fc.assert(
      fc.property(someOps, (given) => {
        const back = plain(given);
        expect(plain(read(`[${given.map((op) => JSON.stringify(op)).join(',')}]`))).toEqual(back);
        const edn = given.map(toEdn);
        for (const text of [edn.join('\n'), `[${edn.join('\n ')}]`]) expect(plain(read(text))).toEqual(back);
      }),
      { numRuns: 100 },
    );
  });

  it('is read alike, however its lines are blanked: the quick way and the slow one agree', () => {
    const aValue = fc.oneof(fc.integer(), fc.array(fc.oneof(fc.nat(), fc.constant(null))), fc.boolean(), fc.double());
    fc.assert(
      fc.property(fc.array(fc.tuple(anOp, aValue, fc.boolean())), (drawn) => {
        const given = drawn.map(([op, value], index) => ({ index, ...op, value }));
        const lines = given.map((op, at) => JSON.stringify(op, null, drawn[at]![2] ? 1 : 0).replaceAll(/\n */g, ' '));
        expect(plain(read(lines.map((line) => `${line}\n`).join('')))).toEqual(plain(given).map(positive));
      }),
      { numRuns: 300 },
    );
    function positive(op: Op): Op {
      return Object.is(op.value, -0) ? { ...op, value: 0 } : op;
    }
  });

  it('may begin with a byte order mark', () => {
    const op = '{"type":"invoke","f":"cas","value":[1,2],"process":3}';
    for (const text of [op, `[${op}]`, '{:type :invoke :f :cas :value [1 2] :process 3}'])
      expect(brief(`\ufeff${text}`)).toEqual([ops[0]]);
  });

  it('loses nothing behind what is discarded', () => {
    const op = '{:type :invoke :f :cas :value [1 2] :process 3}';
    for (const text of [`#_ x ${op}`, `#_ "x" ${op}`, `#_{:a 1} ${op}`, `[#_ :x ${op}]`, `${op} #_${op} ; end`])
      expect(brief(text)).toEqual([ops[0]]);
    expect(read(`#_ ${op}`)).toEqual([]);
    expect(() => read(`#_ #_ ${op} ${op}`)).toThrow('not EDN: it ends within a value');
  });

  it('is streamed: forms and lines that lie over the edge of a chunk', () => {
    const long = 'é}{"'.repeat(50_000);
    const many = Array.from({ length: 12_000 }, (_, index) => ({
      ...{ index, time: index, type: 'invoke', process: index, f: 'add' },
      value: index % 5000 === 0 ? long : `é\\"${index}`,
    })) as Op[];
    expect(read(`[${many.map(toEdn).join('\n')}]`)).toEqual(many);
    expect(read(many.map((op) => JSON.stringify(op)).join('\n'))).toEqual(many);
  }, 30_000);
});

describe('values', () => {
  const value = (edn: string) => read(`{:type :ok :process 0 :f :read :value ${edn}}`)[0]?.value;

  it.each([
    ['nil', null],
    [':a/b', 'a/b'],
    ['sym', 'sym'],
    ['#{3 1 2}', [1, 2, 3]],
    ['#{:b :a}', ['a', 'b']],
    ['{:x 1, 2 "y", nil nil}', { x: 1, 2: 'y', null: null }],
    [
      '[[:append 5 1] [:r 5 nil]]',
      [
        ['append', 5, 1],
        ['r', 5, null],
      ],
    ],
    ['\\}', '}'],
    ['[\\newline \\u0041 \\a]', ['\n', 'A', 'a']],
    ['"tab\\t quote \\" \\u00e9"', 'tab\t quote " é'],
    ['-1.5e3', -1500],
    ['1.25M', 1.25],
    ['1/4', 0.25],
    ['+7', 7],
    ['##Inf', 'Infinity'],
    ['#uuid "f81d4fae"', 'f81d4fae'],
    ['#my/Tag [1]', [1]],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993N', '-9007199254740993'],
    ['^:meta x', undefined],
  ])('%s', (edn, expected) => {
    if (expected === undefined) expect(() => value(edn)).toThrow();
    else expect(value(edn)).toEqual(expected);
  });

  it('that a double cannot hold stay apart', () => {
    const line = (id: string) => `{"type":"ok","process":0,"f":"generate","value":[${id},"${id}",1.5]}\n`;
    const [one, two] = read(line('9007199254740993') + line('9007199254740992'));
    expect(one?.value).toEqual(['9007199254740993', '9007199254740993', 1.5]);
    expect(two?.value).toEqual([9007199254740992, '9007199254740992', 1.5]);
  });

  it('have their key before them, wherever it stood', () => {
    const [beside, pair, within] = read(
      '{"type":"invoke","process":0,"f":"get","key":"7","value":null}\n' +
        '{"type":"invoke","process":1,"f":"read","value":{"key":3,"value":[1,2]}}\n' +
        '{"type":"invoke","process":2,"f":"read","value":{"key":3,"value":1,"more":0}}\n',
    );
    expect([beside?.value, pair?.value, within?.value]).toEqual([
      ['7', null],
      [3, [1, 2]],
      { key: 3, value: 1, more: 0 },
    ]);
  });
});

describe('keys', () => {
  const ops = (...values: unknown[]) =>
    historyOf(values.map((value, index) => ({ index, time: 0, type: 'invoke', process: index, f: 'read', value })));

  it('are there where every operation has one', () => {
    expect(isKeyed(ops([1, null], ['x', 3]))).toBe(true);
    expect(isKeyed(ops([1, null], 3))).toBe(false);
    expect(
      isKeyed(
        ops([
          ['r', 1, null],
          ['r', 2, null],
        ]),
      ),
    ).toBe(false);
    expect(isKeyed(ops())).toBe(false);
    const cas: Op = { index: 0, time: 0, type: 'invoke', process: 0, f: 'cas', value: [1, 2] };
    expect(isKeyed(historyOf([cas]))).toBe(false);
  });

  it('part a history', () => {
    expect(
      [...byKey(ops([1, null], ['x', 3], [1, 4]))].map(([key, part]) => [key, part.map((op) => op.value)]),
    ).toEqual([
      ['1', [null, 4]],
      ['x', [3]],
    ]);
  });

  it('part a history whose completions leave out the key', () => {
    const history = historyOf(
      [
        { type: 'invoke', process: 0, value: ['x', 1] },
        { type: 'invoke', process: 1, value: ['y', null] },
        { type: 'fail', process: 0, value: null },
        { type: 'ok', process: 1, value: 5 },
        { type: 'invoke', process: 1, value: ['x', null] },
        { type: 'ok', process: 1, value: ['x', 6] },
      ].map((op, index) => ({ ...op, index, time: 0, f: 'read' }) as Op),
    );
    expect([...byKey(history)].map(([key, part]) => [key, part.map(({ type, value }) => [type, value])])).toEqual([
      [
        'x',
        [
          ['invoke', 1],
          ['fail', null],
          ['invoke', null],
          ['ok', 6],
        ],
      ],
      [
        'y',
        [
          ['invoke', null],
          ['ok', 5],
        ],
      ],
    ]);
  });
});

describe('names of keys', () => {
  it.each([
    ['x', 'x'],
    ['2', '"2"'],
    [2, '2'],
    ['-1.5', '"-1.5"'],
    ['1e+21', '"1e+21"'],
    [1e21, '1e+21'],
    ['true', '"true"'],
    [true, 'true'],
    ['null', '"null"'],
    ['"2"', '"\\"2\\""'],
    ['[1]', '"[1]"'],
    ['2 apples', '2 apples'],
    ['', ''],
  ])('%j is %s', (key, name) => {
    expect(nameOfKey(key)).toBe(name);
  });

  it('are different for different keys, which are never taken for one', () => {
    const keys = [2, '2', true, 'true', 'null', '"2"', '2 ', 'x'];
    const ops = keys.map(
      (key, index): Op => ({ index, time: 0, type: 'invoke', process: 0, f: 'read', value: [key, 0] }),
    );
    expect([...byKey(historyOf(ops)).keys()]).toEqual(['2', '"2"', 'true', '"true"', 'null', '"\\"2\\""', '2 ', 'x']);
    expect([...byKey(historyOf(ops.slice(1, 3))).keys()]).toEqual(['2', 'true']);
  });
});

describe('a malformed history is refused with file, line and what is wrong', () => {
  const first = '{"index":0,"time":1,"type":"invoke","process":0,"f":"add","value":1}\n';
  it.each([
    ['{"type":"done","process":0,"f":"add"}', 2, 'its type is "done", not invoke, ok, fail or info'],
    ['{"type":"ok","process":"n1","f":"add"}', 2, 'its process is "n1", neither an integer nor nemesis'],
    ['{"type":"ok","f":"add"}', 2, 'its process is missing'],
    ['{"type":"ok","process":0}', 2, 'its f is missing'],
    ['{"index":0,"type":"ok","process":0,"f":"add"}', 2, 'its index is 0, but the operation before it has 0'],
    ['{"index":0,"time":1,"type":"ok","process":0,"f":"add","value":1}', 2, 'its index is 0, but the operation before'],
    ['{"index":1.5,"type":"ok","process":0,"f":"add"}', 2, 'its index is 1.5, not a whole number'],
    ['{"index":1,"time":-1,"type":"ok","process":0,"f":"add"}', 2, 'its time is -1, not a whole number of nanoseconds'],
    ['7', 2, 'it is not a map of fields'],
    ['\n\n{"type":', 4, 'not JSON: {"type":'],
    ['hello', 2, 'neither JSON nor EDN: hello'],
    ['{"type":"invoke","process":0,"f":"add"}', 2, 'process 0 invokes add, but its add (index 0) is still open'],
    ['{"type":"ok","process":1,"f":"add"}', 2, 'process 1 completes add, but has invoked nothing'],
    ['{"type":"ok","process":0,"f":"read"}', 2, 'process 0 completes read, but has invoked add (index 0)'],
  ])('%s', (line, number, words) => {
    const path = file(`${first}${line}\n`);
    const all = () => [...historyFromFile(path, { strict: true }).ops()];
    expect(all).toThrow(`${path}:${number}: `);
    expect(all).toThrow(words);
  });

  it.each([
    ['[{:type :ok :process 0 :f :add}\n{:type :ok', 2, 'not EDN: "{" is not closed'],
    ['[{:type :ok :process 0 :f :add}\n', 2, 'the list of the operations is not closed: is the file whole?'],
    ['{:type :ok :process 0 :f :add}\n{:type}', 2, 'not EDN: the key "type" has no value'],
    ['{:type :ok :process 0 :f :add}\n{:type "a}', 2, 'not EDN: a string is not closed'],
    ['{:type :ok :process 0 :f :add :value 1x}', 1, 'not EDN: 1x is no number'],
    ['{:type :ok :process 0 :f :add :value "\\q"}', 1, 'not EDN: \\q means nothing in a string'],
    ['[{:type :ok :process 0 :f :add}] {:type :ok}', 1, 'its f is missing'],
    ['[{:type :ok :process 0 :f :add :value [1}]', 1, 'not EDN: "}" closes nothing'],
    ['[1 2]', 1, 'not EDN: "2]" follows the value'],
    ['[{"type":"ok","process":0,"f":"add"},\n{"type":"ok","process":0,"f":add}]', 2, 'not JSON'],
  ])('%s', (text, number, words) => {
    const path = file(text);
    expect(() => [...historyFromFile(path).ops()]).toThrow(`${path}:${number}: `);
    expect(() => [...historyFromFile(path).ops()]).toThrow(words);
  });

  it('is refused where its last line is cut off, unless its runner was killed', () => {
    const path = file(`${first}{"index":1,"time":2,"ty`);
    const all = (torn?: boolean) => [
      ...historyFromFile(path, { strict: true, name: 'h', ...(torn !== undefined && { torn }) }).ops(),
    ];
    expect(all).toThrow('h:2: the last line is cut off: is the file whole?: {"index":1,"time":2,"ty');
    expect(all(true)).toHaveLength(1);
    expect([...historyFromFile(path).ops()]).toHaveLength(1);
  });

  it('and where it is nested too deeply', () => {
    const path = file(`{:type :ok :process 0 :f :add :value ${'['.repeat(1e5)}`);
    expect(() => [...historyFromFile(path).ops()]).toThrow(`${path}:1: it is nested too deeply: {:type :ok`);
  });

  it('shows no control characters', () => {
    const path = file('\u001b[31m\u009b{\n');
    expect(() => [...historyFromFile(path, { name: 'h' }).ops()]).toThrow(
      'h:1: neither JSON nor EDN: \ufffd[31m\ufffd{',
    );
  });

  it('but a process may come back after an info, as in histories that were written by hand', () => {
    const text =
      '{:type :invoke :process 0 :f :add}{:type :info :process 0 :f :add}{:type :invoke :process 0 :f :read}';
    expect(read(text, { strict: true })).toHaveLength(3);
  });
});
