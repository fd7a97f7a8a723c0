/** What is no block of its own: the plan's own keys, its nodes, its clients, how much there is to do. */
import { isDeepStrictEqual } from 'node:util';
import { formatMs } from '../../base/units.ts';
import { nameOf, type Schema } from '../../plan/index.ts';
import type { Timeline } from '../timeline.ts';
import { counted, machineWords } from '../words.ts';
import type { Change, ChangeGroup } from './change.ts';
import { firstSentence } from './settings.ts';

export interface Keys {
  readonly plan: Schema;
  readonly workload: Schema;
}

/** The name, the seed, and the rests. `drawn`: whether the faults differ. */
export function planDiffers(before: Timeline, after: Timeline, keys: Keys, drawn: boolean): Change[] {
  const described = (subject: string) => firstSentence(keys.plan.properties?.[subject]?.description);
  return [
    ...nameDiffers(before, after),
    ...aboutDiffers(before, after),
    ...one('plan', 'seed', String(before.seed), String(after.seed), drawn ? described('seed') : UNDRAWN),
    ...one('plan', 'ready', readyOf(before), readyOf(after), described('ready')),
    ...one('plan', 'settle', settleOf(before), settleOf(after), described('settle')),
  ];
}

/** Of a seed that changes no fault. */
const UNDRAWN =
  'The timeline stays as it is: none of its faults is drawn from the seed. What chance does in the simulator is.';

/** Plans that have the names of their files are told apart by those. */
function nameDiffers(before: Timeline, after: Timeline): Change[] {
  const isFiles = ({ plan, file }: Timeline) => plan === nameOf(file);
  if (isFiles(before) && isFiles(after)) return [];
  return one('plan', 'name', before.plan, after.plan, 'Its folder in the store is another, too.');
}

/** The text itself is prose, and a reader of the file sees it. */
function aboutDiffers(before: Timeline, after: Timeline): Change[] {
  if (before.about === after.about) return [];
  const kind = before.about === undefined ? 'added' : after.about === undefined ? 'removed' : 'changed';
  const note = 'Other words for the reader; nothing that runs.';
  return [{ group: 'plan', kind, subject: 'about', note, path: 'about' }];
}

/** Whether other modules from outside the package are loaded; a timeline does not have them. Paths, as the plans have them. */
export function modulesDiffer(before: readonly string[], after: readonly string[]): Change[] {
  const words = (paths: readonly string[]) => [...new Set(paths)].sort().join(', ');
  const note =
    'Code from outside the package, for this plan: it is loaded with --allow-modules, whether the plan uses it or not.';
  return one('plan', 'modules', words(before), words(after), note);
}

function readyOf({ steps }: Timeline): string {
  const step = steps.find((one) => one.do === 'await-ready');
  return step === undefined ? '' : formatMs(step.timeoutMs);
}

function settleOf({ steps }: Timeline): string {
  const step = steps.find((one) => one.do === 'settle');
  return step === undefined ? '' : formatMs(step.forMs);
}

export function nodesDiffer(before: Timeline, after: Timeline): Change[] {
  const words = ({ nodes }: Timeline) => `${nodes.length}: ${nodes.join(' ')}`;
  const majority = ({ nodes }: Timeline) => Math.floor(nodes.length / 2) + 1;
  const note =
    majority(before) === majority(after) ? undefined : `A majority is ${majority(after)}, and was ${majority(before)}.`;
  const machines = [...new Set([...Object.keys(before.machines ?? {}), ...Object.keys(after.machines ?? {})])];
  return [
    ...one('nodes', 'nodes', words(before), words(after), note),
    ...machines.flatMap((node) => {
      const machine = ({ machines }: Timeline) =>
        machines?.[node] === undefined ? undefined : machineWords(machines[node]);
      return one('nodes', `machine of ${node}`, machine(before), machine(after), undefined, 'nodes');
    }),
  ];
}

/** How many clients there are, on whose side of a partition, and who of them is at home elsewhere. */
export function clientsDiffer(before: Timeline, after: Timeline, { workload }: Keys): Change[] {
  const moved = after.clients.filter(({ client, home }) => {
    const was = before.clients[client];
    return was !== undefined && was.home !== home;
  });
  const shown = moved
    .slice(0, SHOWN_MAX)
    .map(({ client, home }) => `${client} from ${before.clients[client]?.home} to ${home}`);
  const more = moved.length > SHOWN_MAX ? ` and ${moved.length - SHOWN_MAX} more` : '';
  const side = ({ clientsAtHome }: Timeline) => (clientsAtHome ? 'home' : 'outside');
  const attach = workload.properties?.clients?.anyOf?.find(({ properties }) => properties)?.properties?.attach;
  const [was, is] = [String(before.clients.length), String(after.clients.length)];
  return [
    ...one('clients', 'clients', was, is, undefined, 'workload.clients'),
    ...one('clients', 'attach', side(before), side(after), attach?.description, 'workload.clients'),
    ...(moved.length === 0
      ? []
      : [homesChange(`${counted(moved.length, 'client')} at another node: ${shown.join(', ')}${more}`)]),
  ];
}

function homesChange(note: string): Change {
  return { group: 'clients', kind: 'changed', subject: 'homes', note, path: 'nodes' };
}

/** Clients that are named. */
const SHOWN_MAX = 5;

/** Rate and timeout, and what there is to do in all. */
export function paceDiffers({ workload: was }: Timeline, { workload: is }: Timeline, keys: Keys): Change[] {
  const described = (key: string) => firstSentence(keys.workload.properties?.[key]?.description);
  const rate = ({ ratePerS }: Timeline['workload']) =>
    ratePerS === null ? 'as fast as the clients can' : `${ratePerS}/s`;
  const extent = ({ count, durationMs }: Timeline['workload']) =>
    `${counted(count, 'operation')}${durationMs === null ? '' : ` in ${formatMs(durationMs)}`}`;
  return [
    ...one('workload', 'rate', rate(was), rate(is), described('rate'), 'workload.rate'),
    ...one(
      'workload',
      'timeout',
      formatMs(was.timeoutMs),
      formatMs(is.timeoutMs),
      described('timeout'),
      'workload.timeout',
    ),
    ...one('workload', 'in all', extent(was), extent(is), undefined, 'workload'),
  ];
}

/** One fact, where it differs; undefined or empty is none. */
function one(
  group: ChangeGroup,
  subject: string,
  before: string | undefined,
  after: string | undefined,
  note?: string,
  path = subject,
): Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [was, is] = [before || undefined, after || undefined];
  return [
    {
      group,
      kind: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed',
      subject,
      ...(was !== undefined && { before: was }),
      ...(is !== undefined && { after: is }),
      ...(note !== undefined && { note }),
      path,
    },
  ];
}
