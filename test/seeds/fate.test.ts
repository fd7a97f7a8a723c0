/**
 * What `fate` tells of every element that a plan loses or finds, against the simulator's own truth: what the nodes of the same
 * run really have, right before and right after the event that is said to have decided, and ever after.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeRegistry } from '../../src/cli/registry.ts';
import type { Model, TraceEntry } from '../../src/contract/index.ts';
import { historyOf } from '../../src/history/index.ts';
import { type Fate, fatesOf } from '../../src/report/index.ts';
import { validatePlan } from '../../src/timeline/validate.ts';
import { simulateText } from '../db/simulate.ts';
import { watched } from '../db/watched.ts';

const SEED = 1;
/** Beside the moments around each event, the nodes are looked at every so many entries of the trace. */
const EVERY = 500;

const plans = readdirSync('plans').map((file) => file.replace(/\.yaml$/, ''));

describe.each(plans)('%s', async (plan) => {
  const file = `plans/${plan}.yaml`;
  const bytes = readFileSync(file);
  const { ready } = validatePlan({ file, bytes }, makeRegistry(), { seed: SEED, environment: 'sim' });
  const { timeline } = ready!;
  const first = await simulateText(bytes, SEED, [], file);
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
    const looks = await lookAgain(bytes, file, timeline.nodes, first.trace, new Set(causes), endOf(unclear));
    const wrong = unclear.flatMap((fate, at) => {
      const why = contradiction(fate, causes[at]!, looks);
      return why === undefined ? [] : [`${fate.element} (${fate.end}): ${why}`];
    });
    expect(wrong.slice(0, 10)).toEqual([]);
  });
});

/** When the set was read: what becomes of the elements later is nobody's matter. */
const endOf = (fates: readonly Fate[]) => fates[0]?.read?.atNs ?? 0;

/** By its place in the trace: which node has what, when that entry is written. */
type Looks = ReadonlyMap<number, ReadonlyMap<string, ReadonlySet<number>>>;

/** Runs it once more, and looks into the nodes around each event, and now and then. */
async function lookAgain(
  bytes: Buffer,
  file: string,
  nodes: readonly string[],
  trace: readonly TraceEntry[],
  causes: ReadonlySet<number>,
  endNs: number,
): Promise<Looks> {
  const looks = new Map<number, Map<string, Set<number>>>();
  let model: Model | undefined;
  let index = 0;
  const registry = watched({
    model(made) {
      model = made;
    },
    trace(entry) {
      expect(entry).toEqual(trace[index]);
      const near = causes.has(index - 1) || causes.has(index + 1);
      if ((near || index % EVERY === 0) && entry.time <= endNs) looks.set(index, contentsOf(model!, nodes));
      index++;
    },
  });
  const { error } = await simulateText(bytes, SEED, [], file, registry);
  expect(error).toBeUndefined();
  return looks;
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
function contradiction({ end, element, cause, holdings }: Fate, at: number, looks: Looks): string | undefined {
  const holders = (index: number) =>
    [...(looks.get(index) ?? [])].filter(([, has]) => has.has(element)).map(([node]) => node);
  const { node } = cause!;
  const later = [...looks.keys()].filter((index) => index > at);
  if (holdings.length === 0) {
    const anybody = [...looks.keys()].find((index) => holders(index).length > 0);
    return anybody === undefined ? undefined : `${holders(anybody)} had it, and nothing was told of that`;
  }
  if (end === 'recovered') {
    if (holders(at - 1).length > 0) return `${holders(at - 1)} had it already`;
    if (!holders(at + 1).includes(node)) return `${node} does not have it then`;
    const gone = later.find((index) => holders(index).length === 0);
    return gone === undefined ? undefined : `nobody has it at entry ${gone}`;
  }
  if (!holders(at - 1).includes(node)) return `${node} had not got it`;
  if (holders(at + 1).includes(node)) return `${node} still has it`;
  if (holdings.some(({ until }) => until === undefined)) return undefined;
  const back = later.find((index) => holders(index).length > 0);
  return back === undefined ? undefined : `${holders(back)} has it at entry ${back}`;
}
