/**
 * How connections are made: who asks is answered by who listens, is refused, or asks again after 1, 3, 7, ... s
 * (tcp_syn_retries of tcp(7)), and after 127 s gives up. Who listens has accepted from the moment that it is asked;
 * where who asked has given up before that was heard, it learns of that as it does of a reset.
 */
import { NS_PER_S } from '../../base/clock.ts';
import type { Handler } from '../../contract/index.ts';
import { End, type Owner, reset, type Wire } from './tcp.ts';

const SYN_NS = 1 * NS_PER_S;
const SYN_RETRIES = 6;

/** A port of a machine. */
export interface Target {
  /** `n1:6379`. */
  readonly name: string;
  /** The node. */
  readonly label: string;
  readonly place: number;
  reachable(): boolean;
  /** Who accepts connections there now; undefined where nobody listens. */
  acceptor(): Acceptor | undefined;
}

export interface Acceptor {
  readonly owner: Owner;
  /** Gives `end` a handler, as soon as the process can. */
  accept(end: End): void;
}

/** Asks for a connection to who listens there, as long as it takes. */
export function connectTo(wire: Wire, owner: Owner, target: Target, handler: Handler): End {
  const { kernel, links } = wire;
  const rng = owner.dials.next(target.name);
  const [forth, back] = [rng.fork('forth'), rng.fork('back')];
  const here = new End(wire, owner, target.label, forth);
  here.handler = handler;
  let there: End | undefined;

  function ask(attempt: number): void {
    // Who has accepted sends its answer again, as who asks does the question.
    const unheard = here.state === 'closed' && there?.open === true;
    if (here.established || (here.state === 'closed' && !unheard)) return;
    if (attempt > SYN_RETRIES) {
      here.end('timeout');
      there?.end('timeout');
      return;
    }
    if (unheard) answer(false);
    else for (const delayNs of links.fate(owner.place, target.place, forth)) kernel.after(delayNs, asked);
    kernel.after(SYN_NS * 2 ** attempt, () => ask(attempt + 1));
  }

  function asked(): void {
    if (!links.passes(owner.place, target.place) || !target.reachable()) return;
    // Who has accepted may have died meanwhile: its successor is another one to ask.
    if (there === undefined || (there.owner.dead && here.state === 'opening')) there = accepted();
    answer(there === undefined);
  }

  function accepted(): End | undefined {
    const listening = target.acceptor();
    if (listening === undefined) return undefined;
    const end = new End(wire, listening.owner, owner.label, back);
    end.out.aim(here);
    here.out.aim(end);
    end.state = 'open';
    end.established = true;
    end.out.begin();
    listening.accept(end);
    return end;
  }

  function answer(refused: boolean): void {
    for (const delayNs of links.fate(target.place, owner.place, back).slice(0, 1))
      kernel.after(delayNs, () => answered(refused));
  }

  function answered(refused: boolean): void {
    // One that is late, or comes twice, changes nothing.
    if (here.established || !owner.reachable || !links.passes(target.place, owner.place)) return;
    if (refused) here.end('refused');
    else if (here.state === 'opening') here.establish();
    else if (there !== undefined) reset(wire, here, there);
  }

  ask(0);
  return here;
}
