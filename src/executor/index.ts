/**
 * The executor: a timeline, the modules it names and an environment in; a history, and results judged from it,
 * out. It knows the contracts, never a concrete database, fault or checker.
 */
import { type ErrorFields, messageOf, PlanRunError } from '../base/errors.ts';
import { type History, historyFromFile, historyOf, type Journal } from '../history/index.ts';
import { judge, type Results } from './judge.ts';
import { Run, type RunContext } from './run.ts';

export type { FaultReport } from './faults.ts';
export { type Finding, judge, judgeAlone, type Results, simulatedOf } from './judge.ts';
export type { Counts } from './recorder.ts';
export type { Run, RunContext, RunEvent } from './run.ts';

export interface Execution extends RunContext {
  /** Path of the journal's file, to read the history back from. */
  readonly historyPath: string;
  /** Aborted: heal, tear down, keep the history. A PlanRunError as its reason is what ended the run. */
  readonly signal: AbortSignal;
  /** Called when judging begins. Aborted: whoever still judges is left, and its verdict is unknown. */
  patience?(): AbortSignal;
  /** Called once the run exists, for a live line. */
  started?(run: Run): void;
}

export interface Outcome {
  readonly results: Results;
  /** What ended the run before its time; undefined where it went to its end. */
  readonly error: PlanRunError | undefined;
}

/**
 * Executes a timeline step by step. Whatever happens, what was done is undone, newest first, and the history is
 * judged as far as it goes. Never throws for what the world does: see `Outcome.error`.
 */
export async function execute(execution: Execution): Promise<Outcome> {
  const { timeline, journal, registry, signal, historyPath } = execution;
  const run = new Run(execution);
  execution.started?.(run);
  const interrupt = () => run.interrupt(reasonOf(signal));
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  let error: PlanRunError | undefined;
  try {
    for (const step of timeline.steps) await run.walk(step);
  } catch (thrown) {
    error = asPlanRunError(thrown);
  } finally {
    signal.removeEventListener('abort', interrupt);
    await run.tearDown();
    try {
      journal.close();
    } catch (thrown) {
      error ??= asPlanRunError(thrown);
    }
  }
  const history = historyToJudge(historyPath, journal, error, run.notes);
  const circumstances = {
    notes: run.notes,
    logs: run.logs,
    error: error === undefined ? null : execution.secrets.redact(describe(error)),
  };
  const results = await judge(timeline, history, registry, circumstances, execution.patience?.());
  return { results, error };
}

/** Longest history that an interrupted run is judged by: who has pressed Ctrl-C does not wait for more. */
const INTERRUPTED_OPS_MAX = 200_000;
/** Longest text of a history that is read once, and held; a longer one is read anew by each who judges it. */
const HELD_BYTES_MAX = 16 * 1024 * 1024;

function historyToJudge(
  path: string,
  { length, sizeBytes }: Journal,
  error: PlanRunError | undefined,
  notes: string[],
): History {
  if (error?.code === 'interrupted' && length > INTERRUPTED_OPS_MAX) {
    notes.push(`the run was interrupted, and its history of ${length.toLocaleString('en')} operations is not judged`);
    return historyOf([]);
  }
  const history = historyFromFile(path);
  return sizeBytes <= HELD_BYTES_MAX ? historyOf([...history.ops()]) : history;
}

function reasonOf({ reason }: AbortSignal): PlanRunError {
  return reason instanceof PlanRunError ? reason : new PlanRunError('interrupted', 'The run was interrupted');
}

function asPlanRunError(thrown: unknown): PlanRunError {
  return thrown instanceof PlanRunError ? thrown : new PlanRunError('bug', messageOf(thrown), { cause: thrown });
}

/** What happened, where and what the command said, in one line. */
function describe({ message, fields }: PlanRunError): string {
  const facts: (keyof ErrorFields)[] = ['step', 'node', 'plan'];
  const known = facts.flatMap((key) => (fields[key] === undefined ? [] : [`${key} ${String(fields[key])}`]));
  return known.length === 0 ? message : `${message} (${known.join(', ')})`;
}
