import type { Presence } from '../../contract/index.ts';

/*
 * The rules of a cut, as iptables-restore(8) takes them and `iptables -S` shows them: one chain for each cut,
 * and a jump to it at the very top of INPUT (and OUTPUT, where it is needed), so that no ACCEPT of anybody else comes first.
 * Nothing but chains that begin with our prefix, and jumps to them, is ever changed.
 */
const PREFIX = 'plan-run-';

/** Where a host sees a packet: as it comes in, or as it goes out. */
export type Hook = 'INPUT' | 'OUTPUT';
const HOOKS: readonly Hook[] = ['INPUT', 'OUTPUT'];

/** Drop what comes from `from` to `to`: addresses with their prefix length, as iptables prints them. */
export interface Drop {
  readonly hook: Hook;
  readonly from: string;
  readonly to: string;
}

/** A cut as one host has it. */
export interface Rules {
  /** Of the cut; its chain is named after it. */
  readonly id: string;
  /** Whose cut it is: stands in the comment of each rule. Letters, digits and `@.:_-`. */
  readonly run: string;
  readonly drops: readonly Drop[];
  /** How many of a hundred packets are dropped. Default 100. */
  readonly lossPercent?: number | undefined;
  /** TCP ports on either side that it lets through: SSH's. Default none. */
  readonly exempt?: readonly number[] | undefined;
}

/** Input that makes one host drop all of it, in one transaction. */
export function installRules(rules: Rules): string {
  return transaction([
    `:${PREFIX}${rules.id} - [0:0]`,
    ...ruleLines(rules),
    ...jumpLines(rules).map((line) => line.replace(/^-A (\S+)/, '-I $1 1')),
  ]);
}

/** Input that removes what `installRules` made; refused as a whole where a part of it is not there. */
export function removeRules(rules: Rules): string {
  const chain = `${PREFIX}${rules.id}`;
  return transaction([...jumpLines(rules).map((line) => line.replace('-A', '-D')), `-F ${chain}`, `-X ${chain}`]);
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

/** Compares a listing of `iptables -S` with what the cut should be; only our own jumps may come before its jumps. */
export function presenceOf(listing: string, rules: Rules): Presence {
  const lines = listing.split('\n');
  const jumps = jumpLines(rules).every((line) => topOf(lines, hookOf(line)).includes(line));
  const found = lines.filter((line) => line.startsWith(`-A ${PREFIX}${rules.id} `));
  const expected = ruleLines(rules);
  const whole = found.length === expected.length && expected.every((line, index) => found[index] === line);
  if (jumps && whole) return 'installed';
  return lines.some((line) => line === `-N ${PREFIX}${rules.id}`) ? 'partly' : 'not';
}

/** The jumps to chains of ours that stand before everything else. */
function topOf(lines: readonly string[], hook: string): readonly string[] {
  const all = lines.filter((line) => line.startsWith(`-A ${hook} `));
  const others = all.findIndex((line) => !jumpTarget(line)?.startsWith(PREFIX));
  return others === -1 ? all : all.slice(0, others);
}

function ruleLines(rules: Rules): string[] {
  const { id, drops, exempt = [], lossPercent = 100 } = rules;
  const through = exempt.flatMap((port) => [`--dport ${port}`, `--sport ${port}`]);
  const share = lossPercent < 100 ? `-m statistic --mode random --probability ${probability(lossPercent)} ` : '';
  return [
    ...through.map((match) => `-A ${PREFIX}${id} -p tcp -m tcp ${match} ${comment(rules)} -j RETURN`),
    ...drops.map(({ from, to }) => `-A ${PREFIX}${id} -s ${from} -d ${to} ${share}${comment(rules)} -j DROP`),
  ];
}

/** As iptables prints it: the kernel keeps it as a fraction of 2^31 (libxt_statistic.c). */
function probability(percent: number): string {
  return (Math.round((percent / 100) * 2 ** 31) / 2 ** 31).toFixed(11);
}

function jumpLines(rules: Rules): string[] {
  const hooks = HOOKS.filter((hook) => rules.drops.some((drop) => drop.hook === hook));
  return hooks.map((hook) => `-A ${hook} ${comment(rules)} -j ${PREFIX}${rules.id}`);
}

const comment = ({ run, id }: Rules) => `-m comment --comment "plan-run ${run} ${id}"`;

const hookOf = (line: string) => line.split(' ')[1]!;

/** No comment of anybody's is taken for a jump: what has a space in it, iptables puts in quotes. */
const jumpTarget = (line: string) => / -j ([\w-]+)$/.exec(line)?.[1];

const transaction = (lines: readonly string[]) => ['*filter', ...lines, 'COMMIT', ''].join('\n');
