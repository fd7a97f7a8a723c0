import type { Clock } from '../../base/clock.ts';
import { NS_PER_MS } from '../../base/clock.ts';
import { formatMs } from '../../base/units.ts';
import type { Terminal } from '../progress.ts';

const REFRESH_MS = 200;
/** Where nobody watches, one line in this many milliseconds tells that the sweep is alive. */
const PIPED_MS = 5_000;

/** How far a sweep is: one live line on a terminal, plain lines elsewhere. */
export class SweepProgress {
  readonly #planned: number;
  readonly #clock: Clock;
  readonly #terminal: Terminal;
  readonly #timer: NodeJS.Timeout;
  #done = 0;

  constructor(planned: number, clock: Clock, terminal: Terminal) {
    this.#planned = planned;
    this.#clock = clock;
    this.#terminal = terminal;
    const tick = () => this.#terminal.write(terminal.isTTY ? `${CLEAR}${this.line()}` : `${this.line()}\n`);
    this.#timer = setInterval(tick, terminal.isTTY ? REFRESH_MS : PIPED_MS);
    this.#timer.unref();
  }

  add(): void {
    this.#done++;
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#terminal.isTTY) this.#terminal.write(CLEAR);
  }

  /** `12 / 100 runs  3s, about 22s to go`; what is left is guessed from what was done. */
  line(): string {
    const elapsedMs = this.#clock.now() / NS_PER_MS;
    const leftMs = this.#done === 0 ? undefined : (elapsedMs / this.#done) * (this.#planned - this.#done);
    const left = leftMs === undefined ? '' : `, about ${seconds(leftMs)} to go`;
    return `${this.#done} / ${this.#planned} runs  ${seconds(elapsedMs)}${left}`;
  }
}

const CLEAR = '\r\x1b[2K';

function seconds(ms: number): string {
  return formatMs(Math.round(ms / 1000) * 1000);
}
