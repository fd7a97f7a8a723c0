import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import mermaid from 'mermaid';
import { afterEach, describe, expect, it } from 'vitest';
import { makeRegistry } from '../../src/cli/registry.ts';
import { type Bar, gantt } from '../../src/timeline/gantt.ts';
import { ganttOf, type Timeline } from '../../src/timeline/index.ts';
import { validatePlan } from '../../src/timeline/validate.ts';
import { namesIn, textOf } from '../plan/fixtures.ts';

const registry = makeRegistry();

function timelineOf(text: string, file = 'test.yaml'): Timeline {
  const { ready, problems } = validatePlan({ file, bytes: Buffer.from(text) }, registry);
  if (ready === undefined) throw new Error(JSON.stringify(problems));
  return ready.timeline;
}

const plan = (name: string) => timelineOf(readFileSync(`plans/${name}`, 'utf8'), `plans/${name}`);
const head = (rest: string) => `plan: 1\ndatabase: { redis: }\n${rest}`;

/** What Mermaid's own parser made of a bar. */
interface Task {
  readonly section: string;
  readonly task: string;
  readonly startTime: Date;
  readonly endTime: Date;
  readonly crit?: true;
  readonly done?: true;
  readonly milestone?: true;
}

/** Throws where Mermaid would show an error in place of a chart. */
async function tasksOf(text: string): Promise<Task[]> {
  expect(await mermaid.parse(text)).toMatchObject({ diagramType: 'gantt' });
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const tasks = (db as unknown as { getTasks(): Task[] }).getTasks();
  return tasks.map((task) => ({ ...task, task: decoded(task.task), section: decoded(task.section) }));
}

/** As Mermaid does with the whole drawing: `#58;` became `ﬂ°°58¶ß` before it parsed, and is an XML reference now. */
function decoded(text: string): string {
  return text.trim().replaceAll(/ﬂ°°(\d+)¶ß/g, (_, code) => String.fromCodePoint(Number(code)));
}

describe('the gantt', () => {
  const every = head(`nodes: 25
workload: { rate: 100/s, set: { writes: 60000 } }
faults:
  - { every: 30s, for: 12s, jitter: 5s, partition: minority }
  - { every: 40s, for: 6s, from: 10s, mix: [{ kill: one }, { pause: majority }] }
  - { at: 590s, kill: majority }
`);
  const open = head(`workload: { rate: max, set: { writes: 2000 } }
faults: [{ at: 5s, for: 12s, partition: [[n1, n2], [n3, n4, n5]] }, { at: 20s, kill: [n1, n2, n3] }]
`);
  const majority = readFileSync('plans/mongo-majority.yaml', 'utf8');

  it.each<[string, string, string?]>([
    ['one-fault', majority],
    ['moved', majority.replace('at: 10s', 'at: 20s').replace('for: 45s', 'for: 15s'), majority],
    ['slower', majority.replace('rate: 75/s', 'rate: 50/s'), majority],
    ['no-faults-before', majority, majority.replace(/\nfaults:[\s\S]*?\n\n/, '\n\n')],
    ['processes', readFileSync('plans/etcd-processes.yaml', 'utf8')],
    ['many', every, every.replace('every: 30s', 'every: 25s')],
    ['without-a-rate', open],
    ['without-faults', head('workload: { set: { writes: 2000 } }\n')],
    [
      'milliseconds',
      head(`workload: { rate: 1000/s, timeout: 10ms, set: { writes: 2000 } }
settle: 100ms
faults: [{ every: 300ms, for: 120ms, from: 50ms, jitter: 10ms, pause: one }]
`),
    ],
    [
      'days',
      head(`workload: { rate: 1/s, set: { writes: 500000 } }
faults: [{ every: 9h, for: 12m, kill: minority }]
`),
    ],
  ])('of the plan %s', async (name, text, before) => {
    const drawn = ganttOf(timelineOf(text), before === undefined ? undefined : timelineOf(before));
    await expect(drawn).toMatchFileSnapshot(`../fixtures/timelines/${name}.mmd`);
    expect((await tasksOf(drawn)).length).toBeLessThanOrEqual(65);
  });

  it('has no before where the schedule is the same', () => {
    const other = majority.replace('settle: 15s', 'settle: 30s').replace('lost: 0', 'lost: 5');
    expect(ganttOf(timelineOf(majority), timelineOf(other))).toBe(ganttOf(timelineOf(majority)));
  });

  it('has the times without a majority as they were, only where they are others', () => {
    const faults = 'faults: [{ at: 5s, for: 9s, kill: [n1, n2] }]\n';
    const three = head(`nodes: 3\nworkload: { rate: 100/s, set: { writes: 2000 } }\n${faults}`);
    const drawn = ganttOf(timelineOf(three.replace('nodes: 3', 'nodes: 5')), timelineOf(three));
    expect(drawn).toContain('\n  section majority before\n  no majority, 9s :done, ');
    expect(drawn).not.toMatch(/faults before|section majority\n/);
    expect(ganttOf(timelineOf(three), timelineOf(three.replace('5s', '6s')))).toMatch(/section majority before\n/);
    const renamed = three.replace('n1, n2', 'n2, n3');
    expect(ganttOf(timelineOf(three), timelineOf(renamed))).toMatch(/faults before[\s\S]*section majority\n/);
    expect(ganttOf(timelineOf(three), timelineOf(renamed))).not.toContain('majority before');
  });

  it.each(readdirSync('plans'))('of plans/%s is one to Mermaid, and has every fault', async (name) => {
    const timeline = plan(name);
    const tasks = await tasksOf(ganttOf(timeline, plan('redis-sentinel.yaml')));
    const faults = tasks.filter(({ crit, section }) => crit === true && section !== 'majority');
    expect(faults).toHaveLength(timeline.steps.filter((step) => step.do === 'inject').length);
  });

  it.each(namesIn('accepted'))('of the fixture %s is one to Mermaid', async (name) => {
    await tasksOf(ganttOf(timelineOf(textOf('accepted', name), `${name}.yaml`)));
  });

  it('shows the first of many, and how many more', async () => {
    const faults = Array.from({ length: 200 }, (_, index) => `  - { at: ${index + 1}s, for: 1s, pause: n1 }\n`);
    const text = head(`workload: { rate: 100/s, set: { writes: 60000 } }\nfaults:\n${faults.join('')}`);
    const tasks = await tasksOf(ganttOf(timelineOf(text)));
    expect(tasks.length).toBeLessThanOrEqual(65);
    expect(tasks.filter(({ crit }) => crit).at(-1)).toMatchObject({ section: 'pause, line 25' });
    expect(tasks.find(({ section }) => section === 'other faults')?.task).toBe('and 179 more, the last at 3m20s');
  });
});

describe('times', () => {
  const zone = process.env.TZ;
  afterEach(() => {
    process.env.TZ = zone;
    if (zone === undefined) delete process.env.TZ;
  });

  it.each([
    ['UTC', 0],
    ['Asia/Kolkata', -330],
    ['America/St_Johns', 210],
    ['Pacific/Chatham', -825],
    ['America/Sao_Paulo', 180],
  ])('count from a midnight of the reader: %s', async (name, offsetMinutes) => {
    process.env.TZ = name;
    const bars: Bar[] = [
      0,
      1,
      999,
      61_001,
      3_599_999.6,
      86_400_000,
      31 * 86_400_000,
      41.9 * 86_400_000,
      60 * 86_400_000 - 1,
      60 * 86_400_000,
    ].map((fromMs) => ({
      text: 'f1',
      fromMs,
      toMs: 62 * 86_400_000,
    }));
    const tasks = await tasksOf(gantt([{ name: 'times', bars }]));
    const zero = new Date(2024, 0, 1).getTime();
    expect(zero).toBe(Date.UTC(2024, 0, 1) + offsetMinutes * 60_000);
    expect(tasks.map(({ startTime }) => startTime.getTime() - zero)).toEqual(
      bars.map(({ fromMs }) => Math.round(fromMs)),
    );
    expect(tasks.map(({ endTime }) => endTime.getTime() - zero)).toEqual(bars.map(({ toMs }) => toMs));
  });

  it('are of days in which no zone changes its clocks', () => {
    const changing = Intl.supportedValuesOf('timeZone').filter((timeZone) => {
      const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
      const days = Array.from({ length: 52 }, (_, day) => Date.UTC(2023, 11, 31) + day * 86_400_000);
      const offsets = days.map((day) => format.formatToParts(day).find(({ type }) => type === 'timeZoneName')?.value);
      return new Set(offsets).size > 1;
    });
    expect(changing).toEqual([]);
  });
});

describe('texts', () => {
  const drawn = (text: string) =>
    gantt([{ name: `s ${text}`, bars: [{ text: `f1 ${text}`, fromMs: 0, toMs: 1000, look: 'crit' }] }]);
  const hostile = [
    'a: b, c; d # e #35; %% f %%{init: {"theme": "dark"}}%% g',
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script>',
    'line\nsection other\n  bar :0, 1\r\nclick f1 href "javascript:alert(1)"',
    '```\n</pre>',
    'style: x#y; classDef: x#y;',
    '$$x^2$$ `code` **bold** [link](javascript:x) @someone',
    '\u202eright to left\u0000\u001b[31m',
    'ﬂ°°60¶ßb',
    '}accDescr { x',
    '',
  ];

  it.each(hostile)('are only texts: %j', async (text) => {
    const [task, ...more] = await tasksOf(drawn(text));
    expect(more).toEqual([]);
    expect(task).toMatchObject({ crit: true });
    expect(task?.task).toBe(short(`f1 ${plain(text)}`, 64));
    expect(task?.section).toBe(short(`s ${plain(text)}`, 24));
    expect(drawn(text)).not.toMatch(/[<>"&](?!gantt|leftPadding|:)/);
  });

  it('are only texts, whatever they are', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...hostile, ':', ';', '#', '%%', '\n', 'done,', '#58;'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (pieces) => {
        const tasks = await tasksOf(drawn(pieces.join('')));
        expect(tasks.map(({ crit, section }) => [crit, section.slice(0, 1)])).toEqual([[true, 's']]);
      }),
      { numRuns: 300 },
    );
  });

  /** One line, without what commands a terminal. */
  function plain(text: string): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
    return text.replaceAll(/\s+/g, ' ').replaceAll(/[\u0000-\u001f\u202e]/g, '\ufffd');
  }

  function short(text: string, max: number): string {
    const letters = [...text.trim()];
    return letters.length > max ? `${letters.slice(0, max - 1).join('')}…` : letters.join('');
  }

  it('of sections are different, so that Mermaid keeps them apart', async () => {
    const bars: Bar[] = [{ text: 'f1', fromMs: 0, toMs: 1 }];
    const tasks = await tasksOf(
      gantt([
        { name: 'kill', bars },
        { name: 'kill', bars },
        { name: 'none', bars: [] },
      ]),
    );
    expect(tasks.map(({ section }) => section)).toEqual(['kill', 'kill (2)']);
  });
});
