import type { Presence } from '../../contract/index.ts';

/*
 * The rules of a cut, as iptables-restore(8) takes them and `iptables -S` shows them: one chain for each cut,
 * and one jump to it at the very top of INPUT, so that no ACCEPT of anybody else comes first. Nothing but chains
 * that begin with our prefix, and jumps to them, is ever changed.
 */
const PREFIX = 'plan-run-';

/** Drop what comes from `from` to `to`: addresses with their prefix length, as iptables prints them. */
export interface Drop {
  readonly from: string;
  readonly to: string;
}

/** Input that makes one host drop all of it, in one transaction. */
export function installRules(id: string, drops: readonly Drop[]): string {
  return transaction([
    `:${PREFIX}${id} - [0:0]`,
    ...dropLines(id, drops),
    jumpLine(id).replace('-A INPUT', '-I INPUT 1'),
  ]);
}

/** Input that removes what `installRules` made; refused as a whole where a part of it is not there. */
export function removeRules(id: string): string {
  return transaction([jumpLine(id).replace('-A', '-D'), `-F ${PREFIX}${id}`, `-X ${PREFIX}${id}`]);
}

/** Input that removes what is left of our cuts in a listing of `iptables -S`, whole or not; undefined where nothing is. */
export function sweepRules(listing: string, id?: string): string | undefined {
  const lines = listing.split('\n');
  const wanted = (chain: string) => (id === undefined ? chain.startsWith(PREFIX) : chain === `${PREFIX}${id}`);
  const chains = lines.flatMap((line) => /^-N (\S+)$/.exec(line)?.[1] ?? []).filter(wanted);
  if (chains.length === 0) return undefined;
  // A chain with a jump to it cannot go, whoever made the jump.
  const jumps = lines.filter((line) => wanted(jumpTarget(line) ?? ''));
  return transaction([
    ...jumps.map((line) => line.replace('-A', '-D')),
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
  ]);
}

/** Compares a listing of `iptables -S` with what the cut should be; only our own jumps may come before its jump. */
export function presenceOf(listing: string, id: string, drops: readonly Drop[]): Presence {
  const lines = listing.split('\n');
  const input = lines.filter((line) => line.startsWith('-A INPUT '));
  const ours = input.findIndex((line) => !jumpTarget(line)?.startsWith(PREFIX));
  const top = ours === -1 ? input : input.slice(0, ours);
  const jump = top.includes(jumpLine(id));
  const rules = lines.filter((line) => line.startsWith(`-A ${PREFIX}${id} `));
  const expected = dropLines(id, drops);
  const whole = rules.length === expected.length && expected.every((line) => rules.includes(line));
  if (jump && whole) return 'installed';
  return lines.some((line) => line === `-N ${PREFIX}${id}`) ? 'partly' : 'not';
}

function dropLines(id: string, drops: readonly Drop[]): string[] {
  return drops.map(({ from, to }) => `-A ${PREFIX}${id} -s ${from} -d ${to} ${comment(id)} -j DROP`);
}

const jumpLine = (id: string) => `-A INPUT ${comment(id)} -j ${PREFIX}${id}`;

const comment = (id: string) => `-m comment --comment "plan-run ${id}"`;

const jumpTarget = (line: string) => / -j (\S+)$/.exec(line)?.[1];

const transaction = (lines: readonly string[]) => ['*filter', ...lines, 'COMMIT', ''].join('\n');
