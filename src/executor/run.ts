/**
 * Walks the timeline. One run: the state that its steps share, and the undo of each completed step.
 */
import { dirname } from 'node:path';
import { assert } from '../base/assert.ts';
import { NS_PER_MS, sleep } from '../base/clock.ts';
import { messageOf, PlanRunError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { makeRng } from '../base/rng.ts';
import type { Secrets } from '../base/secrets.ts';
import type { AnyWorkload, Cluster, Environment, NodeLog, Registry } from '../contract/index.ts';
import type { Journal } from '../history/index.ts';
import type { Step, Timeline } from '../timeline/index.ts';
import { type FaultReport, Faults } from './faults.ts';
import { collectLogs } from './logs.ts';
import { losesPatience, PATIENCE_MS } from './patience.ts';
import { type Counts, Recorder } from './recorder.ts';
import { abortable, bounded } from './waits.ts';
import { Workers } from './workers.ts';

const READY_POLL_MS = 100;
const READ_RETRY_MS = 500;
/** Longest wait for one try of a final read; it may carry the whole set. */
const READ_TIMEOUT_MS = 15_000;
/** How long before a fault's end its nodes are asked for it once more. */
const LOOK_MS = 250;
/** Longest wait for the nodes to be made, for the database to be started, and for the clients to be opened. */
const PREPARE_TIMEOUT_MS = 300_000;
/** Longest wait for a fault to be injected or undone, and for each part of the tear-down. */
const CHANGE_TIMEOUT_MS = 30_000;
/** The same for the heal: what an operator has changed may take copying a node's data to put right. */
const HEAL_TIMEOUT_MS = 120_000;
/** Longest wait for what is under way when the run is interrupted, before what is in force is undone. */
const UNDER_WAY_MS = 2_000;

/** What the run tells while it goes: for the terminal and the log. Times in milliseconds of the run. */
export type RunEvent =
  | { readonly type: 'step'; readonly step: Step; readonly tookMs: number; readonly remark?: string }
  | { readonly type: 'fault'; readonly report: FaultReport };

export interface RunContext {
  readonly timeline: Timeline;
  readonly registry: Registry;
  readonly environment: Environment;
  readonly secrets: Secrets;
  readonly journal: Journal;
  readonly log: Logger;
  /** Whether anybody will look at what the nodes have written. Default: yes. */
  readonly wantsLogs?: boolean;
  /** Where a node's logs go: the folder of its own. */
  logFolder(node: string): string;
  /** Takes the secrets out of a file that came from a node. */
  redactFile(path: string): void;
  observe(event: RunEvent): void;
}

export class Run {
  readonly recorder: Recorder;
  readonly faults: Faults;
  /** Remarks for results.json. */
  readonly notes: string[] = [];
  /** When the workload began, on the environment's clock; undefined before. */
  startNs: number | undefined;
  /** The step it is at. */
  current: Step | undefined;
  readonly #context: RunContext;
  readonly #workload: AnyWorkload;
  readonly #stop = new AbortController();
  readonly #undos: { readonly what: string; undo(): Promise<void> }[] = [];
  #cluster: Cluster | undefined;
  #workers: Workers | undefined;
  #working: Promise<void> | undefined;
  #logs: readonly NodeLog[] = [];
  #logsCollected = false;

  constructor(context: RunContext) {
    this.#context = context;
    this.recorder = new Recorder(context.journal, context.environment.clock, context.secrets);
    this.faults = new Faults(context.registry, this.recorder, context.environment.clock);
    const workload = context.registry.workloads.get(context.timeline.workload.name);
    assert(workload, `workload ${context.timeline.workload.name} is in the registry`);
    this.#workload = workload;
  }

  get counts(): Readonly<Counts> {
    return this.recorder.counts;
  }

  /** The nodes' logs, as far as they have been collected. */
  get logs(): readonly NodeLog[] {
    return this.#logs;
  }

  /** Carries out one step, at its time. @throws PlanRunError naming the step and its place in the plan. */
  async walk(step: Step): Promise<void> {
    const { clock } = this.#context.environment;
    this.current = step;
    if ('atMs' in step && this.startNs !== undefined) {
      const dueNs = this.startNs + Math.round(step.atMs * NS_PER_MS);
      if (step.do === 'undo') {
        await clock.sleepUntil(dueNs - LOOK_MS * NS_PER_MS, this.#stop.signal);
        await this.#abortable(this.faults.look(step.fault));
      }
      await clock.sleepUntil(dueNs, this.#stop.signal);
    }
    const beganNs = clock.now();
    try {
      const remark = await this.#perform(step);
      const tookMs = (clock.now() - beganNs) / NS_PER_MS;
      this.#context.observe({ type: 'step', step, tookMs, ...(remark === undefined ? {} : { remark }) });
    } catch (error) {
      throw placed(error, step, this.#context.timeline.file);
    }
  }

  /** Makes whatever the run waits for end soon, with `reason`. */
  interrupt(reason: unknown): void {
    this.#stop.abort(reason);
  }

  /**
   * Undoes what was done, newest first, whatever state the run is in. Nothing that goes wrong here is thrown:
   * it must not take the place of what went wrong before, nor of a verdict. @returns what went wrong.
   */
  async tearDown(): Promise<unknown[]> {
    const { clock } = this.#context.environment;
    const errors: unknown[] = [];
    for (let entry = this.#undos.pop(); entry !== undefined; entry = this.#undos.pop()) {
      try {
        await bounded(entry.undo(), clock, CHANGE_TIMEOUT_MS, 'it');
      } catch (error) {
        errors.push(error);
        const message = `tear-down: ${entry.what}: ${this.#context.secrets.redact(messageOf(error))}`;
        this.notes.push(message);
        this.#context.log.error({ error: message }, 'tear-down failed');
      }
    }
    return errors;
  }

  async #perform(step: Step): Promise<string | undefined> {
    switch (step.do) {
      case 'provision':
        return this.#provision();
      case 'deploy':
        return this.#deploy();
      case 'await-ready':
        return this.#awaitReady(step.timeoutMs);
      case 'open-clients':
        return this.#openClients();
      case 'start-workload':
        return this.#startWorkload();
      case 'inject':
        return this.#inject(step);
      case 'undo':
        return this.#undo(step.fault);
      case 'await-workload':
        return this.#awaitWorkload();
      case 'heal':
        return this.#heal();
      case 'settle':
        return this.#settle(step);
      case 'final-reads':
        return this.#finalReads(step.timeoutMs);
      case 'collect-logs':
        return this.#collectLogs();
      case 'tear-down':
        await this.tearDown();
        return undefined;
      case 'check':
      case 'report':
        // Judged and reported by `execute`, once the journal is closed.
        return undefined;
    }
  }

  async #provision(): Promise<undefined> {
    const { environment } = this.#context;
    this.#undos.push({ what: 'remove the nodes', undo: () => environment.close() });
    await this.#prepared(environment.provision(), 'making the nodes');
  }

  async #deploy(): Promise<undefined> {
    const { environment, registry, secrets, timeline } = this.#context;
    const database = registry.databases.get(timeline.database.name);
    assert(database, `database ${timeline.database.name} is in the registry`);
    const deploying = environment.deploy({
      database,
      settings: secrets.resolve(timeline.database.settings),
      workload: timeline.workload.name,
      workloadSettings: secrets.resolve(timeline.workload.settings),
      folder: dirname(timeline.file),
    });
    this.#cluster = await this.#prepared(deploying, `starting ${database.name}`);
    this.#undos.push({
      what: 'collect the logs',
      undo: async () => {
        await this.#collectLogs();
      },
    });
  }

  async #awaitReady(timeoutMs: number): Promise<undefined> {
    const missing = await this.#poll(timeoutMs);
    if (missing !== undefined) {
      throw new PlanRunError('timeout', `Not ready after ${timeoutMs / 1000} s: ${missing}`, {
        timedOut: true,
        hint: "look at the nodes' logs in the store, or give it longer: `ready: 2m`",
      });
    }
  }

  /** Waits until the cluster is ready. @returns what is still missing when the time is up. */
  async #poll(timeoutMs: number): Promise<string | undefined> {
    const { clock } = this.#context.environment;
    const deadline = clock.now() + timeoutMs * NS_PER_MS;
    let said = 'it does not say what is missing';
    for (;;) {
      const leftMs = Math.max(READY_POLL_MS, (deadline - clock.now()) / NS_PER_MS);
      const asking = bounded(this.#clusterNow().ready(), clock, leftMs, 'ready');
      const missing = await this.#abortable(asking.catch((error) => unlessTimedOut(error, said)));
      said = missing ?? said;
      if (missing === undefined || clock.now() >= deadline) return missing;
      await sleep(clock, READY_POLL_MS, this.#stop.signal);
    }
  }

  async #openClients(): Promise<undefined> {
    const { environment, timeline } = this.#context;
    const settings = timeline.workload.settings;
    this.#workers = new Workers({
      workload: timeline.workload,
      generator: this.#workload.generator(settings, {
        clients: timeline.clients.length,
        nodes: timeline.nodes,
        rng: makeRng(timeline.seed).fork('workload'),
      }),
      seats: timeline.clients.map(({ client }) => environment.seat(client)),
      cluster: this.#clusterNow(),
      clock: environment.clock,
      recorder: this.recorder,
    });
    const workers = this.#workers;
    this.#undos.push({ what: 'close the clients', undo: () => workers.close() });
    await this.#prepared(workers.open(), 'opening the clients');
  }

  async #startWorkload(): Promise<undefined> {
    const workers = this.#workersNow();
    this.startNs = this.#context.environment.clock.now();
    this.#working = workers.run();
    // Awaited by a later step; what fails before that ends the run now, not when its time has come.
    this.#working.catch((error) => this.interrupt(error));
  }

  async #inject(step: Extract<Step, { do: 'inject' }>): Promise<undefined> {
    const { environment, timeline, log, secrets } = this.#context;
    const { clock, network } = environment;
    if (this.#undos.at(-1)?.what !== 'undo the faults') {
      this.#undos.push({ what: 'undo the faults', undo: () => this.#endFaults() });
    }
    const dueNs = (this.startNs ?? clock.now()) + Math.round(step.atMs * NS_PER_MS);
    const injecting = this.faults.inject({ ...step, action: secrets.resolve(step.action) }, dueNs, {
      nodes: timeline.nodes,
      clientsAtHome: timeline.clientsAtHome,
      cluster: this.#clusterNow(),
      network,
      clock,
      log,
    });
    const report = await this.#abortable(bounded(injecting, clock, CHANGE_TIMEOUT_MS, `injecting ${step.fault}`));
    this.#context.observe({ type: 'fault', report });
  }

  async #undo(fault: string): Promise<undefined> {
    const { clock } = this.#context.environment;
    const undoing = bounded(this.faults.undo(fault), clock, CHANGE_TIMEOUT_MS, `undoing ${fault}`);
    const report = await this.#abortable(undoing);
    if (report) this.#context.observe({ type: 'fault', report });
  }

  async #awaitWorkload(): Promise<string | undefined> {
    const { environment, timeline } = this.#context;
    const working = this.#working ?? Promise.resolve();
    const lost = await losesPatience(working, {
      clock: environment.clock,
      scheduleEndNs: (this.startNs ?? 0) + (timeline.workload.durationMs ?? 0) * NS_PER_MS,
      ok: () => this.counts.ok,
      abortable: (promise) => this.#abortable(promise),
    });
    if (!lost) return undefined;
    const note = `nothing ended ok for ${PATIENCE_MS / 1000} s: the rest of the workload was not invoked`;
    this.notes.push(note);
    this.#workersNow().finish();
    await this.#abortable(working);
    return note;
  }

  async #heal(): Promise<undefined> {
    await this.#abortable(this.faults.lookAtAll());
    await this.#abortable(
      bounded(this.#undoFaults(true), this.#context.environment.clock, HEAL_TIMEOUT_MS, 'the heal'),
    );
  }

  async #endFaults(): Promise<void> {
    this.faults.close();
    await this.#undoFaults(false);
  }

  /** Those that last come last, for they take a whole network; where the run is over, what they have changed goes with it. */
  async #undoFaults(lasting: boolean): Promise<void> {
    const { clock, network } = this.#context.environment;
    const late = await bounded(this.faults.settled(), clock, UNDER_WAY_MS, 'a fault under way').catch(
      (error: unknown) => [error],
    );
    const report = (report: FaultReport) => this.#context.observe({ type: 'fault', report });
    const undone = await this.faults.undoAll(false, report);
    const healed = await network.heal().then(
      () => [],
      (error: unknown) => [error],
    );
    const righted = lasting ? await this.faults.undoAll(true, report) : [];
    const errors = [...(late ?? []), ...undone, ...healed, ...righted];
    if (errors.length > 0) throw errors[0];
  }

  /** A cluster that does not come together is read all the same: what is lost is lost. But valid it cannot be. */
  async #settle(step: Extract<Step, { do: 'settle' }>): Promise<string | undefined> {
    await sleep(this.#context.environment.clock, step.forMs, this.#stop.signal);
    const missing = await this.#poll(step.readyTimeoutMs);
    if (missing === undefined) return undefined;
    this.recorder.nemesis('unsettled', { missing });
    return `the cluster has not come together within ${step.readyTimeoutMs / 1000} s: ${missing}`;
  }

  /** Each read is tried until it is ok; one that never is stays out of the history as ok, and the checker says so. */
  async #finalReads(timeoutMs: number): Promise<undefined> {
    const { environment, timeline } = this.#context;
    const { clock } = environment;
    const deadline = clock.now() + timeoutMs * NS_PER_MS;
    for (const read of this.#workload.finalReads(timeline.workload.settings, timeline.nodes)) {
      for (;;) {
        const leftMs = (deadline - clock.now()) / NS_PER_MS;
        if (leftMs <= 0) return;
        const outcome = await this.#abortable(this.#workersNow().once(read, Math.min(leftMs, READ_TIMEOUT_MS)));
        if (outcome.type === 'ok') break;
        await sleep(clock, READ_RETRY_MS, this.#stop.signal);
      }
    }
  }

  async #collectLogs(): Promise<undefined> {
    if (this.#cluster === undefined || this.#logsCollected || this.#context.wantsLogs === false) return;
    this.#logsCollected = true;
    this.#logs = await collectLogs(this.#cluster, this.#context);
  }

  #clusterNow(): Cluster {
    assert(this.#cluster, 'the database was deployed by an earlier step');
    return this.#cluster;
  }

  #workersNow(): Workers {
    assert(this.#workers, 'the clients were opened by an earlier step');
    return this.#workers;
  }

  #prepared<T>(promise: Promise<T>, what: string): Promise<T> {
    return this.#abortable(bounded(promise, this.#context.environment.clock, PREPARE_TIMEOUT_MS, what));
  }

  /** The promise, or the interruption when that comes first. */
  #abortable<T>(promise: Promise<T>): Promise<T> {
    return abortable(promise, this.#stop.signal);
  }
}

/** What a database that does not answer said last. @throws every other error. */
function unlessTimedOut(error: unknown, said: string): string {
  if (error instanceof PlanRunError && error.code === 'timeout') return said;
  throw error;
}

/** Gives an error the step and the plan's line it came from. */
function placed(error: unknown, step: Step, file: string): PlanRunError {
  const where = step.place.path === '' ? file : `${file}:${step.place.line}:${step.place.column}`;
  if (error instanceof PlanRunError) {
    return new PlanRunError(error.code, error.message, { ...error.fields, step: step.do, plan: where });
  }
  const message = `${step.do}: ${messageOf(error)}`;
  return new PlanRunError('bug', message, { step: step.do, plan: where, cause: error });
}
