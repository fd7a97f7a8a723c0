/** How the drawing looks, in light and in dark, and the little that moves in it. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2430; --paper: #fff; --soft: #eef1f6; --rule: #b9c2d0; --box: #dfe8f7; --edge: #7b93bd;
  --bad: #c62828; --bad-box: #fbdcdc; --line: #0b7a4b; --dim: #5d6878; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ef; --paper: #14181f; --soft: #1d232d; --rule: #444f60; --box: #24344f; --edge: #6d8ac0;
  --bad: #ff8a80; --bad-box: #57262a; --line: #4fd69b; --dim: #9aa6b8; } }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; font: 13px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { flex: 1; overflow: auto; position: relative; }
header { position: sticky; top: 0; z-index: 1; height: 28px; background: var(--paper); border-bottom: 1px solid var(--rule); }
header span { position: absolute; top: 5px; text-align: center; font-weight: 600; }
header i { position: absolute; left: 4px; top: 5px; color: var(--dim); font-size: 11px; }
aside { width: 360px; overflow: auto; padding: 12px 16px; border-left: 1px solid var(--rule); background: var(--soft); }
h1 { font-size: 16px; margin: 0 0 6px; color: var(--bad); overflow-wrap: anywhere; }
h2 { font-size: 12px; margin: 10px 0 2px; color: var(--dim); font-weight: 600; }
p { margin: 0 0 8px; overflow-wrap: anywhere; }
#call { min-height: 4.5em; padding: 6px 8px; border: 1px solid var(--rule); border-radius: 4px; background: var(--paper); }
summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
details { border-top: 1px solid var(--rule); padding: 6px 0; }
ol, ul { margin: 0; padding-left: 28px; overflow-wrap: anywhere; }
li.on { background: var(--box); }
li.impossible em { color: var(--bad); }
em { color: var(--dim); }
small { color: var(--dim); }
.call rect { fill: var(--box); stroke: var(--edge); }
.call text { fill: var(--ink); font-size: 12px; }
.call.open rect { stroke-dasharray: 4 3; }
.call.failing rect { fill: var(--bad-box); stroke: var(--bad); stroke-width: 2; }
.call.out { opacity: .65; }
.call.failing.out { opacity: 1; }
.call:hover rect, .call:focus rect { stroke-width: 2.5; }
.call:focus { outline: none; }
g.order { pointer-events: none; }
g.order[hidden] { display: none; }
g.order polyline { fill: none; stroke: var(--line); stroke-width: 1.5; opacity: .75; }
g.order circle { fill: var(--paper); stroke: var(--line); stroke-width: 1.5; }
g.order text { font-size: 9.5px; text-anchor: middle; fill: var(--ink); }
line.limit { stroke: var(--bad); stroke-dasharray: 6 4; }
text.limit { fill: var(--bad); font-size: 11px; }
.legend { margin-top: 14px; color: var(--dim); }
.key { display: inline-block; width: 14px; height: 10px; margin: 0 2px 0 8px; border: 1px solid var(--edge); background: var(--box); }
.key.failing { border-color: var(--bad); background: var(--bad-box); margin-left: 0; }
.key.open { border-style: dashed; }
.key.order { border: 1.5px solid var(--line); border-radius: 50%; width: 11px; height: 11px; background: var(--paper); }
@media (max-width: 800px) { body { flex-direction: column; } aside { width: auto; max-height: 45vh; border-left: 0; border-top: 1px solid var(--rule); } }
`;

/** Shows one order at a time. It only shows and hides what is there: nothing that came from a history becomes markup. */
export const SCRIPT = `
const all = (selector) => [...document.querySelectorAll(selector)];
const panels = all('details.order');
const calls = all('g.call');
let shown = 0;
const within = (call) => call.dataset.orders.split(' ').filter(Boolean).map(Number);
function show(order) {
  shown = order;
  all('g.order').forEach((one) => one.toggleAttribute('hidden', Number(one.dataset.order) !== order));
  panels.forEach((one) => { one.open = Number(one.dataset.order) === order; });
  calls.forEach((one) => one.classList.toggle('out', !within(one).includes(order)));
}
function point(call, next) {
  const orders = within(call);
  if (orders.length > 0 && (next || !orders.includes(shown))) show(orders[(orders.indexOf(shown) + 1) % orders.length]);
  all('li').forEach((one) => one.classList.toggle('on', one.dataset.call === call.dataset.call));
  const part = orders.length === 0 ? 'In none of the orders shown.' : 'In order ' + orders.map((one) => one + 1).join(', ') + (orders.length > 1 ? '; click for the next.' : '.');
  document.getElementById('call').textContent = call.dataset.about + '. ' + part;
}
for (const call of calls) {
  call.addEventListener('mouseenter', () => point(call, false));
  call.addEventListener('focus', () => point(call, false));
  call.addEventListener('click', () => point(call, true));
}
for (const one of panels) one.querySelector('summary').addEventListener('click', (event) => { event.preventDefault(); show(Number(one.dataset.order)); });
if (panels.length > 0) show(0);
document.querySelector('g.failing').scrollIntoView({ block: 'center', inline: 'center' });
`;
