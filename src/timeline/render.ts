import { printable, printableLines } from '../base/printable.ts';
import { formatMs } from '../base/units.ts';
import { isWithin } from './lint/windows.ts';
import { PHASES, type Step, type Timeline } from './timeline.ts';
import { counted, faultWords, flow, machineWords } from './words.ts';

const BAR_WIDTH = 60;

/** Widest text beside the times; what is longer goes on below. */
const TEXT_WIDTH = 90;

/**
 * The timeline as a person reviews it: phases, times, what each fault does to which node, and at the right
 * the line of the plan that each step comes from. A plain text that ends in a newline.
 */
export function renderTimeline(timeline: Timeline): string {
  const rows = timeline.steps.map((step) => ({
    phase: step.phase,
    time: when(step),
    text: wrap(words(step, timeline)),
    from: source(step, timeline),
  }));
  const width = Math.max(...rows.flatMap(({ text }) => text.map((line) => line.length)));
  const lines = PHASES.flatMap((phase) => [
    phase,
    ...rows
      .filter((row) => row.phase === phase)
      .flatMap(({ time, text: [first = '', ...more], from }) => [
        `  ${time.padStart(8)}  ${first.padEnd(width)}  ${from}`.trimEnd(),
        ...more.map((line) => `              ${line}`),
      ]),
  ]);
  const all = [...header(timeline), ...about(timeline), '', ...lines, ...bars(timeline)];
  return `${all.map(printable).join('\n')}\n`;
}

/** Breaks a text between words, so that no line is longer than `TEXT_WIDTH`, unless a word is. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  // a key and its value stay together
  for (const word of text.split(/(?<!:) /)) {
    if (line !== '' && line.length + 1 + word.length > TEXT_WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function header(timeline: Timeline): string[] {
  const { workload, nodes, overrides = [] } = timeline;
  const homes = timeline.clients.map(({ client, home }) => `${client}@${home}`);
  const shown = homes.length > 12 ? `${homes.slice(0, 10).join(' ')} ... ${homes.at(-1)}` : homes.join(' ');
  const pace = workload.ratePerS === null ? 'as fast as the clients can' : `at ${workload.ratePerS}/s`;
  const length = workload.durationMs === null ? '' : `, ${formatMs(workload.durationMs)}`;
  const side = timeline.clientsAtHome ? 'cut off with their home node' : 'reach every node';
  const { before, during, after } = timeline.require;
  const facts = [
    ...overrides.map(({ argument }) => ['changed', `by ${argument}`] as const),
    ...(Object.keys(timeline.environment.settings as object).length === 0
      ? []
      : [[timeline.environment.name, flow(timeline.environment.settings)] as const]),
    ['nodes', `${nodes.length}: ${nodes.join(' ')}`] as const,
    ...Object.entries(timeline.machines ?? {}).map(([node, machine]) => [node, machineWords(machine)] as const),
    ['database', `${timeline.database.name} ${flow(timeline.database.settings)}`] as const,
    ['clients', `${homes.length}: ${shown} (${side})`] as const,
    ['workload', `${workload.name} ${flow(workload.settings)}: ${workload.count} ops ${pace}${length}`] as const,
    ['require', `ok ops: ${before} before, ${during} during each fault, ${after} after`] as const,
  ];
  return [
    `${timeline.plan}: ${timeline.database.name} on ${timeline.environment.name}, seed ${timeline.seed}, expect ${timeline.expect}`,
    ...facts.flatMap(([name, text]) =>
      wrap(text).map((line, index) => `  ${(index === 0 ? name : '').padEnd(8)}  ${line}`),
    ),
  ];
}

/** The plan's own words, in its own lines. */
function about({ about = '' }: Timeline): string[] {
  const lines = printableLines(about, '  ');
  return lines.length === 0 ? [] : ['', ...lines];
}

function when(step: Step): string {
  return 'atMs' in step ? formatMs(step.atMs) : '';
}

/** Where a step comes from: a line of the plan, or the argument that put it in. */
function source({ place }: Step, { file, overrides = [] }: Timeline): string {
  const by = overrides.find(({ path }) => isWithin(place.path, path));
  if (by !== undefined) return by.argument.replace(/=.*/s, '');
  return place.path === '' ? '' : `${file}:${place.line}`;
}

function words(step: Step, timeline: Timeline): string {
  switch (step.do) {
    case 'provision':
      return `provision ${counted(timeline.nodes.length, 'node')}`;
    case 'deploy':
      return `deploy ${timeline.database.name}`;
    case 'await-ready':
      return `wait until ready, at most ${formatMs(step.timeoutMs)}`;
    case 'open-clients':
      return `open ${counted(timeline.clients.length, 'client')}`;
    case 'start-workload':
      return `start ${timeline.workload.name}`;
    case 'inject':
      return `${step.fault} ${injectWords(step)}`;
    case 'undo':
      return `${step.fault} ends`;
    case 'await-workload':
      return `wait for the last op, each at most ${formatMs(timeline.workload.timeoutMs)}`;
    case 'heal':
      return `heal: ${openWords(timeline)}`;
    case 'settle':
      return `settle ${formatMs(step.forMs)}, then wait until ready, at most ${formatMs(step.readyTimeoutMs)}`;
    case 'final-reads':
      return `final reads, at most ${formatMs(step.timeoutMs)}`;
    case 'collect-logs':
      return 'collect logs';
    case 'tear-down':
      return 'tear down';
    case 'check':
      return `check ${timeline.checkers.map((use) => `${use.name} ${flow(use.settings)}`).join(', ')}`;
    case 'report':
      return `report; expect ${timeline.expect}`;
  }
}

/** What a fault does, for how long, and whether it was drawn from several. */
function injectWords(step: Extract<Step, { do: 'inject' }>): string {
  const long = step.forMs === null ? 'until the heal' : `for ${formatMs(step.forMs)}`;
  return `${faultWords(step)}, ${long}${/\.mix\[/.test(step.place.path) ? ' (drawn from the mix)' : ''}`;
}

/** The faults that no step of their own has undone. */
function openWords({ steps }: Timeline): string {
  const undone = new Set(steps.flatMap((step) => (step.do === 'undo' ? [step.fault] : [])));
  const open = steps.flatMap((step) => (step.do === 'inject' && !undone.has(step.fault) ? [step.fault] : []));
  return open.length === 0 ? 'no fault is left by then' : `undo ${open.join(', ')}`;
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
