/** The text of a first plan: each block with a comment that says what it is for. */
import { durationMs, formatMs, parseRatePerS } from '../../base/units.ts';
import type { AnyWorkload, Registry } from '../../contract/index.ts';
import { exampleOf, inline } from '../../plan/index.ts';
import { wrapped } from '../wrapped.ts';
import { type Answers, isSingleServer, NONE, settingsOf, targetsOf } from './choices.ts';

const CLIENTS = 5;
const BEFORE_MS = 5_000;
const AFTER_MS = 10_000;
/** An operation must not be able to wait a fault out: the language's default would, up to here. */
const LONG_MS = 5_000;

/** What the simulator said of a plan, once it was asked. */
export interface Expectation {
  readonly expect: 'valid' | 'invalid';
  /** A comment on it. */
  readonly why: string;
  /** Whether the plan does without operations that end ok during the fault. */
  readonly servesNobody?: boolean;
}

const HOPED: Expectation = { expect: 'valid', why: 'a run that comes to another verdict exits with 1' };

/** @param schema the address in the modeline. */
export function firstPlan(answers: Answers, registry: Registry, schema: string, found: Expectation = HOPED): string {
  const { database, workload, fault, rate } = answers;
  const forMs = durationMs(answers.for);
  const faulty = fault !== NONE;
  const workMs = faulty ? BEFORE_MS + forMs + AFTER_MS : forMs;
  const count = Math.max(1, Math.ceil(((parseRatePerS(rate) ?? 1) * workMs) / 1000));
  const settings = { ...(exampleOf(moduleOf(registry.workloads, workload).settings) as object) };
  const work = { ...settings, [countKey(moduleOf(registry.workloads, workload))]: count };
  const around = faulty
    ? `${formatMs(BEFORE_MS)} before the fault, ${formatMs(AFTER_MS)} after it`
    : 'and no fault: a control';
  const quiet = faulty && (found.servesNobody || isSingleServer(database));
  return [
    `# yaml-language-server: $schema=${schema}`,
    'plan: 1',
    'about: |',
    ...wrapped('  ', aboutOf(answers, registry), 2),
    `environment: ${answers.env}${environmentComment(answers, registry)}`,
    `nodes: ${answers.nodes}${isSingleServer(database) && answers.nodes > 1 ? ' # n1 has the server; the others are idle' : ''}`,
    '',
    'database:',
    `  ${database}: ${inline(exampleOf(moduleOf(registry.databases, database).settings))} # its settings: plan-run modules database/${database}`,
    '',
    'workload:',
    `  clients: ${CLIENTS} # client i is at home on node i mod ${answers.nodes}`,
    `  rate: ${rate} # of all clients together`,
    ...(faulty && forMs <= LONG_MS
      ? [`  timeout: ${formatMs(forMs / 2)} # shorter than the fault: nobody waits it out`]
      : []),
    `  ${workload}: ${inline(work)} # ${formatMs(workMs)} of them: ${around}`,
    '',
    ...(faulty ? faultLines(answers, registry) : []),
    'settle: 10s # rest for the healed cluster, before the final reads',
    '',
    ...(quiet
      ? ['require: { during: 0 } # operations that must end ok: while the fault lasts, nobody is served', '']
      : []),
    `checker: # who judges: plan-run modules checker/${moduleOf(registry.workloads, workload).checkers[0]?.name ?? 'stats'}`,
    ...moduleOf(registry.workloads, workload).checkers.map((use) => `  ${use.name}: ${inline(use.settings ?? {})}`),
    '',
    `# ${found.why}`,
    `expect: ${found.expect}`,
    '',
  ].join('\n');
}

function faultLines(answers: Answers, registry: Registry): string[] {
  const { fault } = answers;
  return [
    'faults:',
    `  - at: ${formatMs(BEFORE_MS)} # from the start of the workload`,
    ...(moduleOf(registry.nemeses, fault).lasting ? [] : [`    for: ${answers.for}`]),
    `    ${fault}: ${inline(settingsOf(answers))}${fault === 'partition' ? ' # the two sides do not hear each other' : ''}`,
    '',
  ];
}

function aboutOf(answers: Answers, { databases, workloads, nemeses }: Registry): string {
  const { fault, target } = answers;
  const database = moduleOf(databases, answers.database);
  const hits = targetsOf(fault, database)[target];
  const broken =
    fault === NONE
      ? ['Nothing is broken.']
      : [`What is broken: ${lower(moduleOf(nemeses, fault).summary)}`, `Whom it hits: ${hits}.`];
  return [database.summary, moduleOf(workloads, answers.workload).summary, ...broken].join(' ');
}

function lower(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

function environmentComment({ env, database }: Answers, { environments, databases }: Registry): string {
  const { simulated, inventoried } = moduleOf(environments, env);
  if (inventoried) return ' # on machines: --inventory FILE says which';
  if (!simulated) return ' # real servers in namespaces of this machine; plan-run doctor says what it lacks';
  const real = moduleOf(databases, database).deploy !== undefined;
  return ` # virtual time, and no server is needed${real ? '; --env lab runs it on real ones' : ''}`;
}

/** The setting that says how many operations there are: the one that the workload counts by. */
function countKey({ settings, count }: AnyWorkload): string {
  const { properties } = settings as { properties: Record<string, { type?: string; default?: unknown }> };
  const usual = Object.fromEntries(Object.entries(properties).map(([key, property]) => [key, property.default]));
  const asked = 1234;
  return (
    Object.keys(properties).find(
      (key) => properties[key]?.type === 'integer' && count({ ...usual, [key]: asked }) === asked,
    ) ?? 'ops'
  );
}

function moduleOf<M>(modules: ReadonlyMap<string, M>, name: string): M {
  const module = modules.get(name);
  if (module === undefined) throw new TypeError(`there is no module "${name}"`);
  return module;
}
