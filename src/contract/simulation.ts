/**
 * What a simulated system is made of: the simulator's side of a database module. A model's servers are state machines
 * of callbacks on processes; its clients are written with promises, like real ones. Nothing in a model knows the
 * time, chance or the network but by what is here, so that one seed gives one history.
 *
 * Messages are handed over, not copied: who has sent one must not change it any more.
 */
import type { Rng } from '../base/rng.ts';
import type { Client, Seat } from './client.ts';

/** A line of the trace: what a node said or did, and why that matters to which elements. */
export interface TraceEntry {
  /** Nanoseconds since the run began, as in the history. */
  readonly time: number;
  readonly node: string;
  /** `mongod`, `sentinel`, ... */
  readonly process: string;
  /**
   * What kind of thing happened, in kebab-case: `write`, `rollback`, ... Of `elected`, `promotion`, `demotion` and `step-down`,
   * by which a node begins or ceases to lead, `plan-run fate` tells with every element.
   */
  readonly what: string;
  /** The same for a person. */
  readonly words: string;
  /** The elements of the workload that it concerns, where it does. */
  readonly elements?: readonly number[];
  /** What it did to them on this node, where it did something. */
  readonly change?: Change;
}

/**
 * Since then the process has the elements (`gained`), or has them no more: because they are worth nothing to it (`dropped`; without
 * `elements` everything is gone, as after a kill), or because another process has taken over what there was to keep of them
 * (`moved`). Taken together, these entries say at every moment who has what: `Model.contents` is held against them.
 */
export type Change = 'gained' | 'dropped' | 'moved';

/** Elements that an entry of the trace concerns; a function is called only where somebody wants the trace. */
export type Concerned = readonly number[] | (() => readonly number[]);

/** A call that had no answer: the peer was unreachable, closed, reset, or too slow. As with TCP, it tells nothing more. */
export type Loss = 'refused' | 'timeout' | 'reset' | 'closed';

/** One end of a connection, as TCP gives it: ordered, at most once; it stalls under a cut, and resumes or ends later. */
export interface Connection {
  /** The node, or `client 3`, at the other end. */
  readonly peer: string;
  readonly open: boolean;
  /** Sends a message, as soon as the connection is there; on a connection that is not open (any more) it goes nowhere. */
  send(message: unknown): void;
  /**
   * Sends a request, as soon as the connection is there; `done` gets the answer, or why there will be none: exactly once. With `timeoutMs` it waits no longer;
   * an answer that comes later is dropped, and the connection stays open.
   */
  call(request: unknown, done: (answer: unknown, lost: Loss | undefined) => void, timeoutMs?: number): void;
  /** The other end learns of it when what was sent before has arrived. Calls that wait are lost (`closed`). */
  close(): void;
}

/** What a process does with a connection. Each handler may be left out. */
export interface Handler {
  /** It is established. (An accepted one is so from the beginning.) */
  opened?(connection: Connection): void;
  /** A message that was sent with `send`. */
  message?(message: unknown, connection: Connection): void;
  /** A request that was sent with `call`; `reply` answers it, now or later, once. */
  asked?(request: unknown, reply: (answer: unknown) => void, connection: Connection): void;
  /** The other end closed it, or it was refused, reset or given up: it tells nothing about what the other end did. */
  ended?(why: Loss, connection: Connection): void;
}

export interface Timer {
  cancel(): void;
}

/**
 * What a process has written, as a log of records, oldest first. A record is in the page cache at once, where it
 * outlives the process; `sync` brings it to the disk, where it outlives the machine.
 */
export interface Disk {
  readonly records: readonly unknown[];
  append(record: unknown): void;
  /** Keeps the first `count` records. */
  truncate(count: number): void;
  /** Everything written until now is on the disk; `done` comes after the disk's latency. */
  sync(done: () => void): void;
}

/** A process on a simulated node, as its program sees it. After a kill nothing of it runs any more. */
export interface SimProcess {
  readonly node: string;
  readonly name: string;
  readonly state: 'running' | 'paused' | 'dead';
  /** A stream of its own for each use: `rng.fork('election')`. Another start of the process draws other numbers. */
  readonly rng: Rng;
  /** What the process finds again when it is started again; each name is a disk file of its own. */
  disk(file: string): Disk;
  /** Milliseconds of the node's monotonic clock: integer; the nodes' clocks drift apart. */
  nowMs(): number;
  /** Milliseconds of the node's wall clock since 1970: integer; the nodes' clocks differ by offset and drift. */
  wallMs(): number;
  /** Calls `work` after `ms` of the node's clock; not while the process is paused, but when it goes on. */
  after(ms: number, work: () => void): Timer;
  /** The same again and again, until it is cancelled. */
  every(ms: number, work: () => void): Timer;
  listen(port: number, accept: (connection: Connection) => Handler): void;
  connect(node: string, port: number, handler: Handler): Connection;
  /** A line in the node's log, and in the trace. */
  say(what: string, words: string, elements?: Concerned, change?: Change): void;
  /**
   * A line in the trace only: what happens with every operation. `words` is called where somebody wants the trace; with a
   * `change` on no elements it is left out.
   */
  detail(what: string, words: () => string, elements?: Concerned, change?: Change): void;
  /** Writes a text file that an operator would look at; it is collected with the logs. More is added at its end. */
  publish(file: string, text: string): void;
}

/** A connection of a client: as `Connection`, with promises. Errors have a `code`, as Node's own have. */
export interface Link {
  readonly open: boolean;
  /** The answer. @throws SimError. */
  ask(request: unknown, timeoutMs?: number): Promise<unknown>;
  /** Sends, and waits for nothing. */
  send(message: unknown): void;
  close(): void;
}

/** Where a simulated client runs: outside the nodes, on the side of its home's clients. */
export interface SimHost {
  readonly seat: Seat;
  readonly rng: Rng;
  nowMs(): number;
  sleep(ms: number): Promise<void>;
  /** A line in the trace: to whom it sends an element, and what it hears of it. As `SimProcess.detail`. */
  detail(what: string, words: () => string, elements?: readonly number[]): void;
  /** @throws SimError: `ECONNREFUSED`, or `ETIMEDOUT` after `timeoutMs`. */
  connect(node: string, port: number, timeoutMs: number): Promise<Link>;
}

export type SimErrorCode = 'ECONNREFUSED' | 'ETIMEDOUT' | 'ECONNRESET';

/** A network error of a simulated client, worded as Node words the real one. */
export class SimError extends Error {
  readonly code: SimErrorCode;
  constructor(code: SimErrorCode, message: string) {
    super(message);
    this.name = 'SimError';
    this.code = code;
  }
}

/** A program of a model: what runs as one process on every node. */
export interface SimProgram {
  /** `mongod`, `redis`, `sentinel`: its log's name, and the trace's. */
  readonly name: string;
  /** Starts it on a node, at first and again after each kill, with what it finds on its disk. */
  boot(process: SimProcess): void;
}

/** A simulated database, deployed: the simulator's counterpart of `Cluster`. One is made for each run. */
export interface Model {
  /** Started on every node in this order. */
  readonly programs: readonly SimProgram[];
  /** As `Cluster.ready`: it may look into every running process, for it asks each on its own node. */
  ready(): string | undefined;
  /** As `Cluster.primaries`. */
  primaries(): string[];
  /**
   * The elements that a node has at this moment, by the name of the process that has them; of processes that do not run nothing. For
   * those who look on: tests hold the trace against it, and no part of a protocol may ask.
   */
  contents?(node: string): Readonly<Record<string, Iterable<number>>>;
  /** A client of the workload; it connects when it first must, or here. */
  connect(host: SimHost): Promise<Client>;
}

export interface ModelContext<S = unknown> {
  readonly nodes: readonly string[];
  readonly settings: S;
  readonly workload: string;
  readonly workloadSettings: unknown;
}
