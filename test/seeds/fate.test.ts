/**
 * What `fate` tells of every element that a plan loses or finds, against the simulator's own truth: what the nodes of the same
 * run really have, right before and right after the event that is said to have decided, and ever after.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeRegistry } from '../../src/cli/registry.ts';
import type { Model, TraceEntry } from '../../src/contract/index.ts';
import { historyOf } from '../../src/history/index.ts';
import { type Fate, fatesOf } from '../../src/report/index.ts';
import { validatePlan } from '../../src/timeline/validate.ts';
import { simulateText } from '../db/simulate.ts';
import { watched } from '../db/watched.ts';
import { simulatedPlans } from '../simulated-plans.ts';

/** Beside the moments around each event, the nodes are looked at every so many entries of the trace. */
const EVERY = 500;

const KILLS = 'faults=[{every: 6s, for: 2s, from: 2s, until: 18s, kill: minority}]';
const MACHINES = 'environment={sim: {kill: machine}}';
const UNSETTLED = 'require={before: 0, during: 0, after: 0}';

/** Every plan of a set that can be simulated, under its own seed, some under another; and what no plan has: kills of the process and of the machine. */
const CASES: readonly (readonly [plan: string, seed: number | undefined, set: readonly string[]])[] = [
  ...simulatedPlans('set').map((plan) => [plan, undefined, []] as const),
  ...['redis-sentinel', 'mongo-majority', 'riak-lww-mutex'].map((plan) => [plan, 5, []] as const),
  ...['redis-sentinel', 'mongo-safe', 'postgres-partition', 'riak-crdt'].flatMap((plan) => [
    [plan, 1, [KILLS, UNSETTLED]] as const,
    [plan, 2, [KILLS, MACHINES, UNSETTLED]] as const,
  ]),
  ['postgres-partition', 3, [KILLS, MACHINES, UNSETTLED, 'database.postgres.synchronous_commit=off']],
];

describe.each(CASES)('%s, seed %s %j', async (plan, given, set) => {
  const file = `plans/${plan}.yaml`;
  const bytes = readFileSync(file);
  const { ready, problems } = validatePlan({ file, bytes }, makeRegistry(), {
    ...(given !== undefined && { seed: given }),
    set,
    environment: 'sim',
  });
  if (ready === undefined) throw new Error(JSON.stringify(problems));
  const { timeline } = ready;
  const { seed } = timeline;
  const first = await simulateText(bytes, seed, set, file);
  const history = historyOf([...first.history]);
  const elements = Array.from({ length: timeline.workload.count }, (_, element) => element);
  const fates = fatesOf(elements, { timeline, history, trace: first.trace });
  const found = first.results.checkers.set as unknown as Record<string, number>;
  const those = (end: Fate['end']) => fates.filter((fate) => fate.end === end);

  it('has as many lost and recovered as the checker', () => {
    expect({ lost: those('lost').length, recovered: those('recovered').length }).toEqual({
      lost: found.lost,
      recovered: found.recovered,
    });
  });

  it('names an event for each of them, and it is what happened', async () => {
    const unclear = [...those('lost'), ...those('recovered')];
    const place = new Map(first.trace.map((entry, index) => [entry, index]));
    const causes = unclear.map(({ cause }) => (cause === undefined ? -1 : place.get(cause)!));
    expect(unclear.filter((_, at) => causes[at] === -1).map(({ element }) => element)).toEqual([]);
    const run = { bytes, file, seed, set, nodes: timeline.nodes };
    const looks = await lookAgain(run, first.trace, new Set(causes), endOf(unclear));
    const wrong = unclear.flatMap((fate, at) => {
      const why = contradiction(fate, first.trace, causes[at]!, looks);
      return why === undefined ? [] : [`${fate.element} (${fate.end}): ${why}`];
    });
    expect(wrong.slice(0, 10)).toEqual([]);
  });
});

/** When the set was read: what becomes of the elements later is nobody's matter. */
const endOf = (fates: readonly Fate[]) => fates[0]?.read?.atNs ?? 0;

/** By its place in the trace: which node has what, when that entry is written. */
type Looks = ReadonlyMap<number, ReadonlyMap<string, ReadonlySet<number>>>;

interface Again {
  readonly bytes: Buffer;
  readonly file: string;
  readonly seed: number;
  readonly set: readonly string[];
  readonly nodes: readonly string[];
}

/** Runs it once more, and looks into the nodes around each event, and now and then. */
async function lookAgain(
  { bytes, file, seed, set, nodes }: Again,
  trace: readonly TraceEntry[],
  causes: ReadonlySet<number>,
  endNs: number,
): Promise<Looks> {
  const looks = new Map<number, Map<string, Set<number>>>();
  const near = new Set([...causes].flatMap((at) => [...momentOf(trace, at), momentAfter(trace, at)]));
  let model: Model | undefined;
  let index = 0;
  const registry = watched(makeRegistry(), {
    deployed(made) {
      model = made;
    },
    trace(entry) {
      expect(entry).toEqual(trace[index]);
      if ((near.has(index) || index % EVERY === 0) && entry.time <= endNs) looks.set(index, contentsOf(model!, nodes));
      index++;
    },
  });
  const { error } = await simulateText(bytes, seed, set, file, registry);
  expect(error).toBeUndefined();
  return looks;
}

/**
 * The last entry of an earlier moment, and those of its own up to it: all that is told of one moment may be told when it has
 * happened, and a process may get an element and lose it in one.
 */
function momentOf(trace: readonly TraceEntry[], at: number): number[] {
  let index = at - 1;
  while (index >= 0 && trace[index]!.time === trace[at]!.time) index--;
  return Array.from({ length: at - index + 1 }, (_, place) => index + place);
}

/** The first entry of a later moment. */
function momentAfter(trace: readonly TraceEntry[], at: number): number {
  let index = at + 1;
  while (index < trace.length && trace[index]!.time === trace[at]!.time) index++;
  return index;
}

function contentsOf(model: Model, nodes: readonly string[]): Map<string, Set<number>> {
  return new Map(
    nodes.map((node) => {
      const has = Object.values(model.contents!(node)).flatMap((elements) => [...elements]);
      return [node, new Set(has)];
    }),
  );
}

/** What of the tale is not so. An entry may be written right before or right after what it tells of happens. */
function contradiction(
  { end, element, cause, holdings }: Fate,
  trace: readonly TraceEntry[],
  at: number,
  looks: Looks,
): string | undefined {
  const holders = (index: number) =>
    [...(looks.get(index) ?? [])].filter(([, has]) => has.has(element)).map(([node]) => node);
  const { node } = cause!;
  const moment = momentOf(trace, at);
  const [before, after] = [moment[0] as number, momentAfter(trace, at)];
  const later = [...looks.keys()].filter((index) => index >= after);
  if (holdings.length === 0) {
    const anybody = [...looks.keys()].find((index) => holders(index).length > 0);
    return anybody === undefined ? undefined : `${holders(anybody)} had it, and nothing was told of that`;
  }
  if (end === 'recovered') {
    if (holders(before).length > 0) return `${holders(before)} had it already`;
    if (!holders(after).includes(node)) return `${node} does not have it then`;
    const gone = later.find((index) => holders(index).length === 0);
    return gone === undefined ? undefined : `nobody has it at entry ${gone}`;
  }
  if (!moment.some((index) => holders(index).includes(node))) return `${node} had not got it`;
  if (holders(after).includes(node)) return `${node} still has it`;
  // Who has it longer never gives it up, or gives it away.
  const left = new Set(holdings.filter(({ until }) => until?.change !== 'dropped').map((holding) => holding.node));
  const back = later.find((index) => holders(index).some((holder) => !left.has(holder)));
  return back === undefined ? undefined : `${holders(back)} has it at entry ${back}`;
}
