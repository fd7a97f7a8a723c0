import type { Instance, Master, SentinelState } from './state.ts';

/** A line as sentinelEvent writes it; the trace has the event's name without its sign. */
export function event({ process }: SentinelState, name: `${'+' | '-'}${string}`, words: string): void {
  process.say(name.startsWith('-') && ENDS.has(name) ? `${name.slice(1)}-end` : name.slice(1), `${name} ${words}`);
}

/** Names that another one undoes. */
const ENDS: ReadonlySet<string> = new Set(['-sdown', '-odown', '-tilt']);

/** As sentinelEvent words `%@`. */
export function words(instance: Instance, master: Master): string {
  const address = `${instance.node} ${instance.port}`;
  if (instance.kind === 'master') return `master main ${address}`;
  const name = instance.kind === 'slave' ? `${instance.node}:${instance.port}` : instance.node;
  return `${instance.kind} ${name} ${address} @ main ${master.node} ${master.port}`;
}
