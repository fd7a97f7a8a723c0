/** `plan-run check` and `plan-run export`, as a user calls them. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planFolder } from './folder.ts';
import { planRun } from './program.ts';

const folder = planFolder();
afterAll(() => folder.remove());
const run = (...argv: readonly string[]) => planRun(argv, { cwd: folder.path });

const SET = `[{:type :invoke :process 0 :f :add :value 1} {:type :ok :process 0 :f :add :value 1}
 {:type :invoke :process 0 :f :add :value 2} {:type :ok :process 0 :f :add :value 2}
 {:type :invoke :process 1 :f :read} {:type :ok :process 1 :f :read :value #{1 2}}]`;
folder.write('good.edn', SET);
folder.write('lost.edn', SET.replace('#{1 2}', '#{1}'));
folder.write('unread.edn', SET.replace(':ok :process 1', ':info :process 1'));
folder.write('torn.edn', SET.slice(0, 150));
const COUNTED = `{"type":"invoke","process":0,"f":"add","value":1}
{"type":"ok","process":0,"f":"add","value":1}
{"type":"invoke","process":0,"f":"read","value":null}
{"type":"ok","process":0,"f":"read","value":7}
`;
folder.write('cas.jsonl', '{"type":"invoke","process":0,"f":"cas","value":[1,2]}\n');

describe('plan-run check', () => {
  it.each([
    ['good.edn', 0, 'good.edn: valid  (set; 6 operations)\n'],
    [
      'lost.edn',
      1,
      'lost.edn: invalid  (set; 6 operations)\n  because set: 1 acknowledged writes are not in the final',
    ],
    ['unread.edn', 2, 'unread.edn: unknown  (set; 6 operations)\n  because set: the set was never read'],
  ])('%s ends with %i', (file, code, words) => {
    const { status, stdout } = run('check', file, '--checker', 'set');
    expect(status).toBe(code);
    expect(stdout.startsWith(words), stdout).toBe(true);
  });

  it.each([
    ['torn.edn', 'torn.edn:2: not EDN: "{" is not closed'],
    ['good.yaml', 'good.yaml:1: neither JSON nor EDN: plan: 1'],
  ])('%s has no verdict, but an error with file and line', (file, words) => {
    for (const json of [[], ['--json']]) {
      const { status, stdout, stderr } = run('check', file, '--checker', 'set', ...json);
      expect({ status, stdout }).toEqual({ status: 65, stdout: '' });
      expect(stderr).toContain(words);
    }
  });

  it('of several ends with the worst, and has judged them all', () => {
    const files = ['good.edn', 'lost.edn', 'unread.edn'];
    const { status, stdout } = run('check', ...files, '--checker', 'set: {}');
    expect(status).toBe(1);
    for (const file of files) expect(stdout).toContain(`${file}: `);
    expect(run('check', 'unread.edn', 'good.edn', '--checker', 'set').status).toBe(2);
    const broken = run('check', 'lost.edn', 'torn.edn', 'good.edn', '--checker', 'set');
    expect(broken.status).toBe(65);
    expect(broken.stdout).toContain('good.edn: valid');
  });

  it('answers in JSON: one checker at the top, several by their names', () => {
    const one = JSON.parse(run('check', 'lost.edn', '--checker', 'set: {lost: 1}', '--json').stdout);
    expect(one).toMatchObject({
      history: 'lost.edn',
      valid: true,
      checker: 'set',
      ops: 6,
      lost: 1,
      lost_elements: '2',
    });
    const two = run('check', 'lost.edn', '--checker', '{set: {}, availability: {}}', '--json');
    expect(two.status).toBe(1);
    expect(JSON.parse(two.stdout)).toMatchObject({
      ...{ valid: false, checker: ['set', 'availability'], ops: 6 },
      checkers: { set: { valid: false, lost: 1 }, availability: { valid: true, rate: 1 } },
    });
  });

  it.each([
    [['good.edn', '--checker', 'sett'], 65, '--checker:1:1: error: there is no checker "sett"'],
    [['good.edn', '--checker', 'set', '--checker', 'stats'], 64, 'It stands there once, and may name several'],
    [['good.edn', '--checker', 'set: {lots: 1}'], 65, 'did you mean "lost"?'],
    [['good.edn', '--checker', 'set: {'], 65, '--checker:1:'],
    [['good.edn', '--checker', ''], 64, '--checker names no checker'],
    [['nothing.edn', '--checker', 'set'], 69, 'Cannot read the history: ENOENT'],
    [['good.edn', 'lost.edn', '--checker', 'set', '--html', 'x.html'], 64, '--html draws one history'],
    [[], 64, "missing required argument 'histories'"],
  ])('%j is refused', (argv, code, words) => {
    const { status, stdout, stderr } = run('check', ...argv);
    expect({ status, stdout }).toEqual({ status: code, stdout: '' });
    expect(stderr).toContain(words);
  });

  it.each(['-', '/dev/stdin'])('reads %s as often as it must', (path) => {
    const input = COUNTED;
    mkdirSync(join(folder.path, 'tmp'), { recursive: true });
    const env = { ...process.env, TMPDIR: join(folder.path, 'tmp') };
    const { status, stdout } = planRun(['check', path], { cwd: folder.path, input, env });
    expect(readdirSync(env.TMPDIR)).toEqual([]);
    expect({ status, stdout }).toMatchObject({ status: 1, stdout: expect.stringContaining('(counter; 4 operations)') });
    const torn = planRun(['check', path], { cwd: folder.path, input: `${input}{` });
    expect(torn.stderr).toContain(`${path}:5: the last line is cut off`);
    expect(planRun(['export', path], { cwd: folder.path, input }).stdout).toContain(':value 7}\n');
  });

  it('refuses a malformed history that the checker does not read to its end, and counts one that is whole', () => {
    folder.write('late.edn', `${SET.slice(0, -1)} {:type :okay}]`);
    for (const checker of ['noop', 'independent: {checker: {set: {}}}']) {
      expect(run('check', 'late.edn', '--checker', checker).status).toBe(65);
      expect(run('check', 'good.edn', '--checker', checker).stdout).toContain('; 6 operations)');
    }
  });

  it('asks for a checker where nothing says who judges', () => {
    folder.write('odd.edn', '{:type :invoke :process 0 :f "dance\\u001b[31m"}');
    const { status, stderr } = run('check', 'odd.edn');
    expect(status).toBe(64);
    expect(stderr).toContain('odd.edn does not say what is to be judged: its operations are dance\ufffd[31m\n');
  });
});

describe('a run', () => {
  const latest = join(folder.path, 'store', 'latest');
  const results = () => JSON.parse(readFileSync(join(latest, 'results.json'), 'utf8'));
  const check = (...argv: readonly string[]) => run('check', 'store/latest', ...argv);
  beforeAll(() => {
    run('good.yaml');
  });

  it('is judged again as it was at its end, by its folder or its history', () => {
    const { set } = results().checkers;
    for (const path of ['store/latest', 'store/latest/history.jsonl']) {
      const { status, stdout } = run('check', path, '--json');
      expect(status).toBe(1);
      expect(JSON.parse(stdout)).toEqual({ history: path, checker: 'set', ops: expect.any(Number), ...set });
    }
  });

  it('is judged by another checker when one is named, with the dates and faults of its report', () => {
    expect(check('--checker', 'set: {lost: 100000}').status).toBe(0);
    // The workload begins after 1.6 s of the history.
    const gaps = 'availability: {gap: "< 1ms"}';
    run('good.yaml', '--set', `checker={${gaps}}`, '--store', 'gaps');
    for (const { stdout } of [check('--checker', gaps), run('check', 'gaps/latest')])
      expect(stdout).toMatch(/first broken at \d\dms; .* during f1 partition/);
  });

  it('that has not earned a verdict does not get one afterwards', () => {
    const unearned = run('good.yaml', '--set', 'faults=[]', '--set', 'require={before: 100000}', '--store', 'unearned');
    expect(unearned.status).toBe(2);
    const { status, stdout } = run('check', 'unearned/latest');
    expect(status).toBe(2);
    expect(stdout).toContain('ended ok in the whole run (require.before: 100000)');
  });

  it('that was killed is unknown, for nobody knows what would have come', () => {
    run('good.yaml', '--set', 'faults=[]', '--store', 'killed');
    expect(run('check', 'killed/latest').status).toBe(0);
    rmSync(join(folder.path, 'killed', 'latest', 'results.json'));
    const { status, stdout } = run('check', 'killed/latest');
    expect(status).toBe(2);
    expect(stdout).toContain('because the run was killed before it was judged');
    const history = join(folder.path, 'killed', 'latest', 'history.jsonl');
    const text = readFileSync(history, 'utf8');
    writeFileSync(history, text.slice(0, -9));
    expect(run('check', 'killed/latest').status).toBe(2);
    expect(run('check', 'killed/latest', '--checker', 'noop').status).toBe(2);
    writeFileSync(join(folder.path, 'torn.jsonl'), text.slice(0, -9));
    expect(run('check', 'torn.jsonl', '--checker', 'set')).toMatchObject({ status: 65, stdout: '' });
  });

  it('that was killed has lost nothing in a queue that nobody has drained', () => {
    mkdirSync(join(folder.path, 'queue'));
    const enqueued = (type: string) =>
      `{"index":${type === 'ok' ? 1 : 0},"type":"${type}","process":0,"f":"enqueue","value":1}\n`;
    folder.write('queue/history.jsonl', enqueued('invoke') + enqueued('ok'));
    const { status, stdout } = run('check', 'queue', '--checker', 'total-queue');
    expect(status).toBe(2);
    expect(stdout).toContain('nobody has drained the queue');
    expect(run('check', 'queue/history.jsonl', '--checker', 'total-queue').status).toBe(1);
  });

  it('whose files are damaged is no bug of ours', () => {
    run('good.yaml', '--set', 'faults=[]', '--store', 'damaged');
    const write = (name: string, text: string) => writeFileSync(join(folder.path, 'damaged', 'latest', name), text);
    write('results.json', 'null');
    expect(run('check', 'damaged/latest')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('results.json: it holds no object'),
    });
    write('timeline.json', '{"environment": {}}');
    expect(run('check', 'damaged/latest')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('timeline.json is no timeline of a run: it has no nodes'),
    });
  });
});

describe('plan-run export', () => {
  it('writes what it reads in the same words, whatever the format', () => {
    const jsonl = readFileSync(join(folder.path, 'store', 'latest', 'history.jsonl'), 'utf8');
    const fields = (text: string) => text.split('\n').map((line) => line && JSON.parse(line));
    for (const format of ['edn', 'json', 'jsonl']) {
      const exported = run('export', 'store/latest', '--format', format);
      expect(exported.status).toBe(0);
      writeFileSync(join(folder.path, 'exported'), exported.stdout);
      const back = run('export', 'exported', '--format', 'jsonl');
      expect(fields(back.stdout)).toEqual(fields(jsonl));
    }
    const [first] = run('export', 'store/latest').stdout.split('\n');
    expect(first).toMatch(/^\{:index 0, :time \d+, :type :invoke, :process 0, :f :add, :value 0, :late \d+\}$/);
  });

  it('writes one key alone', () => {
    folder.write(
      'keys.edn',
      '{:type :invoke :process 0 :f :cas :value [7 [1 2]]}{:type :invoke :process 1 :f :read :value [8 nil]}',
    );
    expect(run('export', 'keys.edn', '--key', '7').stdout).toBe(
      '{:index 0, :time 0, :type :invoke, :process 0, :f :cas, :value [1 2]}\n',
    );
    const none = run('export', 'keys.edn', '--key', '9');
    folder.write(
      'two.edn',
      '{:type :invoke :process 0 :f :read :value ["7" 1]}{:type :invoke :process 1 :f :read :value ["8" 2]}{:type :invoke :process 2 :f :read :value [7 3]}',
    );
    const values = (key: string) =>
      [...run('export', 'two.edn', '--key', key).stdout.matchAll(/:value (\d)/g)].map(([, value]) => value);
    expect([values('7'), values('"7"'), values('8')]).toEqual([['3'], ['1'], ['2']]);
    expect({ status: none.status, stdout: none.stdout }).toEqual({ status: 64, stdout: '' });
  });
});
