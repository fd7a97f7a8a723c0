import { type Clock, NS_PER_MS, NS_PER_S } from '../base/clock.ts';
import { formatMs } from '../base/units.ts';
import type { FaultReport, Run, RunEvent } from '../executor/index.ts';
import type { Timeline } from '../timeline/index.ts';

const REFRESH_MS = 100;
/** Where nobody watches, one line in this many milliseconds tells that the run is alive. */
const PIPED_MS = 5_000;

/** The part of a stream that progress needs; `process.stderr` is one. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * What a person sees while a run goes: events scroll; on a terminal, one live line below them (elapsed and total,
 * operations per second, ok, fail, info, active faults). Piped: plain lines.
 */
export class Progress {
  readonly #timeline: Timeline;
  readonly #clock: Clock;
  readonly #terminal: Terminal;
  #run: Run | undefined;
  #timer: NodeJS.Timeout | undefined;
  #seen = { ns: 0, invoked: 0, perS: 0 };

  constructor(timeline: Timeline, clock: Clock, terminal: Terminal) {
    this.#timeline = timeline;
    this.#clock = clock;
    this.#terminal = terminal;
  }

  follow(run: Run): void {
    this.#run = run;
    this.#timer = setInterval(() => this.#tick(), this.#terminal.isTTY ? REFRESH_MS : PIPED_MS);
    this.#timer.unref();
  }

  show(event: RunEvent): void {
    const line = event.type === 'fault' ? faultLine(event.report) : stepLine(event);
    if (line !== undefined) this.#print(`${this.#elapsed().padStart(8)}  ${line}`);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#clear();
    this.#run = undefined;
  }

  #tick(): void {
    this.#measure();
    if (this.#terminal.isTTY) this.#drawLive();
    else if (this.#run?.current?.phase === 'run') this.#terminal.write(`${this.#live()}\n`);
  }

  #print(line: string): void {
    this.#clear();
    this.#terminal.write(`${line}\n`);
    this.#drawLive();
  }

  #clear(): void {
    if (this.#terminal.isTTY) this.#terminal.write('\r\x1b[2K');
  }

  #drawLive(): void {
    if (!this.#terminal.isTTY || this.#run === undefined) return;
    this.#clear();
    this.#terminal.write(this.#live((this.#terminal.columns ?? 80) - 1));
  }

  /** As many of its parts, the most telling first, as fit into `width`: half a number would be another one. */
  #live(width = Number.POSITIVE_INFINITY): string {
    const { counts, faults, current } = this.#run as Run;
    // Once the last operation is due there is nothing to count any more; then it tells what is awaited.
    const elapsed = this.#elapsed().padStart(8);
    if (current !== undefined && current.phase !== 'run') return `${elapsed}  ${current.do} ...`.slice(0, width);
    const total = this.#timeline.workload.durationMs;
    const time = total === null ? elapsed : `${elapsed} / ${formatMs(total)}`;
    const active = faults.open.length === 0 ? [] : [`[${faults.open.join(', ')}]`];
    const numbers = [`${counts.ok} ok`, `${counts.fail} fail`, `${counts.info} info`];
    const parts = [...numbers, ...active, `${this.#seen.perS} ops/s`];
    return parts.reduce((line, part) => (line.length + part.length + 2 > width ? line : `${line}  ${part}`), time);
  }

  /** Time since the workload began; before that, since the run did. */
  #elapsed(): string {
    const fromNs = this.#run?.startNs ?? 0;
    return `${((this.#clock.now() - fromNs) / NS_PER_S).toFixed(1)}s`;
  }

  #measure(): void {
    const ns = this.#clock.now();
    const invoked = this.#run?.counts.invoked ?? 0;
    const passedS = (ns - this.#seen.ns) / NS_PER_S;
    if (passedS < (REFRESH_MS * NS_PER_MS * 5) / NS_PER_S) return;
    this.#seen = { ns, invoked, perS: Math.round((invoked - this.#seen.invoked) / passedS) };
  }
}

function stepLine({ step, tookMs, remark }: Extract<RunEvent, { type: 'step' }>): string | undefined {
  const took = `(${formatMs(Math.round(tookMs))})`;
  switch (step.do) {
    case 'inject':
    case 'undo':
      // Their own event says more.
      return undefined;
    case 'start-workload':
      return 'the workload begins';
    case 'check':
    case 'report':
      return undefined;
    default:
      return `${step.do} ${took}${remark === undefined ? '' : `: ${remark}`}`;
  }
}

function faultLine({ fault, nemesis, words, perNodeMs, lastMs, onsetMs, presence }: FaultReport): string {
  const nodes = Object.keys(perNodeMs).join(' ') || 'no node';
  const found = onsetMs === undefined && presence === 'not' ? 'gone' : presence;
  return `${fault} ${nemesis}: ${words}; last of ${nodes} after ${lastMs.toFixed(1)} ms, found ${found}`;
}
