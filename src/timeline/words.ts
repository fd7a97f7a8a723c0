/** How a timeline is said: what its steps do, and the values in it. */
import { formatMs } from '../base/units.ts';
import type { Machine } from '../plan/index.ts';
import type { Step } from './timeline.ts';

/** A value in one line, as YAML's flow style has it. */
export function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' && /^[\w.@/-]+$/.test(value) ? value : JSON.stringify(value);
  }
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${flow(item)}`)
    .join(', ')}}`;
}

/** What a fault does: `partition: cut {n1} from the rest`. */
export function faultWords({ nemesis, effect }: Pick<Extract<Step, { do: 'inject' }>, 'nemesis' | 'effect'>): string {
  return effect.words.startsWith(`${nemesis} `) ? effect.words : `${nemesis}: ${effect.words}`;
}

/** `root@10.0.0.1 port 2222, to the others 10.1.0.1, by way of admin@bastion`. */
export function machineWords({ address, jump, ...server }: Machine): string {
  const others = address === undefined ? '' : `, to the others ${address}`;
  return `${serverWords(server)}${others}${jump === undefined ? '' : `, by way of ${serverWords(jump)}`}`;
}

function serverWords({ host, port, user }: Machine): string {
  return `${user}@${host}${port === 22 ? '' : ` port ${port}`}`;
}

/** `10s to 55s (45s)`; without an end, `from 10s until the heal`. */
export function spanWords(fromMs: number, toMs: number): string {
  if (toMs === Number.POSITIVE_INFINITY) return `from ${formatMs(fromMs)} until the heal`;
  return `${formatMs(fromMs)} to ${formatMs(toMs)} (${formatMs(toMs - fromMs)})`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
