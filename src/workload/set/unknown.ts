import type { Generator, Invocation, NextOp, Outcome } from '../../contract/index.ts';

/** How long a client waits before it asks again. */
const PAUSE_MS = 100;

/**
 * The articles' two remedies for an operation of which nobody knows whether it happened: do it again, where that does no
 * harm, or look it up. A client goes on with its other operations when it knows. Each try is an operation of its own in
 * the history: the first one stays `info`.
 */
export function resolving(generator: Generator, how: 'retry' | 'verify', clients: number): Generator {
  /** By client: the operation whose outcome it wants to know. */
  const unknown: (Invocation | undefined)[] = Array(clients);
  return {
    next(client): NextOp | undefined {
      const open = unknown[client];
      if (open === undefined) return generator.next(client);
      return { f: how === 'retry' ? open.f : 'verify', value: open.value, pauseMs: PAUSE_MS };
    },
    ended(client, op: Invocation, { type }: Outcome) {
      // A try that failed tells nothing of the first one.
      if (type === 'ok') unknown[client] = undefined;
      else if (type === 'info') unknown[client] ??= op;
    },
  };
}
