import { formatMs } from '../../base/units.ts';
import type { Timeline } from '../../timeline/index.ts';
import { counted, faultWords, flow, spanWords } from '../../timeline/words.ts';

/** What a plan does, in a line. */
export function summaryLine({ database, workload, steps, checkers, expect, environment }: Timeline): string {
  const nemeses = steps.flatMap((step) => (step.do === 'inject' ? [step.nemesis] : []));
  const kinds = [...new Set(nemeses)].join(', ');
  const faults = nemeses.length === 0 ? 'no faults' : `${counted(nemeses.length, 'fault')} (${kinds})`;
  const judges = checkers.map(({ name }) => name).join(', ');
  const load = `${workload.name} (${workload.count.toLocaleString('en')} operations)`;
  return `${database.name} under ${load}, ${faults}, judged by ${judges}; expects ${expect}; in ${environment.name}`;
}

/** Faults that are told one by one. */
const FAULTS_MAX = 10;

/** What a plan does, in rows of two: for a reader who has nothing to compare it with. */
export function summaryRows(timeline: Timeline): [what: string, words: string][] {
  const { environment, nodes, database, workload, clients, checkers, expect } = timeline;
  const pace = workload.ratePerS === null ? 'as fast as the clients can' : `at ${workload.ratePerS}/s`;
  const length = workload.durationMs === null ? '' : `, ${formatMs(workload.durationMs)}`;
  return [
    ['database', `${database.name} on ${counted(nodes.length, 'node')}, in ${environment.name}`],
    [
      'workload',
      `${workload.name}: ${counted(workload.count, 'operation')} of ${counted(clients.length, 'client')} ${pace}${length}`,
    ],
    ...faultRows(timeline),
    ['checker', checkers.map(({ name, settings }) => `${name} ${flow(settings)}`).join(', ')],
    ['expect', expect],
  ];
}

function faultRows({ steps }: Timeline): [string, string][] {
  const faults = steps.flatMap((step) => (step.do === 'inject' ? [step] : []));
  if (faults.length === 0) return [['faults', 'none']];
  const rows = faults.slice(0, FAULTS_MAX).map((step): [string, string] => {
    const span = spanWords(step.atMs, step.forMs === null ? Number.POSITIVE_INFINITY : step.atMs + step.forMs);
    return [`fault ${step.fault}`, `${faultWords(step)}, ${step.lasting ? `at ${formatMs(step.atMs)}` : span}`];
  });
  const more = faults.length - rows.length;
  return more === 0 ? rows : [...rows, ['faults', `${more} more, until ${formatMs(faults.at(-1)?.atMs ?? 0)}`]];
}
