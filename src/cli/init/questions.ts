/** Finds out what a first plan is to be: by flags, by asking, or by what is usual. */
import { PlanRunError } from '../../base/errors.ts';
import { FORMS, formatMs, parseDurationMs, parseRatePerS } from '../../base/units.ts';
import type { Registry } from '../../contract/index.ts';
import { didYouMean } from '../../plan/guess.ts';
import { validatePlan } from '../../timeline/validate.ts';
import { matrixOf } from '../modules.ts';
import { type Answers, type Combination, combinationsOf, NONE, targetsOf } from './choices.ts';
import { firstPlan } from './first-plan.ts';

export interface Choice {
  readonly value: string;
  readonly hint: string;
}

/** Puts a question to a person. */
export interface Asker {
  select(title: string, choices: readonly Choice[]): Promise<string>;
  /** `wrong` says what is the matter with an answer. */
  text(title: string, usual: string, wrong: (text: string) => string | undefined): Promise<string>;
}

/** What the command line has said, as it was written. */
export type Given = { readonly [key in keyof Answers]?: string };

const FOR_MIN_MS = 1_000;
const NODES_MAX = 99;

const TITLES = {
  env: 'Where does it run?',
  database: 'Which database?',
  workload: 'What do the clients do?',
  fault: 'What is broken?',
  target: 'Whom does it hit?',
  nodes: 'How many nodes?',
  rate: 'How many operations, of all clients together?',
} as const;

/** What the words of a text may be; each says what is wrong with one. */
const CHECKS: Readonly<Record<'nodes' | 'rate' | 'for', (text: string) => string | undefined>> = {
  nodes: (text) =>
    /^\d{1,2}$/.test(text) && Number(text) >= 1 ? undefined : `It must be a whole number from 1 to ${NODES_MAX}.`,
  rate: (text) =>
    Number.isFinite(parseRatePerS(text) ?? Number.NaN) ? undefined : 'It must be a rate such as 100/s or 30/m.',
  for: (text) =>
    (parseDurationMs(text) ?? 0) >= FOR_MIN_MS
      ? undefined
      : `It must be ${FORMS.duration}, at least ${formatMs(FOR_MIN_MS)}.`,
};

/**
 * @param ask undefined: nobody is asked, and what no flag says is as usual.
 * @throws PlanRunError `usage` where a flag makes no sense, or not with the others.
 */
export async function answersFrom(given: Given, registry: Registry, ask: Asker | undefined): Promise<Answers> {
  refuseUnknown(given, registry);
  let left = combinationsOf(registry, matrixOf(registry)).filter((one) => agrees(one, given));
  if (left.length === 0) throw apart(given);
  const choose = async (key: keyof Combination) => {
    const values = [...new Set(left.map((one) => one[key]))];
    const choices = values.map((value) => ({ value, hint: summaryOf(key, value, registry) }));
    const value = given[key] ?? (await chosen(TITLES[key], choices, ask));
    left = left.filter((one) => one[key] === value);
    return value;
  };
  const write = async (key: keyof typeof CHECKS, title: string, usual: string) => {
    const text = given[key];
    if (text === undefined) return ask === undefined ? usual : ask.text(title, usual, CHECKS[key]);
    const wrong = CHECKS[key](text);
    if (wrong !== undefined) throw new PlanRunError('usage', `--${key} ${text} makes no sense`, { hint: wrong });
    return text;
  };
  const [env, database, workload] = [await choose('env'), await choose('database'), await choose('workload')];
  const nodes = Number(await write('nodes', TITLES.nodes, '5'));
  const sofar = { env, database, workload, nodes, rate: '100/s', for: '15s' };
  const targetsBy = new Map(left.map(({ fault }) => [fault, targetsLeft({ ...sofar, fault }, registry)]));
  left = left.filter(({ fault }) => (targetsBy.get(fault)?.length ?? 0) > 0);
  if (left.length === 0) throw tooSmall(given.fault ?? '', nodes);
  const fault = await choose('fault');
  const targets = targetsBy.get(fault) ?? [];
  if (given.target !== undefined && !targets.some(({ value }) => value === given.target)) {
    const hint = didYouMean(
      given.target,
      targets.map(({ value }) => value),
    );
    throw new PlanRunError('usage', `--target ${given.target} does not go with --fault ${fault} of ${database}`, {
      hint,
    });
  }
  const target = given.target ?? (await chosen(TITLES.target, targets, ask));
  const rate = await write('rate', TITLES.rate, '100/s');
  const lasts = await write('for', fault === NONE ? 'How long do they work?' : 'How long does it last?', '15s');
  return { ...sofar, fault, target, rate, for: lasts };
}

/** Where there is one choice, there is no question. */
async function chosen(title: string, choices: readonly Choice[], ask: Asker | undefined): Promise<string> {
  const [first, ...others] = choices;
  if (ask === undefined || others.length === 0) return first?.value ?? '';
  return ask.select(title, choices);
}

/** Targets with which the plan has no problem, not even a warning. */
function targetsLeft(sofar: Omit<Answers, 'target'>, registry: Registry): Choice[] {
  const database = registry.databases.get(sofar.database);
  const all = database === undefined ? {} : targetsOf(sofar.fault, database);
  const fits = (target: string) => {
    const bytes = Buffer.from(firstPlan({ ...sofar, target }, registry, 'schema'));
    return validatePlan({ file: 'plan.yaml', bytes }, registry).problems.length === 0;
  };
  return Object.entries(all).flatMap(([value, hint]) => (fits(value) ? [{ value, hint }] : []));
}

const KINDS = { env: 'environments', database: 'databases', workload: 'workloads', fault: 'nemeses' } as const;

function refuseUnknown(given: Given, registry: Registry): void {
  for (const [key, kind] of Object.entries(KINDS) as [keyof Combination, (typeof KINDS)[keyof typeof KINDS]][]) {
    const names = [...registry[kind].keys(), ...(key === 'fault' ? [NONE] : [])];
    const name = given[key];
    if (name === undefined || names.includes(name)) continue;
    const what = key === 'env' ? 'environment' : key;
    throw new PlanRunError('usage', `there is no ${what} "${name}"`, { hint: didYouMean(name, names) });
  }
}

function agrees(one: Combination, given: Given): boolean {
  return (Object.keys(KINDS) as (keyof Combination)[]).every(
    (key) => given[key] === undefined || given[key] === one[key],
  );
}

function apart(given: Given): PlanRunError {
  const flags = (Object.keys(KINDS) as (keyof Combination)[]).flatMap((key) =>
    given[key] === undefined ? [] : [`--${key} ${given[key]}`],
  );
  const [only] = flags;
  const message =
    flags.length === 1 ? `a first plan cannot be made with ${only}` : `${flags.join(', ')} do not go together`;
  return new PlanRunError('usage', message, {
    hint: '`plan-run modules` tells what goes with what, simulated and real; of your own system examples/service has a plan',
  });
}

function tooSmall(fault: string, nodes: number): PlanRunError {
  return new PlanRunError(
    'usage',
    `with ${nodes === 1 ? 'one node' : `${nodes} nodes`} the fault ${fault} leaves no majority`,
    {
      hint: 'take three nodes or more, or --fault none',
    },
  );
}

function summaryOf(key: keyof Combination, name: string, registry: Registry): string {
  return name === NONE ? 'a control' : (registry[KINDS[key]].get(name)?.summary ?? '');
}
