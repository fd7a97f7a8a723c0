/**
 * Connections as TCP makes them out of packets: ordered streams, at most once. Numbers are those of Linux (tcp(7)):
 * what is not acknowledged is sent again after 200 ms, twice that, ... up to 120 s, fifteen times (tcp_retries2); a
 * connection is asked for again after 1, 3, 7, ... s (tcp_syn_retries). So a short cut is a stutter, a long one ends
 * with `timeout`, and after the heal a stream may stand still for as long again as the cut was. How connections are
 * made: handshake.ts.
 *
 * Left out: windows (a sender is never held up by a slow reader), fast retransmission (a lost packet costs the timeout,
 * unless the acknowledgement of an earlier one comes before), and the time that an acknowledgement takes. What is acknowledged is known at once where the way back
 * is open, which nobody can tell by what a stream delivers.
 */
import { NS_PER_MS, NS_PER_S } from '../../base/clock.ts';
import type { Rng } from '../../base/rng.ts';
import type { Connection, Handler, Loss } from '../../contract/index.ts';
import type { SimEvent } from './event-queue.ts';
import type { Kernel } from './kernel.ts';
import type { Links } from './links.ts';

const RTO_NS = 200 * NS_PER_MS;
const RTO_NS_MAX = 120 * NS_PER_S;
const RETRIES = 15;
/** For what a process has left behind (tcp_orphan_retries). */
const ORPHAN_RETRIES = 8;

/** Who has an end of a connection: a process of a node, or a client. */
export interface Owner {
  /** As its peers call it. */
  readonly label: string;
  readonly place: number;
  readonly dials: Dials;
  /** Whether its machine has power: else nothing answers there. */
  readonly reachable: boolean;
  readonly dead: boolean;
  /** Lets it do something: now, when it goes on after a pause, or never. */
  deliver(work: () => void): void;
}

/** Streams of chance for the connections that somebody asks for: one for each, whatever else is asked for. */
export class Dials {
  readonly #rng: Rng;
  readonly #counts = new Map<string, number>();

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** For the next connection to `target`. */
  next(target: string): Rng {
    const count = this.#counts.get(target) ?? 0;
    this.#counts.set(target, count + 1);
    return this.#rng.fork(`connection ${count} to ${target}`);
  }
}

export interface Wire {
  readonly kernel: Kernel;
  readonly links: Links;
}

type Packet =
  | { readonly kind: 'message'; readonly body: unknown }
  | { readonly kind: 'call' | 'answer'; readonly id: number; readonly body: unknown }
  | { readonly kind: 'fin' };

interface Call {
  done(answer: unknown, lost: Loss | undefined): void;
  readonly timer: SimEvent | undefined;
}

/** One end of a connection. */
export class End implements Connection {
  readonly peer: string;
  readonly owner: Owner;
  readonly #wire: Wire;
  handler: Handler = {};
  state: 'opening' | 'open' | 'closed' = 'opening';
  /** Whether it is open or was. */
  established = false;
  /** What it sends. */
  readonly out: Stream;
  readonly #calls = new Map<number, Call>();
  #nextCall = 0;

  /** `rng` decides what becomes of the packets that it sends. */
  constructor(wire: Wire, owner: Owner, peer: string, rng: Rng) {
    this.#wire = wire;
    this.owner = owner;
    this.peer = peer;
    this.out = new Stream(wire, this, rng);
  }

  get open(): boolean {
    return this.state === 'open';
  }

  send(body: unknown): void {
    this.#transmit({ kind: 'message', body });
  }

  call(request: unknown, done: Call['done'], timeoutMs?: number): void {
    const { kernel } = this.#wire;
    if (this.state === 'closed' || this.owner.dead) {
      kernel.after(0, () => this.owner.deliver(() => done(undefined, 'closed')));
      return;
    }
    const id = this.#nextCall++;
    const late = () => this.owner.deliver(() => this.#answered(id, undefined, 'timeout'));
    const timer = timeoutMs === undefined ? undefined : kernel.after(timeoutMs * NS_PER_MS, late);
    this.#calls.set(id, { done, timer });
    this.#transmit({ kind: 'call', id, body: request });
  }

  close(): void {
    if (this.state === 'closed') return;
    const opened = this.state === 'open';
    this.state = 'closed';
    if (opened) this.out.send({ kind: 'fin' });
    this.#loseCalls('closed');
  }

  /** Its process is gone: the machine closes what it had open. */
  abandon(): void {
    this.#forgetCalls();
    this.handler = {};
    this.close();
  }

  /** Its machine is gone: nobody is told. */
  vanish(): void {
    this.#forgetCalls();
    this.handler = {};
    this.state = 'closed';
    this.out.discard();
  }

  /** The connection is there. */
  establish(): void {
    if (this.state !== 'opening') return;
    this.state = 'open';
    this.established = true;
    this.out.begin();
    this.owner.deliver(() => this.handler.opened?.(this));
  }

  /** It has ended, by no will of this end. */
  end(why: Loss): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.out.discard();
    this.owner.deliver(() => this.handler.ended?.(why, this));
    this.#loseCalls(why);
  }

  receive(packet: Packet): void {
    this.owner.deliver(() => {
      if (this.state === 'closed') return;
      switch (packet.kind) {
        case 'message':
          return this.handler.message?.(packet.body, this);
        case 'answer':
          return this.#answered(packet.id, packet.body, undefined);
        case 'call': {
          let replied = false;
          const reply = (body: unknown) => {
            if (replied) return;
            replied = true;
            this.#transmit({ kind: 'answer', id: packet.id, body });
          };
          return this.handler.asked?.(packet.body, reply, this);
        }
        case 'fin':
          return this.end('closed');
      }
    });
  }

  #answered(id: number, answer: unknown, lost: Loss | undefined): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    call.timer?.cancel();
    call.done(answer, lost);
  }

  #loseCalls(why: Loss): void {
    for (const { done } of this.#calls.values()) {
      this.#wire.kernel.after(0, () => this.owner.deliver(() => done(undefined, why)));
    }
    this.#forgetCalls();
  }

  #forgetCalls(): void {
    for (const { timer } of this.#calls.values()) timer?.cancel();
    this.#calls.clear();
  }

  #transmit(packet: Packet): void {
    if (this.state !== 'closed') this.out.send(packet);
  }
}

interface Segment {
  readonly seq: number;
  readonly packet: Packet;
}

/** One direction of a connection. */
class Stream {
  readonly rng: Rng;
  readonly #wire: Wire;
  readonly #from: End;
  #to: End | undefined;
  #begun = false;
  #nextSeq = 0;
  #unacked: Segment[] = [];
  #rtoNs = RTO_NS;
  #retries = 0;
  /** Something of it is lost, and this will send it again. */
  #timer: SimEvent | undefined;
  /** At the receiver: what comes next, and what has come too early. */
  #expected = 0;
  readonly #early = new Map<number, Packet>();

  constructor(wire: Wire, from: End, rng: Rng) {
    this.#wire = wire;
    this.#from = from;
    this.rng = rng;
  }

  /** Whether nothing of it is left to be sent (again). */
  get idle(): boolean {
    return this.#unacked.length === 0;
  }

  /** Where it leads to. */
  aim(to: End): void {
    this.#to = to;
  }

  /** Sends what has waited for the connection. */
  begin(): void {
    this.#begun = true;
    this.#transmitAll();
  }

  send(packet: Packet): void {
    const segment = { seq: this.#nextSeq++, packet };
    this.#unacked.push(segment);
    // What follows a lost packet waits until that one has been sent again.
    if (this.#begun && this.#timer === undefined) this.#transmit([segment]);
  }

  discard(): void {
    this.#unacked = [];
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Everything that is not acknowledged, in one packet. */
  #transmitAll(): void {
    if (this.#unacked.length > 0) this.#transmit([...this.#unacked]);
  }

  /** In one packet; the list is the packet's from now on. */
  #transmit(sent: readonly Segment[]): void {
    const { kernel, links } = this.#wire;
    const to = this.#to as End;
    const fate = links.fate(this.#from.owner.place, to.owner.place, this.rng);
    if (fate.length === 0) this.#arm();
    for (const delayNs of fate) kernel.after(delayNs, () => this.#arrive(sent));
  }

  #arrive(segments: readonly Segment[]): void {
    const { links } = this.#wire;
    const to = this.#to as End;
    const here = this.#from.owner.place;
    const there = to.owner.place;
    if (!links.passes(here, there) || !to.owner.reachable) {
      this.#arm();
      return;
    }
    if (to.state === 'closed') {
      // To who has closed it, an orphan's last words are no news.
      if (this.#from.state === 'closed') this.discard();
      // What it had received before it closed is no news: it says so once more (RFC 9293, 3.10.7.4, first check sequence number).
      else if (segments.every(({ seq }) => seq < this.#expected)) this.#acknowledge(here, there);
      else {
        reset(this.#wire, to, this.#from);
        // That may get lost: who hears nothing sends again.
        this.#arm();
      }
      return;
    }
    // From who had accepted it, and died before that was heard: somebody else has accepted it since.
    if (to.out.#to !== this.#from) {
      this.discard();
      return;
    }
    // It has overtaken the answer that the connection is there.
    to.establish();
    const first = segments[0] as Segment;
    if (segments.length === 1 && first.seq === this.#expected && this.#early.size === 0) {
      // As nearly all do: the next one, and alone.
      this.#expected++;
      to.receive(first.packet);
    } else this.#sort(segments, to);
    this.#acknowledge(here, there);
  }

  /** Hands on what has come in order; what is early waits. */
  #sort(segments: readonly Segment[], to: End): void {
    for (const { seq, packet } of segments) if (seq >= this.#expected) this.#early.set(seq, packet);
    for (let packet = this.#early.get(this.#expected); packet; packet = this.#early.get(this.#expected)) {
      this.#early.delete(this.#expected++);
      to.receive(packet);
    }
  }

  /** The receiver says how far it has come, if that gets through. */
  #acknowledge(here: number, there: number): void {
    if (this.#wire.links.passes(there, here)) this.#acknowledged(this.#expected);
    else this.#arm();
  }

  #acknowledged(next: number): void {
    const first = this.#unacked[0];
    if (first === undefined || first.seq >= next) return;
    this.#rtoNs = RTO_NS;
    this.#retries = 0;
    const stalled = this.#timer !== undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (let count = next - first.seq; count > 0; count--) this.#unacked.shift();
    if (stalled) this.#transmitAll();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#unacked.length === 0) return;
    this.#timer = this.#wire.kernel.after(this.#rtoNs, () => {
      this.#timer = undefined;
      this.#retry();
    });
  }

  #retry(): void {
    if (this.#unacked.length === 0) return;
    const orphan = this.#from.state === 'closed';
    this.#retries++;
    this.#rtoNs = Math.min(this.#rtoNs * 2, RTO_NS_MAX);
    if (this.#retries <= (orphan ? ORPHAN_RETRIES : RETRIES)) {
      this.#transmitAll();
      return;
    }
    this.discard();
    if (!orphan) this.#from.end('timeout');
  }
}

/** Tells the other end that here is nothing (any more): one packet, which may get lost. */
export function reset({ kernel, links }: Wire, from: End, to: End): void {
  const [here, there] = [from.owner.place, to.owner.place];
  for (const delayNs of links.fate(here, there, from.out.rng).slice(0, 1))
    kernel.after(delayNs, () => {
      if (links.passes(here, there) && to.owner.reachable) to.end('reset');
    });
}
