/**
 * One run from the command line: the folder in the store, the log, the terminal, the environment, and the
 * executor between them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { EXIT, messageOf, PlanRunError } from '../base/errors.ts';
import { Secrets } from '../base/secrets.ts';
import type { Inventory, Registry, TraceEntry } from '../contract/index.ts';
import { execute, type Outcome, type Results, type Run } from '../executor/index.ts';
import { historyFromFile, Journal } from '../history/index.ts';
import type { Plan } from '../plan/index.ts';
import {
  type Drawing,
  drawingsOf,
  makeStore,
  quoteTrace,
  type Store,
  suspectsOf,
  textReport,
} from '../report/index.ts';
import type { Timeline } from '../timeline/index.ts';
import { againCommand, whyCommand } from './again.ts';
import { reportFailure } from './failure.ts';
import { withSecrets } from './inventory.ts';
import { makeLog } from './log.ts';
import { endOf, openEnvironment } from './open.ts';
import { Patience } from './patience.ts';
import { Progress } from './progress.ts';
import { readTrace, TraceFile } from './trace.ts';

/** What `kill -9` of the runner may cost of the history. */
const JOURNAL_FLUSH_MS = 10;

export interface Performance {
  readonly file: string;
  /** The plan as it was given. */
  readonly text: string;
  readonly plan: Plan;
  readonly timeline: Timeline;
  readonly registry: Registry;
  /** The machines, where the environment has such; secrets still by their names. */
  readonly inventory?: Inventory | undefined;
  readonly json: boolean;
  /** Whether to write what the simulated nodes say and do. */
  readonly trace: boolean;
  /** The store's folder. */
  readonly root: string;
  readonly signal: AbortSignal;
}

/** Runs a compiled plan, writes its files, prints its report. @returns the exit code. */
export async function perform(performance: Performance): Promise<number> {
  const secrets = new Secrets(process.env);
  try {
    return await performWith(performance, secrets);
  } catch (error) {
    return reportFailure(error, (text) => secrets.redact(text));
  }
}

async function performWith(performance: Performance, secrets: Secrets): Promise<number> {
  const { timeline, json, registry } = performance;
  secrets.resolve([timeline.database, timeline.workload, timeline.steps, timeline.checkers]);
  const inventory = performance.inventory && withSecrets(performance.inventory, timeline.nodes, secrets);
  const store = onDisk(performance, () => {
    const made = makeStore(performance.root, timeline.plan, new Date());
    writePlan(made, performance);
    return made;
  });
  const trace = performance.trace ? onDisk(performance, () => new TraceFile(store.path('trace.jsonl'))) : undefined;
  const { error, results, startNs } = await run({ ...performance, inventory }, secrets, store, trace);
  trace?.close();
  const suspects = suspectsOf(results.checkers, registry);
  const history = historyFromFile(store.path('history.jsonl'));
  const quoted = trace === undefined ? [] : quoteTrace(about(suspects, store), history, suspects, startNs);
  const report = textReport(results, registry, timeline.about, quoted);
  const drawings = await drawingsOf(results.checkers, registry);
  const unsaved = save(performance, store, { results, report, drawings });
  if (json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  (json ? process.stderr : process.stdout).write(
    `\n${report}${drawings.map(({ name }) => `drawn: ${store.path(`${name}.html`)}\n`).join('')}` +
      footer(performance, store, results.simulated !== null && suspects.length > 0),
  );
  const redact = (text: string) => secrets.redact(text);
  if (error !== undefined && error.code !== 'interrupted') return reportFailure(error, redact);
  if (unsaved !== undefined) return reportFailure(unsaved, redact);
  return error === undefined ? exitCode(results) : EXIT.interrupted;
}

function about(suspects: readonly number[], store: Store): TraceEntry[] {
  if (suspects.length === 0) return [];
  const wanted = new Set(suspects);
  return readTrace(store.path('trace.jsonl'), ({ elements }) => elements?.some((one) => wanted.has(one)) === true);
}

interface Findings {
  readonly results: Results;
  readonly report: string;
  readonly drawings: readonly Drawing[];
}

/** Writes what was found; a verdict is shown even where it cannot be kept. @returns what kept it from being written. */
function save(performance: Performance, store: Store, { results, report, drawings }: Findings): unknown {
  try {
    onDisk(performance, () => {
      store.write('results.json', `${JSON.stringify(results, null, 2)}\n`);
      store.write('report.txt', report);
      for (const { name, html } of drawings) store.write(`${name}.html`, html);
      store.link();
    });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** @throws PlanRunError `unavailable` with the file system's words, where `work` cannot write to the store. */
function onDisk<T>({ root }: Performance, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new PlanRunError('unavailable', `Cannot write to the store: ${messageOf(cause)}`, {
      cause,
      hint: `make room or leave to write in ${root}, or keep the runs elsewhere: --store FOLDER`,
    });
  }
}

async function run(
  performance: Performance,
  secrets: Secrets,
  store: Store,
  trace: TraceFile | undefined,
): Promise<Outcome & { readonly startNs: number }> {
  const { timeline, registry, signal } = performance;
  const unwritable = new AbortController();
  const log = await makeLog(store.path('run.log'), secrets);
  log.info({ plan: timeline.plan, file: timeline.file, seed: timeline.seed, pid: process.pid }, 'run begins');
  const environment = await openEnvironment(timeline, registry, {
    log,
    inventory: performance.inventory,
    trace: trace && ((entry) => trace.add(entry)),
  });
  const progress = new Progress(timeline, environment.clock, process.stderr);
  const patience = new Patience(signal);
  let going: Run | undefined;
  try {
    const outcome = await execute({
      timeline,
      registry,
      environment,
      secrets,
      journal: new Journal(store.path('history.jsonl'), (flush) =>
        setTimeout(attempt, JOURNAL_FLUSH_MS, flush, unwritable),
      ),
      historyPath: store.path('history.jsonl'),
      log,
      signal: endOf(environment, signal, unwritable.signal),
      patience: () => patience.begin(),
      logFolder: (node) => store.nodeFolder(node),
      redactFile: (path) => redactFile(path, secrets),
      started(run) {
        going = run;
        progress.follow(run);
      },
      observe(event) {
        progress.show(event);
        if (event.type === 'fault') log.info({ ...event.report }, 'fault');
        else log.info({ step: event.step.do, took_ms: event.tookMs, remark: event.remark }, 'step');
      },
    });
    return { ...outcome, startNs: going?.startNs ?? 0 };
  } finally {
    patience.end();
    progress.end();
  }
}

/** What the disk does not take ends the run, in order. */
function attempt(write: () => void, unwritable: AbortController): void {
  try {
    write();
  } catch (error) {
    unwritable.abort(error);
  }
}

/** The plan as given and as resolved, and the timeline: on disk before anything is started. */
function writePlan(store: Store, { text, plan, timeline }: Performance): void {
  store.write('plan.yaml', text);
  store.write('plan.resolved.json', `${JSON.stringify(plan, null, 2)}\n`);
  store.write('timeline.json', `${JSON.stringify(timeline, null, 2)}\n`);
}

/** A log that a node wrote may hold what the plan handed it. */
function redactFile(path: string, secrets: Secrets): void {
  if (!secrets.used) return;
  try {
    const text = readFileSync(path, 'utf8');
    const redacted = secrets.redact(text);
    if (redacted !== text) writeFileSync(path, redacted);
  } catch (error) {
    throw new PlanRunError('unavailable', `Cannot redact ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** The one line that repeats the run, where its files are, and, if there is something to explain, how to ask for that. */
function footer({ file, plan, timeline }: Performance, store: Store, unexplained: boolean): string {
  const { environment, seed, overrides } = timeline;
  const again = againCommand({ file, modules: plan.modules, overrides, environment: environment.name, seed });
  const why = unexplained ? `why: ${whyCommand(store.folder, plan.modules)}\n` : '';
  return `${why}again: ${again}\nfiles: ${store.folder}\n`;
}

function exitCode({ valid, as_expected }: Results): number {
  if (valid === 'unknown') return EXIT.unknown;
  return as_expected ? EXIT.expected : EXIT.unexpected;
}
