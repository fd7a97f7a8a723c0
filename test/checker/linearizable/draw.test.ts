import { expect, test } from 'vitest';
import { draw } from '../../../src/checker/linearizable/draw.ts';
import { layOut } from '../../../src/checker/linearizable/draw-layout.ts';
import type { Evidence } from '../../../src/checker/linearizable/finding.ts';

const call = (index: number, complete: number | null, process: number, text: string) => ({
  index,
  complete,
  process,
  f: 'f',
  text,
});
const EVIDENCE: Evidence = {
  window: [
    call(0, 3, 0, 'write 1'),
    call(1, null, 1, 'write 2 -> nobody knows'),
    call(2, 5, 2, 'read -> 1'),
    call(6, 7, 0, 'read -> <b>&"\'3'),
  ],
  configurations: [
    { state: '1', linearized: [0, 2], pending: [1, 6], needed: { 6: 'needed the state to be <3>, it was 1' } },
    { state: '2', linearized: [0, 2, 1], pending: [6], needed: { 6: 'needed 3, it was 2' } },
    { state: '{"a":1}', linearized: [], pending: [], needed: {} },
  ],
  failing: 6,
};
const html = (evidence: object = EVIDENCE) => draw({ valid: false, why: 'a <reason>', evidence })!;

test('nothing to show, no drawing', () => {
  expect(draw({ valid: true })).toBeUndefined();
  expect(draw({ valid: false, evidence: { ...EVIDENCE, failing: 99 } })).toBeUndefined();
});

test('it needs nothing from elsewhere, and nothing of the history is markup', () => {
  const page = html();
  expect(page).not.toMatch(/(src|href)=|@import|url\(|https?:/);
  expect(page).toContain('read -&gt; &lt;b&gt;&amp;&quot;&#39;3');
  expect(page).toContain('a &lt;reason&gt;');
  expect(page).toContain('needed the state to be &lt;3&gt;, it was 1');
  expect(page).not.toContain('<b>&');
  // every tag that is opened is one of ours
  const tags = new Set(
    [...page.replace(/<(style|script)>.*?<\/\1>/gs, '').matchAll(/<([a-z]\w*)/g)].map(([, tag]) => tag),
  );
  expect([...tags].sort()).toEqual([
    'aside',
    'b',
    'body',
    'br',
    'circle',
    'code',
    'details',
    'em',
    'g',
    'h1',
    'h2',
    'head',
    'header',
    'html',
    'i',
    'li',
    'line',
    'main',
    'meta',
    'ol',
    'p',
    'polyline',
    'rect',
    'small',
    'span',
    'summary',
    'svg',
    'text',
    'title',
    'ul',
  ]);
});

test('the script in it is a script', () => {
  const script = /<script>(.*)<\/script>/s.exec(html())?.[1] as string;
  expect(() => new Function(script)).not.toThrow();
});

test('the failing call is marked, one that nobody knows of too, and each tells its orders', () => {
  const groups = [
    ...html().matchAll(/<g class="(call[^"]*)" tabindex="0" data-call="(\d+)" data-orders="([^"]*)"/g),
  ].map(([, ...found]) => found);
  expect(groups).toEqual([
    ['call', '0', '0 1'],
    ['call open', '1', '1'],
    ['call', '2', '0 1'],
    ['call failing', '6', ''],
  ]);
});

test('the first order is shown, the others are hidden; each with its state, and what the open calls needed', () => {
  const page = html();
  expect(
    [...page.matchAll(/<g class="order" data-order="(\d)"( hidden)?>/g)].map(([, at, hidden]) => [at, hidden]),
  ).toEqual([
    ['0', undefined],
    ['1', ' hidden'],
    ['2', ' hidden'],
  ]);
  const panels = page.split('<details').slice(1);
  expect(panels[0]).toContain('leads to <code>1</code>');
  expect(panels[0]).toMatch(
    /data-call="1">write 2 -&gt; nobody knows <small>process 1<\/small><br><em>could come next/,
  );
  expect(panels[0]).toMatch(/data-call="6" class="impossible">/);
  expect([...panels[1]!.split('<ol')[1]!.matchAll(/data-call="(\d)"/g)].map(([, index]) => index)).toEqual([
    '1',
    '2',
    '0',
  ]);
  expect(panels[2]).toContain('leads to <code>{&quot;a&quot;:1}</code>');
  expect(panels[2]).toContain('there is none');
});

test('a box goes from its invocation down to its completion, in the column of its process; what never ended to the bottom', () => {
  const { boxes, height, columns, limit, width } = layOut(EVIDENCE);
  expect(columns).toEqual([0, 1, 2]);
  const [a, b, c, d] = boxes as [(typeof boxes)[0], (typeof boxes)[0], (typeof boxes)[0], (typeof boxes)[0]];
  expect(a.x).toBe(d.x);
  expect(b.x).toBeGreaterThan(a.x);
  expect(c.x).toBeGreaterThan(b.x);
  // time goes down: no box overlaps with the next of its process
  expect(a.y + a.h).toBeLessThanOrEqual(d.y);
  expect(b.y + b.h).toBeGreaterThan(d.y + d.h);
  for (const { x, y, w, h } of boxes) {
    expect(y + h).toBeLessThanOrEqual(height);
    expect(x + w).toBeLessThanOrEqual(width);
  }
  expect(limit).toBeGreaterThanOrEqual(d.y + d.h);
});

test('the points of an order go down, each within its box', () => {
  // four calls at once, taking effect in the reverse order of their begin
  const window = [0, 1, 2, 3].map((at) => call(at, 4 + at, at, `write ${at}`)).concat(call(8, 9, 0, 'read'));
  const linearized = [3, 2, 1, 0];
  const { orders, boxes } = layOut({
    window,
    configurations: [{ state: '', linearized, pending: [], needed: {} }],
    failing: 8,
  });
  const points = orders[0] as (typeof orders)[0];
  expect(points.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  for (const [at, { x, y }] of points.entries()) {
    const box = boxes[linearized[at] as number] as (typeof boxes)[0];
    expect(x > box.x && x < box.x + box.w && y >= box.y && y <= box.y + box.h).toBe(true);
    if (at > 0) expect(y).toBeGreaterThan((points[at - 1] as { y: number }).y);
  }
});

test('an order begins after the last of its calls that is out of sight', () => {
  const configurations = [{ state: '', linearized: [0, 77, 2], pending: [], needed: {} }];
  const { orders, boxes } = layOut({ ...EVIDENCE, configurations });
  expect(orders[0]).toMatchObject([{ number: 1, x: (boxes[2] as { x: number }).x + 13 }]);
});

test('of open calls those that are drawn are listed, the failing one first, and how many others there are', () => {
  const configurations = [
    { state: '1', linearized: [], pending: [...EVIDENCE.window.map(({ index }) => index), 777, 778], needed: {} },
  ];
  const list = /still open<\/h2><ul>(.*?)<\/ul>/s.exec(html({ ...EVIDENCE, configurations }))?.[1] as string;
  expect(list.indexOf(`data-call="${EVIDENCE.failing}"`)).toBe('<li '.length);
  expect(list.match(/data-call/g)).toHaveLength(EVIDENCE.window.length);
  expect(list).toMatch(/<li>and 2 more<\/li>$/);
});
