import { NS_PER_MS } from '../../base/clock.ts';
import type { Rng } from '../../base/rng.ts';
import type {
  Change,
  Concerned,
  Connection,
  Handler,
  SimProcess,
  SimProgram,
  Timer,
  TraceEntry,
} from '../../contract/index.ts';
import { type DiskSpeed, SimDisk, SimFile } from './disk.ts';
import type { SimEvent } from './event-queue.ts';
import { connectTo, type Target } from './handshake.ts';
import { Dials, type End, type Owner, type Wire } from './tcp.ts';

/** What the wall clocks show when the run begins: 2013-05-01, 00:00 UTC. */
const EPOCH_MS = 1_367_366_400_000;
const MILLION = 1_000_000;

/** What all machines share. */
export interface World extends Wire {
  readonly speed: DiskSpeed;
  machine(node: string): Machine;
  /** Where the trace goes; undefined where nobody wants it. */
  readonly trace: ((entry: TraceEntry) => void) | undefined;
}

export interface MachineClock {
  /** Of the wall clock, against the true time. */
  readonly offsetMs: number;
  /** Of everything that counts time, in millionths: positive runs fast. */
  readonly driftPpm: number;
}

/** A simulated machine: what its processes leave on its disks outlives them, and its clock is its own. */
export class Machine {
  readonly name: string;
  readonly place: number;
  readonly world: World;
  readonly clock: MachineClock;
  readonly rng: Rng;
  /** The processes that were started last, by name. */
  readonly processes = new Map<string, Process>();
  readonly listeners = new Map<number, { owner: Process; accept(connection: Connection): Handler }>();
  readonly files = new Map<string, SimFile>();
  /** The text files that an operator would look at: logs, and what processes have published. */
  readonly texts = new Map<string, string[]>();
  powered = true;
  /** What is open, and what its processes have left behind: the machine still sends what was under way. */
  readonly #ends = new Set<End>();
  #endsSwept = ENDS_SWEPT;
  #starts = 0;

  constructor(world: World, name: string, clock: MachineClock, rng: Rng) {
    this.world = world;
    this.name = name;
    this.place = world.links.place(name);
    this.clock = clock;
    this.rng = rng;
  }

  /** Starts the programs that do not run, in their order. */
  start(programs: readonly SimProgram[]): void {
    this.powered = true;
    for (const program of programs) {
      const last = this.processes.get(program.name);
      if (last !== undefined && !last.dead) continue;
      const process = new Process(this, program.name, this.rng.fork(`${program.name} ${this.#starts++}`));
      this.processes.set(program.name, process);
      program.boot(process);
    }
  }

  /** SIGKILL: what was written stays, in the page cache. */
  kill(): void {
    for (const process of this.processes.values()) process.die();
  }

  /** The power fails: what was not synced may be gone, and nobody hears of it. */
  crash(): void {
    this.powered = false;
    for (const end of this.#ends) end.vanish();
    this.#ends.clear();
    this.kill();
    for (const [name, file] of this.files) file.lose(this.rng.fork(`loss of ${name} ${this.#starts}`));
  }

  /** Remembers an end, until nothing more comes of it. */
  own(end: End): void {
    this.#ends.add(end);
    if (this.#ends.size < this.#endsSwept) return;
    for (const old of this.#ends) if (old.state === 'closed' && old.out.idle) this.#ends.delete(old);
    this.#endsSwept = Math.max(ENDS_SWEPT, 2 * this.#ends.size);
  }

  /** Closes what a process had open that is no more. */
  abandon(owner: Owner): void {
    for (const end of this.#ends) if (end.owner === owner) end.abandon();
  }
}

/** So many ends before those are looked for that may be forgotten. */
const ENDS_SWEPT = 64;

/** A process of a machine. */
export class Process implements SimProcess, Owner {
  readonly node: string;
  readonly name: string;
  readonly rng: Rng;
  readonly label: string;
  readonly place: number;
  state: 'running' | 'paused' | 'dead' = 'running';
  readonly dials: Dials;
  readonly #machine: Machine;
  readonly #disks = new Map<string, SimDisk>();
  /** What it will do when it goes on. */
  #deferred: (() => void)[] = [];

  constructor(machine: Machine, name: string, rng: Rng) {
    this.#machine = machine;
    this.node = machine.name;
    this.name = name;
    this.rng = rng;
    this.dials = new Dials(rng);
    this.label = machine.name;
    this.place = machine.place;
  }

  get dead(): boolean {
    return this.state === 'dead';
  }

  get reachable(): boolean {
    return this.#machine.powered;
  }

  deliver(work: () => void): void {
    if (this.state === 'running') work();
    else if (this.state === 'paused') this.#deferred.push(work);
  }

  disk(file: string): SimDisk {
    const { files, world } = this.#machine;
    const found = files.get(file) ?? new SimFile();
    files.set(file, found);
    const known = this.#disks.get(file);
    if (known !== undefined) return known;
    const rng = this.rng.fork(`disk ${file}`);
    const made = new SimDisk(found, world.kernel, world.speed, rng, (work) => this.deliver(work));
    this.#disks.set(file, made);
    return made;
  }

  nowMs(): number {
    const now = this.#machine.world.kernel.now();
    const rate = MILLION + this.#machine.clock.driftPpm;
    // Whole milliseconds and the rest apart: neither product passes 2^53, so nothing is rounded.
    const rest = Math.floor(((now % NS_PER_MS) * rate) / MILLION);
    return Math.floor((Math.floor(now / NS_PER_MS) * rate + rest) / NS_PER_MS);
  }

  wallMs(): number {
    return EPOCH_MS + this.#machine.clock.offsetMs + this.nowMs();
  }

  after(ms: number, work: () => void): Timer {
    let cancelled = false;
    const event = this.#afterNs(ms, () => {
      if (!cancelled) work();
    });
    return {
      cancel: () => {
        // Its time may have come while the process was paused.
        cancelled = true;
        event.cancel();
      },
    };
  }

  every(ms: number, work: () => void): Timer {
    let cancelled = false;
    let event: SimEvent;
    const turn = () => {
      event = this.#afterNs(ms, () => {
        if (cancelled) return;
        work();
        if (!cancelled && !this.dead) turn();
      });
    };
    turn();
    return {
      cancel: () => {
        cancelled = true;
        event.cancel();
      },
    };
  }

  listen(port: number, accept: (connection: Connection) => Handler): void {
    this.#machine.listeners.set(port, { owner: this, accept });
  }

  connect(node: string, port: number, handler: Handler): Connection {
    const end = connectTo(this.#machine.world, this, targetOf(this.#machine.world.machine(node), port), handler);
    this.#machine.own(end);
    return end;
  }

  say(what: string, words: string, elements?: Concerned, change?: Change): void {
    const { kernel, trace } = this.#machine.world;
    this.#text(`${this.name}.log`).push(`${(kernel.now() / NS_PER_MS / 1000).toFixed(6)} ${what}: ${words}`);
    trace?.(this.#entry(what, words, listed(elements), change));
  }

  detail(what: string, words: () => string, elements?: Concerned, change?: Change): void {
    const { trace } = this.#machine.world;
    if (trace === undefined) return;
    const concerned = listed(elements);
    if (change !== undefined && concerned?.length === 0) return;
    trace(this.#entry(what, words(), concerned, change));
  }

  publish(file: string, text: string): void {
    this.#text(file).push(text);
  }

  pause(): void {
    if (this.state === 'running') this.state = 'paused';
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'running';
    const deferred = this.#deferred;
    this.#deferred = [];
    // One may pause or kill it again: the rest waits, or is gone.
    for (const work of deferred) this.deliver(work);
  }

  /** Ends it. Its peers learn of that as the machine closes its connections. */
  die(): void {
    if (!this.dead) this.detail('killed', () => `${this.name} is killed`, undefined, 'dropped');
    this.state = 'dead';
    this.#deferred = [];
    this.#machine.abandon(this);
    const { listeners } = this.#machine;
    for (const [port, { owner }] of listeners) if (owner === this) listeners.delete(port);
  }

  #afterNs(ms: number, work: () => void): SimEvent {
    const { clock, world } = this.#machine;
    // Never before `nowMs` says that it is time.
    const delayNs = Math.ceil((ms * NS_PER_MS * MILLION) / (MILLION + clock.driftPpm));
    return world.kernel.after(delayNs, () => this.deliver(work));
  }

  #entry(what: string, words: string, elements?: readonly number[], change?: Change): TraceEntry {
    const time = this.#machine.world.kernel.now();
    return {
      ...{ time, node: this.node, process: this.name, what, words },
      ...(elements && { elements }),
      ...(change && { change }),
    };
  }

  #text(file: string): string[] {
    const { texts } = this.#machine;
    const lines = texts.get(file) ?? [];
    texts.set(file, lines);
    return lines;
  }
}

function listed(elements: Concerned | undefined): readonly number[] | undefined {
  return typeof elements === 'function' ? elements() : elements;
}

/** What somebody who connects to a port of a machine finds there. */
export function targetOf(machine: Machine, port: number): Target {
  return {
    name: `${machine.name}:${port}`,
    label: machine.name,
    place: machine.place,
    reachable: () => machine.powered,
    acceptor() {
      const listener = machine.listeners.get(port);
      if (listener === undefined) return undefined;
      const { owner, accept } = listener;
      return {
        owner,
        // The machine accepts for a process that is paused; the process hears of it when it goes on.
        accept(end) {
          machine.own(end);
          owner.deliver(() => {
            end.handler = accept(end);
          });
        },
      };
    },
  };
}
