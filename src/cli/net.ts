/** `plan-run net ...`: the network between the nodes, by hand. */
import { EXIT, PlanRunError } from '../base/errors.ts';
import { formatMs } from '../base/units.ts';
import { CLIENTS, type Cut, type Grudge, grudgeOf, type HandFault, type NetStatus } from '../contract/index.ts';
import { nodesNamed, placeWords, refuseUnknown, withOperator } from './operator.ts';
import type { FaultOptions, PlaceOptions, StatusOptions } from './tasks.ts';

export function netStatusCommand(options: StatusOptions): Promise<number> {
  return withOperator({ ...options, looks: true, quiet: true }, async (operator) => {
    const status = await operator.netStatus();
    process.stdout.write(options.json ? `${JSON.stringify(status, null, 2)}\n` : netText(status));
    return EXIT.expected;
  });
}

export function partitionCommand(
  groups: readonly (readonly string[])[],
  options: FaultOptions & { readonly oneWay?: boolean },
): Promise<number> {
  return disturb(options, (nodes) => {
    for (const name of groups.flat()) refuseUnknown(name, [...nodes, CLIENTS]);
    const cut = cutOf(groups, options.oneWay === true, nodes);
    const grudge = grudgeOf(cut);
    if (Object.keys(grudge).length === 0) {
      throw new PlanRunError('usage', 'Nobody would be cut off from anybody', {
        hint: 'such as: plan-run net partition n1,n2 n3,n4,n5',
      });
    }
    const [first = '', ...others] = ('groups' in cut ? cut.groups : [cut.from, cut.to]).map((side) => side.join(','));
    const words = 'groups' in cut ? `cut: ${[first, ...others].join(' | ')}` : `cut: ${first} -> ${others[0]}`;
    return { fault: { kind: 'partition', grudge }, words };
  });
}

export function slowCommand(
  words: readonly string[],
  options: FaultOptions & { readonly delay: number; readonly jitter: number },
): Promise<number> {
  const { delay: delayMs, jitter: jitterMs } = options;
  return disturb(options, (nodes) => {
    const senders = nodesNamed(words, { nodes });
    const varying = jitterMs > 0 ? ` ± ${formatMs(jitterMs)}` : '';
    return {
      fault: { kind: 'slow', grudge: toAll(senders, nodes), delayMs, jitterMs },
      words: `slow: what ${senders.join(', ')} ${senders.length === 1 ? 'sends' : 'send'} is ${formatMs(delayMs)}${varying} late`,
    };
  });
}

export function flakyCommand(
  words: readonly string[],
  options: FaultOptions & { readonly loss: number },
): Promise<number> {
  return disturb(options, (nodes) => {
    const senders = nodesNamed(words, { nodes });
    return {
      fault: { kind: 'flaky', grudge: toAll(senders, nodes), lossPercent: options.loss },
      words: `flaky: ${options.loss}% of what ${senders.join(', ')} ${senders.length === 1 ? 'sends' : 'send'} is lost`,
    };
  });
}

export function healCommand(options: PlaceOptions & { readonly force?: boolean }): Promise<number> {
  return withOperator(options, async (operator) => {
    await operator.heal(options.force === true);
    return EXIT.expected;
  });
}

function disturb(
  options: FaultOptions,
  make: (nodes: readonly string[]) => { readonly fault: Omit<HandFault, 'forMs'>; readonly words: string },
): Promise<number> {
  return withOperator(options, async (operator) => {
    const { fault, words } = make(operator.nodes);
    const leftMs = await operator.disturb({ ...fault, forMs: options.for });
    const left = formatMs(Math.round(leftMs / 1000) * 1000);
    process.stdout.write(`${words}\nends in ${left}, or by  plan-run net heal${placeWords(options)}\n`);
    return EXIT.expected;
  });
}

/** One group alone: it and all other nodes. */
function cutOf(groups: readonly (readonly string[])[], oneWay: boolean, nodes: readonly string[]): Cut {
  const [first = [], second, ...others] = groups;
  if (oneWay) {
    if (second !== undefined && others.length === 0) return { from: first, to: second };
    throw new PlanRunError('usage', `--one-way is about two groups, not ${groups.length}`, {
      hint: 'the first sends, the second does not hear it: plan-run net partition n1 n2,n3 --one-way',
    });
  }
  return { groups: second === undefined ? [first, nodes.filter((node) => !first.includes(node))] : groups };
}

/** What these send reaches nobody as it should: neither nodes nor clients. */
function toAll(senders: readonly string[], nodes: readonly string[]): Grudge {
  const entries = [...nodes, CLIENTS].map((to): [string, string[]] => [to, senders.filter((from) => from !== to)]);
  return Object.fromEntries(entries.filter(([, from]) => from.length > 0));
}

function netText({ endpoints, reach, rules, held, notes }: NetStatus): string {
  const cell = (from: string, to: string) => {
    if (from === to) return '.';
    const found = reach.find((one) => one.from === from && one.to === to);
    if (found === undefined) return '?';
    if (found.arrivedPercent === 0) return '--';
    const share = found.arrivedPercent === 100 ? 'ok' : `${Math.round(found.arrivedPercent)}%`;
    return found.roundTripMs === undefined ? share : `${share} ${milliseconds(found.roundTripMs)}`;
  };
  const table = [
    ['from \\ to', ...endpoints],
    ...endpoints.map((from) => [from, ...endpoints.map((to) => cell(from, to))]),
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((word, column) => word.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const inForce = endpoints.flatMap((name) => {
    const of = [...(held[name] === undefined ? [] : [`held ${held[name]}`]), ...(rules[name] ?? [])];
    return of.length === 0 ? [] : [name, ...of.map((line) => `    ${line}`)];
  });
  return [
    ...lines,
    '',
    ...(inForce.length === 0 ? ["nothing of plan-run's is in force"] : inForce),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
}

const milliseconds = (ms: number) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
