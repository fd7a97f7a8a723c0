import type { Op } from '../../history/index.ts';
import { Counter, type Found } from './counter.ts';

interface Side {
  readonly name: string;
  readonly nodes: ReadonlySet<string>;
  readonly counter: Counter;
}

/**
 * The sides of the partitions in force, as the nemesis's operations tell them: the second `start-partition` has what it
 * `hit`, `{groups: [[n1], [n2, n3]]}` or `{from: [n1], to: [n2]}`; the first `stop-partition` begins its end.
 */
export class Sides {
  readonly #all: { readonly fault: string; readonly sides: readonly Side[] }[] = [];
  readonly #inForce = new Map<string, readonly Side[]>();

  follow({ f, value }: Op): void {
    const { fault, hit } = (value ?? {}) as { fault?: string; hit?: Hit };
    if (fault === undefined) return;
    if (f === 'stop-partition') this.#inForce.delete(fault);
    if (f !== 'start-partition') return;
    const groups = hit?.groups ?? (hit?.from && hit.to ? [hit.from, hit.to] : []);
    const sides = groups.map((group) => ({ name: group.join(' '), nodes: new Set(group), counter: new Counter() }));
    this.#all.push({ fault, sides });
    this.#inForce.set(fault, sides);
  }

  /** Of everything that is cut now, the sides on which a client with that home is: a bridge's clients are on both. */
  of(home: string): Counter[] {
    const sides = [...this.#inForce.values()].flat();
    return sides.filter(({ nodes }) => nodes.has(home)).map(({ counter }) => counter);
  }

  found(): ({ fault: string; side: string } & Found)[] {
    return this.#all.flatMap(({ fault, sides }) =>
      sides.map(({ name, counter }) => ({ fault, side: name, ...counter.found() })),
    );
  }
}

interface Hit {
  readonly groups?: readonly (readonly string[])[];
  readonly from?: readonly string[];
  readonly to?: readonly string[];
}
