/** What a node says in the trace of what its vnodes got and lost: of two versions, which one was kept, and why. */

import type { RiakNode } from './node.ts';
import { type Content, type RiakObject, valuesOf } from './object.ts';
import { difference, type Value } from './value.ts';
import { descends } from './vclock.ts';
import type { Stored } from './vnode.ts';

const US_PER_MS = 1_000;
const MS_PER_DAY = 86_400_000;

export interface Told extends Stored {
  readonly partition: number;
  readonly why: string;
  readonly by: string;
  /** What the node had before, in all of its vnodes. */
  readonly valuesBefore: readonly Value[];
}

export function tellOfStore(node: RiakNode, told: Told): void {
  const { before, after, partition, why, by } = told;
  if (after === before) return;
  const { process, name } = node;
  const where = `${name} (partition ${partition})`;
  const values = () => node.values;
  process.detail(
    why,
    () => `${where} stores what ${by} ${SENT[why] ?? 'sent'}`,
    () => difference(values(), told.valuesBefore),
    'gained',
  );
  process.detail(
    'overwritten',
    () => `${where} ${reasonOf(told)}`,
    () => difference(told.valuesBefore, values()),
    'dropped',
  );
  if (after.contents.length > Math.max(1, before?.contents.length ?? 0))
    process.detail('siblings', () => `${where} keeps ${after.contents.length} siblings`, newestOf(after));
  else if (before !== undefined && after.contents.length < before.contents.length)
    process.detail(
      'resolved',
      () => `${where} had ${before.contents.length} siblings, and has ${after.contents.length} now`,
      newestOf(after),
    );
  tellOfLoser(node, told, where);
}

/** A fallback has handed off to the owner. */
export function tellOfDrop(node: RiakNode, partition: number, to: string, before: readonly Value[]): void {
  node.process.say('handoff-done', `${node.name} has handed partition ${partition} off to ${to}, and deletes it`);
  node.process.detail(
    'handoff-dropped',
    () => `${node.name} deletes partition ${partition}: ${to} has it, or something later`,
    () => difference(before, node.values),
    'moved',
  );
}

const SENT: Readonly<Record<string, string>> = {
  put: 'coordinated',
  'read-repair': 'repaired it with, after a read',
  handoff: 'hands off',
};

/** Where of two concurrent versions one was thrown away, or of what came nothing was kept. */
function tellOfLoser({ process }: RiakNode, { before, offered, after }: Told, where: string): void {
  const [winner] = after.contents;
  if (before === undefined || winner === undefined) return;
  const kept = new Set(after.contents);
  const losers = [...before.contents, ...offered.contents].filter((content) => !kept.has(content));
  if (losers.length === 0 || descends(offered.vclock, before.vclock)) return;
  for (const loser of losers)
    process.detail(
      'conflict',
      () => `${where} resolves concurrent versions: ${show(winner)} ${beats(winner, loser)} ${show(loser)}`,
      [loser.value.element],
    );
}

function reasonOf({ before, offered, after, by }: Told): string {
  const [winner] = after.contents;
  const [loser] = before?.contents ?? [];
  if (winner === undefined || loser === undefined) return 'overwrites what it had';
  const causal = before !== undefined && descends(offered.vclock, before.vclock);
  return causal
    ? `overwrites ${show(loser)} with ${show(winner)}, which ${by} has made of it`
    : `throws ${show(loser)} away: ${show(winner)} ${beats(winner, loser)} it`;
}

function beats(winner: Content, loser: Content): string {
  const us = winner.lastModifiedUs - loser.lastModifiedUs;
  if (us < 0) return `comes after, though written ${-us / US_PER_MS} ms earlier than`;
  return us === 0 ? 'is as old as, and comes first before' : `is later, by ${us / US_PER_MS} ms, than`;
}

const show = ({ value, lastModifiedUs, coordinator }: Content): string =>
  `the version with ${value.element} last (${timeOfDay(lastModifiedUs)} by ${coordinator}'s clock)`;

/** `13:05:59.250`. */
function timeOfDay(us: number): string {
  const ms = Math.floor(us / US_PER_MS) % MS_PER_DAY;
  const of = (unit: number, count: number) => `${Math.floor(ms / unit) % count}`.padStart(2, '0');
  return `${of(3_600_000, 24)}:${of(60_000, 60)}:${of(1_000, 60)}.${`${ms % 1_000}`.padStart(3, '0')}`;
}

const newestOf = (object: RiakObject): number[] => valuesOf(object).map(({ element }) => element);
