/**
 * The drawing of a history that is not linearizable, after Porcupine's viewer: time goes down, each process has a column, each call is a box from its
 * invocation to its completion. The orders in which the calls may have taken effect, as far as any goes, are lines with numbers through them; pointing at a call
 * shows an order that it is part of, the state that it leads to, and what each call that is still open would have needed. One HTML document that needs nothing
 * from elsewhere; without its script it shows the first order.
 */
import { escapeHtml } from '../../base/html.ts';
import type { CheckerResult } from '../../contract/index.ts';
import { type Laid, layOut } from './draw-layout.ts';
import { SCRIPT, STYLE } from './draw-page.ts';
import type { Evidence, ShownConfiguration } from './finding.ts';

/** The document; undefined where the finding has nothing to show. */
export function draw(result: CheckerResult): string | undefined {
  const evidence = result.evidence as Evidence | undefined;
  const failing = evidence?.window.find(({ index }) => index === evidence.failing);
  if (evidence === undefined || failing === undefined) return undefined;
  const laid = layOut(evidence);
  const key = evidence.key === undefined ? '' : ` on key ${evidence.key}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Not linearizable: ${escapeHtml(failing.text)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${columnsHtml(laid)}
${svg(laid)}
</main>
<aside>
<h1>Not linearizable${escapeHtml(key)}</h1>
<p class="why">${escapeHtml(result.why ?? '')}</p>
<p id="call" aria-live="polite">Point at a call to see an order that it is part of; click to see another one.</p>
${evidence.configurations.map((order, at) => panel(order, at, laid)).join('\n')}
<p class="legend"><b class="key failing"></b> fits no order <b class="key open"></b> nobody knows whether it happened <b class="key order"></b> takes effect in the order shown</p>
</aside>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function columnsHtml({ columns, columnWidth, left, width }: Laid): string {
  const heads = columns.map((process, at) => {
    return `<span style="left:${left + at * columnWidth}px;width:${columnWidth}px">${process}</span>`;
  });
  return `<header style="width:${width}px"><i>process</i>${heads.join('')}</header>`;
}

function svg(laid: Laid): string {
  const { width, height, boxes, orders, limit } = laid;
  const calls = boxes.map(({ call, x, y, w, h, failing, orders: within }) => {
    const kind = ['call', failing ? 'failing' : '', call.complete === null ? 'open' : ''].filter(Boolean).join(' ');
    const span = `operations ${call.index} to ${call.complete ?? '(never)'}`;
    const about = escapeHtml(`${call.text}, process ${call.process}, ${span}`);
    return `<g class="${kind}" tabindex="0" data-call="${call.index}" data-orders="${within.join(' ')}" data-about="${about}" aria-label="${about}">
<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="4"/><svg x="${x}" y="${y}" width="${w}" height="${h}"><text x="26" y="15">${escapeHtml(call.text)}</text></svg></g>`;
  });
  const lines = orders.map((points, at) => {
    const path = points.map(({ x, y }) => `${x},${y}`).join(' ');
    const dots = points.map(
      ({ x, y, number }) => `<circle cx="${x}" cy="${y}" r="9"/><text x="${x}" y="${y + 3.5}">${number}</text>`,
    );
    return `<g class="order" data-order="${at}"${at === 0 ? '' : ' hidden'}><polyline points="${path}"/>${dots.join('')}</g>`;
  });
  return `<svg class="history" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="The calls by process, time going down">
${calls.join('\n')}
<line class="limit" x1="0" x2="${width}" y1="${limit}" y2="${limit}"/><text class="limit" x="4" y="${limit + 13}">here no order is left</text>
${lines.join('\n')}
</svg>`;
}

function panel(
  { state, linearized, pending, needed }: ShownConfiguration,
  at: number,
  { boxes, orders }: Laid,
): string {
  const byIndex = new Map(boxes.map(({ call }) => [call.index, call]));
  const named = (index: number) => {
    const call = byIndex.get(index);
    return call === undefined
      ? `operation ${index}`
      : `${escapeHtml(call.text)} <small>process ${call.process}</small>`;
  };
  const shownSteps = linearized.slice(linearized.length - (orders[at]?.length ?? 0)).reverse();
  const steps = shownSteps.map((index) => `<li data-call="${index}">${named(index)}</li>`);
  // What does not fit first, then the latest: crashed calls of long ago are open, too, and not drawn.
  const failing = boxes.find((box) => box.failing)?.call.index;
  const drawn = pending.filter((index) => byIndex.has(index));
  drawn.sort((a, b) => Number(b === failing) - Number(a === failing) || b - a);
  const next = drawn.map((index) => {
    const words = needed[index];
    const may = words === undefined ? 'could come next' : escapeHtml(words);
    return `<li data-call="${index}"${words === undefined ? '' : ' class="impossible"'}>${named(index)}<br><em>${may}</em></li>`;
  });
  const others = pending.length - drawn.length;
  if (others > 0) next.push(`<li>and ${others} more</li>`);
  return `<details class="order" data-order="${at}"${at === 0 ? ' open' : ''}>
<summary>Order ${at + 1}: leads to <code>${escapeHtml(state)}</code></summary>
<h2>Then, of the calls still open</h2><ul>${next.join('') || '<li>there is none</li>'}</ul>
<h2>What has taken effect, the latest first</h2><ol reversed>${steps.join('')}</ol>
</details>`;
}
