import { formatMs } from '../base/units.ts';
import { PHASES, type Step, type Timeline } from './timeline.ts';

const BAR_WIDTH = 60;

/**
 * The timeline as a person reviews it: phases, times, what each fault does to which node, and at the right
 * the line of the plan that each step comes from. A plain text that ends in a newline.
 */
export function renderTimeline(timeline: Timeline): string {
  const rows = PHASES.flatMap((phase) => [
    [`${phase}`, '', ''] as const,
    ...timeline.steps
      .filter((step) => step.phase === phase)
      .map((step) => ['', when(step), words(step, timeline), source(step, timeline)] as const),
  ]);
  const width = Math.min(100, Math.max(...rows.map((row) => row[2].length)));
  const body = rows.map(([phase, time, text, from]) =>
    phase ? phase : `  ${time.padStart(8)}  ${from ? `${text.padEnd(width)}  ${from}` : text}`,
  );
  return `${[...header(timeline), '', ...body, ...bars(timeline)].join('\n')}\n`;
}

function header(timeline: Timeline): string[] {
  const { workload, nodes } = timeline;
  const homes = timeline.clients.map(({ client, home }) => `${client}@${home}`);
  const shown = homes.length > 12 ? `${homes.slice(0, 10).join(' ')} ... ${homes.at(-1)}` : homes.join(' ');
  const pace = workload.ratePerS === null ? 'as fast as the clients can' : `at ${workload.ratePerS}/s`;
  const length = workload.durationMs === null ? '' : `, ${formatMs(workload.durationMs)}`;
  const side = timeline.clientsAtHome ? 'cut off with their home node' : 'reach every node';
  return [
    `${timeline.plan}: ${timeline.database.name} on ${timeline.environment}, seed ${timeline.seed}, expect ${timeline.expect}`,
    `  nodes     ${nodes.join(' ')}`,
    `  database  ${timeline.database.name} ${settings(timeline.database.settings)}`,
    `  clients   ${shown} (${side})`,
    `  workload  ${workload.name} ${settings(workload.settings)}: ${workload.count} ops ${pace}${length}`,
    `  require   ok ops: ${timeline.require.before} before, ${timeline.require.during} during each fault, ${timeline.require.after} after`,
  ];
}

function when(step: Step): string {
  return 'atMs' in step ? formatMs(step.atMs) : '';
}

function source(step: Step, timeline: Timeline): string {
  return step.place.path === '' ? '' : `${timeline.file}:${step.place.line}`;
}

function words(step: Step, timeline: Timeline): string {
  switch (step.do) {
    case 'provision':
      return `provision ${timeline.nodes.length} nodes`;
    case 'deploy':
      return `deploy ${timeline.database.name}`;
    case 'await-ready':
      return `wait until ready, at most ${formatMs(step.timeoutMs)}`;
    case 'open-clients':
      return `open ${timeline.clients.length} clients`;
    case 'start-workload':
      return `start ${timeline.workload.name}`;
    case 'inject':
      return `${step.fault} ${step.nemesis}: ${step.effect.words}, ${step.forMs === null ? 'until the heal' : `for ${formatMs(step.forMs)}`}`;
    case 'undo':
      return `${step.fault} ends`;
    case 'await-workload':
      return `wait for the last op, each at most ${formatMs(timeline.workload.timeoutMs)}`;
    case 'heal':
      return 'heal: undo every fault that is still open';
    case 'settle':
      return `settle ${formatMs(step.forMs)}, then wait until ready, at most ${formatMs(step.readyTimeoutMs)}`;
    case 'final-reads':
      return `final reads, at most ${formatMs(step.timeoutMs)}`;
    case 'collect-logs':
      return 'collect logs';
    case 'tear-down':
      return 'tear down';
    case 'check':
      return `check ${timeline.checkers.map((use) => `${use.name} ${settings(use.settings)}`).join(', ')}`;
    case 'report':
      return `report; expect ${timeline.expect}`;
  }
}

/** The faults as bars over the workload's time, where its rate tells that time. */
function bars(timeline: Timeline): string[] {
  const durationMs = timeline.workload.durationMs;
  const faults = timeline.steps.filter((step) => step.do === 'inject');
  if (durationMs === null || faults.length === 0 || faults.length > 20) return [];
  const column = (ms: number) => Math.round((Math.min(ms, durationMs) / durationMs) * BAR_WIDTH);
  const lines = faults.map((fault) => {
    const from = Math.min(column(fault.atMs), BAR_WIDTH - 1);
    const until = Math.max(from + 1, column(fault.forMs === null ? durationMs : fault.atMs + fault.forMs));
    const bar = '·'.repeat(from) + '█'.repeat(until - from) + '·'.repeat(BAR_WIDTH - until);
    return `  ${fault.fault.padStart(8)}  ${bar}  ${fault.nemesis}`;
  });
  return ['', ...lines, `            0s${formatMs(durationMs).padStart(BAR_WIDTH - 2)}`];
}

/** Settings in one line, as YAML's flow style. */
function settings(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(settings).join(', ')}]`;
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' && /^[\w.@/-]+$/.test(value) ? value : JSON.stringify(value);
  }
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${settings(item)}`)
    .join(', ')}}`;
}
