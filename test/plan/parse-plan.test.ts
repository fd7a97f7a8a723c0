import { describe, expect, it } from 'vitest';
import type { Registry } from '../../src/contract/index.ts';
import {
  type Overrides,
  outlineOf,
  parsePlan,
  problemForFile,
  problemsJson,
  renderProblems,
} from '../../src/plan/index.ts';
import { parseText, textOf } from './fixtures.ts';
import { registry } from './registry.ts';

const smallest = textOf('accepted', 'smallest');
const parse = (text: string | Uint8Array, file?: string) => parseText(text, registry, undefined, file);
const said = (text: string | Uint8Array) => parse(text).problems.map(({ rule, line, column }) => [rule, line, column]);

describe('a plan with everything left out', () => {
  it('has the defaults, the workload’s own checker and the positions of its modules', () => {
    const { plan, problems } = parse(smallest, 'plans/My first_plan.yaml');
    expect(problems).toEqual([]);
    expect(plan).toMatchObject({
      file: 'plans/My first_plan.yaml',
      name: 'my-first-plan',
      seed: 1,
      environment: { name: 'sim', settings: { loss: '0%' }, place: { line: 1, column: 1 } },
      nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
      database: { name: 'redis', place: { path: 'database.redis', line: 3, column: 3 } },
      workload: { name: 'set', clients: 5, attach: 'outside', timeoutMs: 5000, place: { line: 5, column: 3 } },
      faults: [],
      settleMs: 10_000,
      readyTimeoutMs: 60_000,
      require: { before: 1, during: 1, after: 1 },
      checkers: [{ name: 'set', settings: { lost: 0 } }],
      expect: 'valid',
      modules: [],
    });
    expect(plan).not.toHaveProperty('about');
    expect(plan?.workload).not.toHaveProperty('ratePerS');
    expect(plan?.database.settings).toMatchObject({ down_after: '2s', wait: 0 });
  });

  it('takes its first environment from the registry', () => {
    const environments = new Map([...registry.environments].reverse());
    expect(parseText(smallest, { ...registry, environments }).plan?.environment).toMatchObject({ name: 'lab' });
  });
});

describe('a whole plan', () => {
  const { plan } = parse(textOf('accepted', 'whole'));
  it('has its units converted', () => {
    expect(plan?.workload).toMatchObject({ clients: 5, attach: 'home', ratePerS: 100, timeoutMs: 1000 });
    expect(plan?.faults.map((fault) => fault.schedule)).toEqual([
      { kind: 'once', atMs: 4000, forMs: 9000 },
      { kind: 'once', atMs: 20_000, forMs: 5000 },
      { kind: 'every', everyMs: 10_000, fromMs: 30_000, untilMs: 55_000, jitterMs: 1000, forMs: 4000 },
    ]);
  });
  it('keeps where each fault stands', () => {
    expect(plan?.faults[2]?.choices.map((choice) => choice.place)).toEqual([
      { path: 'faults[2].mix[0].pause', line: 32, column: 9 },
      { path: 'faults[2].mix[1].partition', line: 33, column: 9 },
    ]);
  });
  it('leaves secrets to the run', () => {
    expect(plan?.database.settings).toMatchObject({ password: '${env:REDIS_PASSWORD}' });
  });
});

describe('half a map of clients', () => {
  it.each([
    ['{ attach: home }', { clients: 5, attach: 'home' }],
    ['{ count: 7 }', { clients: 7, attach: 'outside' }],
  ])('clients: %s', (clients, expected) => {
    expect(parse(smallest.replace('  set:', `  clients: ${clients}\n  set:`)).plan?.workload).toMatchObject(expected);
  });
});

describe('files that are no text', () => {
  it('names the first byte that is not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('plan: 1\nabout: caf'), Buffer.from([0xe9]), Buffer.from('\n')]);
    const { problems } = parse(bytes);
    expect(problems).toMatchObject([{ rule: 'not-utf8', line: 2, column: 11 }]);
    expect(problems[0]?.message).toContain('byte 0xe9 at offset 18');
  });
  it('counts columns in UTF-16 units before that byte', () => {
    const bytes = Buffer.concat([Buffer.from('é𝄞'), Buffer.from([0x80])]);
    expect(parse(bytes).problems).toMatchObject([{ rule: 'not-utf8', line: 1, column: 4 }]);
  });
  it('knows UTF-16 and binary files', () => {
    expect(said(Buffer.from('\ufeffplan: 1\n', 'utf16le'))).toEqual([['not-utf8', 1, 1]]);
    expect(said(Buffer.from('\x7fELF\x00\x01', 'latin1'))).toEqual([['wrong-kind', 1, 1]]);
  });
  it('refuses more than 1 MB without reading it', () => {
    expect(said(Buffer.alloc(2 * 1024 * 1024, 'x'))).toEqual([['file-too-large', 1, 1]]);
  });
  it('overlooks a byte order mark', () => {
    expect(parse(`\ufeff${smallest}`).problems).toEqual([]);
  });
  it('reads files with CRLF, and counts their lines', () => {
    expect(parse(smallest.replaceAll('\n', '\r\n')).problems).toEqual([]);
    expect(said('plan: 1\r\ndatabase:\r\n  reddis:\r\nworkload:\r\n  set:\r\n')).toEqual([['unknown-module', 3, 3]]);
  });
  it.each([
    ['ENOENT', 'there is no such file'],
    ['EISDIR', 'this is a directory'],
    ['EACCES', 'permission denied'],
    ['EIO', 'disk on fire'],
  ])('says why a file could not be opened: %s', (code, words) => {
    const problem = problemForFile('a.yaml', Object.assign(new Error('disk on fire'), { code }));
    expect(problem).toMatchObject({ rule: 'file-unreadable', severity: 'error', file: 'a.yaml', line: 1, column: 1 });
    expect(problem.message).toContain(words);
  });
});

describe('what is shown of the text', () => {
  it('is marked by the columns of a terminal: wide letters take two, accents none', () => {
    const line = '  - { "数": 1, at: 1s, 😀e\u0301: 2, noop: }';
    const { problems, source } = parse(`${smallest}faults:\n${line}\n`);
    const marks = renderProblems(problems, [source], { color: false }).match(/(?<=\| ) *\^+$/gm);
    expect(marks).toEqual([`${' '.repeat(6)}^^^^`, `${' '.repeat(23)}^^^`]);
  });
  it('says once what stands once, however many aliases use it', () => {
    const faults = 'faults:\n  - &f { at: 1s, for: 1, kill: n9 }\n  - *f\n  - *f\n';
    expect(said(smallest + faults).map(([rule]) => rule)).toEqual(['wrong-unit', 'unknown-node']);
  });
});

describe('text that is hard to parse', () => {
  it.each([
    ['a hundred thousand brackets', `plan: ${'['.repeat(100_000)}`],
    ['a hundred thousand nested maps', `${'a: {'.repeat(100_000)}`],
    ['a million dashes', '- '.repeat(250_000)],
    ['a directive', '%YAML 1.1\n---\nplan: 1\n---\n'],
    ['an anchor without a value', 'plan: &a\n'],
    ['a null byte escape', '"\\0": 1\n'],
    ['control characters', 'plan: \u0007\u001b[2J\n'],
  ])('%s', (_, text) => {
    const { problems, source } = parse(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(renderProblems(problems, [source], { color: false })).not.toMatch(/\n\s+at .*\.(ts|js):\d/);
  });
  it('knows true and false only, even where the text says it is YAML 1.1', () => {
    const text = `%YAML 1.1\n---\n${smallest.replace('redis:', 'redis: { appendonly: yes }')}`;
    expect(said(text)).toEqual([['wrong-type', 5, 24]]);
  });
});

describe('overrides', () => {
  const override = (...set: string[]) => parseText(smallest, registry, { set });
  it('set values, in maps that may not be there yet', () => {
    const { plan, problems } = override('database.redis.wait=2', 'workload.rate=50/s', 'require.before=0', 'nodes=3');
    expect(problems).toEqual([]);
    expect(plan).toMatchObject({
      nodes: ['n1', 'n2', 'n3'],
      database: { settings: { wait: 2 } },
      workload: { ratePerS: 50 },
      require: { before: 0, during: 1 },
    });
  });
  it('set values in lists', () => {
    const { plan } = parseText(textOf('accepted', 'whole'), registry, { set: ['faults[0].at=5s', 'nodes[4]=n9'] });
    expect(plan).toBeUndefined();
    const { plan: moved } = parseText(textOf('accepted', 'whole'), registry, { set: ['faults[0].at=5s'] });
    expect(moved?.faults[0]?.schedule).toMatchObject({ atMs: 5000 });
  });
  it('set seed and environment', () => {
    expect(parseText(smallest, registry, { seed: 7, environment: 'lab' }).plan).toMatchObject({ seed: 7 });
    const { problems } = parseText(smallest, registry, { seed: -1, environment: 'moon' });
    expect(problems.map(({ rule, override }) => [rule, override])).toEqual([
      ['wrong-value', '--seed -1'],
      ['unknown-module', '--env moon'],
    ]);
  });
  it('set the settings of an environment, and choose another one', () => {
    const short = smallest.replace(/^plan: 1/m, 'plan: 1\nenvironment: sim');
    const placeOf = (text: string, overrides: Overrides) => parseText(text, registry, overrides).plan?.environment;
    const slow = { set: ['environment.sim.latency=40ms'] };
    for (const text of [smallest, short]) {
      expect(placeOf(text, slow)).toMatchObject({ name: 'sim', settings: { latency: '40ms' } });
      expect(placeOf(text, { ...slow, environment: 'sim' })).toMatchObject({ settings: { latency: '40ms' } });
      expect(placeOf(text, { ...slow, environment: 'lab' })).toMatchObject({ name: 'lab', settings: {} });
    }
    expect(placeOf(short, { set: ['environment=lab'] })).toMatchObject({ name: 'lab' });
  });
  it('are kept in the plan, for those who read what runs', () => {
    expect(override('database.redis.wait=2').plan?.overrides).toEqual([
      { path: 'database.redis.wait', argument: '--set database.redis.wait=2' },
    ]);
    expect(parse(smallest).plan).not.toHaveProperty('overrides');
  });
  it('are each named, where several are wrong alike', () => {
    expect(override('foo', 'bar').problems.map((problem) => problem.override)).toEqual(['--set foo', '--set bar']);
  });
  it('are checked like the plan, and named in what is wrong', () => {
    const { problems, source } = override('database.redis.wiat=2', 'database.redis.down_after=2');
    expect(renderProblems(problems, [source], { color: false })).toBe(
      [
        'plan.yaml:3:3: error: unknown key "wiat" in database.redis (in --set database.redis.wiat=2) [unknown-key]',
        '  at database.redis.wiat',
        '  did you mean "wait"?',
        '',
        'plan.yaml:3:3: error: expected a duration such as 250ms, 15s, 2m or 1h, got 2 (in --set database.redis.down_after=2) [wrong-unit]',
        '  at database.redis.down_after',
        '  did you mean "2s"?',
        '',
      ].join('\n'),
    );
  });
  it.each([
    ['wait', 'wants a path'],
    ['a..b=1', 'wants a path'],
    ['__proto__.polluted=1', 'wants a path'],
    ['plan.x=1', 'plan holds 1, so it has no key "x"'],
    ['nodes[1]=n1', 'nodes has 0 items, so there is no [1]'],
    ['about=!foo x', 'has a tag'],
    ['database.redis.toString.x=1', 'unknown key "toString"'],
    ['nodes=[n1', 'not YAML'],
    ['nodes=*n', 'not YAML'],
  ])('that cannot be applied are refused: --set %s', (set, words) => {
    const { plan, problems } = override(set);
    expect(plan).toBeUndefined();
    expect(problems[0]?.override).toBe(`--set ${set}`);
    expect(`${problems[0]?.message}`).toContain(words);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('modules from outside', () => {
  const text = 'plan: 1\nmodules: [./my-db.mjs]\ndatabase:\n  my-db: {}\nworkload:\n  set: {}\n';
  const bytes = Buffer.from(text);
  it('are known before the plan is validated', () => {
    expect(outlineOf({ file: 'a.yaml', bytes }).modules).toEqual(['./my-db.mjs']);
    expect(outlineOf({ file: 'a.yaml', bytes: Buffer.from('plan: [') }).modules).toEqual([]);
    expect(outlineOf({ file: 'a.yaml', bytes: Buffer.from([0]) }).modules).toEqual([]);
  });
  it('are offered only where they were not loaded', () => {
    expect(parsePlan({ file: 'a.yaml', bytes }, registry).problems[0]?.hint).toContain('--allow-modules');
    const allowed = parsePlan({ file: 'a.yaml', bytes }, registry, { modulesAllowed: true });
    expect(allowed.problems[0]?.hint).not.toContain('--allow-modules');
    const databases = new Map([
      ...registry.databases,
      ['my-db', { ...registry.databases.get('redis')!, name: 'my-db' }],
    ]);
    const loaded: Registry = { ...registry, databases };
    expect(parsePlan({ file: 'a.yaml', bytes }, loaded, { modulesAllowed: true }).plan?.database.name).toBe('my-db');
  });
});

describe('a module that could not be loaded', () => {
  it('is named where the plan names it', () => {
    const bytes = Buffer.from('plan: 1\nmodules: [./a.mjs, ./b.mjs]\ndatabase:\n  redis: {}\nworkload:\n  set: {}\n');
    const moduleFailures = new Map([['./b.mjs', 'ouch']]);
    const { plan, problems } = parsePlan({ file: 'a.yaml', bytes }, registry, { modulesAllowed: true, moduleFailures });
    expect(plan).toBeUndefined();
    expect(problems).toMatchObject([
      { rule: 'bad-module', line: 2, column: 20, message: 'the module ./b.mjs cannot be used: ouch' },
    ]);
  });
});

describe('problems as JSON', () => {
  it('are counted, with all their fields', () => {
    const { problems } = parse('plan: 1\ndatabase: {redis: {wait: x}}\nworkload: {set: {}}\n');
    expect(problemsJson(problems)).toEqual({
      errors: 1,
      warnings: 0,
      problems: [
        {
          rule: 'wrong-type',
          severity: 'error',
          message: 'expected a whole number, not negative, got the text "x"',
          file: 'plan.yaml',
          line: 2,
          column: 26,
          endLine: 2,
          endColumn: 27,
          path: 'database.redis.wait',
        },
      ],
    });
  });
});

describe('rendered problems', () => {
  it('are coloured on request', () => {
    const { problems, source } = parse('plan: 2\ndatabase: {redis: {}}\nworkload: {set: {}}\n');
    const plain = renderProblems(problems, [source], { color: false });
    const colored = renderProblems(problems, [source], { color: true });
    expect(colored).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ANSI escapes are made of them
    expect(colored.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(plain);
  });
});
