import type { NodeStatus, Requirement } from '../../contract/index.ts';
import { quote } from '../shell/quote.ts';
import type { Shell } from '../shell/shell.ts';
import { type Held, holderWords, readHold } from './hold.ts';
import { missingOn, PROGRAMS } from './programs.ts';

/** Beyond what a run needs: what `plan-run net` slows and measures with. */
export const ALL_PROGRAMS: readonly Requirement[] = [
  ...PROGRAMS,
  { program: 'tc', package: 'iproute2' },
  { program: 'perl', package: 'perl-base' },
];

/** What a kernel can do, tried in a network namespace of its own: nothing of it is seen on the machine. */
export interface Abilities {
  readonly rules: boolean;
  readonly loss: boolean;
  readonly delay: boolean;
}

export const MODULES: Readonly<Record<keyof Abilities, string>> = {
  rules: 'ip_tables iptable_filter xt_comment nf_tables nft_compat',
  loss: 'xt_statistic',
  delay: 'sch_netem sch_prio cls_u32',
};

/** Looks at one machine, and changes nothing. @param dir where nodes have their directories. */
export async function lookAt(shell: Shell, node: string, dir: string, setup: string): Promise<NodeStatus> {
  const clock = await readClock(shell);
  const facts = await shell.run(factsScript(dir));
  const fact = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(facts.stdout)?.[1];
  const missing = await missingOn(shell, ALL_PROGRAMS);
  const abilities = await tryKernel(shell);
  const held = await readHold(shell, node);
  const left = held === undefined && fact('left') !== undefined;
  const names = missing.map(({ program }) => program).join(', ');
  const lines = [
    `${fact('system') ?? 'an unknown system'}, kernel ${fact('kernel')}, up ${duration(Number(fact('up')))}`,
    clockLine(clock.aheadMs, clock.errorMs),
    `${fact('space')} MB free for ${dir}`,
    missing.length === 0 ? 'all programs are there' : `not found: ${names}; ${setup}`,
    ...abilityLines(abilities),
    ...(left ? [`a run that died with this machine has left ${dir}/${node}; the next run removes it`] : []),
  ];
  return {
    node,
    ready: missing.length === 0 && abilities.rules,
    address: fact('address'),
    lines,
    held: held && heldWords(held),
  };
}

export function heldWords({ holder, leftMs }: Held): string {
  return `by ${holderWords(holder)}, ${duration(leftMs / 1000)} left${holder.kind === 'run' ? ' unless it lives' : ''}`;
}

/** Which kinds of faults the kernel takes. */
export async function tryKernel(shell: Shell): Promise<Abilities> {
  const { stdout } = await shell.run(TRIAL);
  const found = stdout.split('\n');
  return { rules: found.includes('rules'), loss: found.includes('loss'), delay: found.includes('delay') };
}

export function abilityLines({ rules, loss, delay }: Abilities): string[] {
  const without = (what: string, modules: string) => `its kernel has no ${what}: modprobe -a ${modules}`;
  return [
    ...(rules ? [] : [without('firewall that takes a rule, so no fault will work', MODULES.rules)]),
    ...(loss || !rules ? [] : [without('rule that lets some packets through, so nothing can be flaky', MODULES.loss)]),
    ...(delay ? [] : [without('queue that delays packets, so nothing can be slow', MODULES.delay)]),
  ];
}

const TRIAL = `unshare --net sh -c ${quote(`
ip link set lo up
for variant in iptables iptables-legacy iptables-nft; do
  rule="$variant -A INPUT -s 192.0.2.1/32 -m comment --comment plan-run"
  $rule -j DROP && echo rules && $rule -m statistic --mode random --probability 0.5 -j DROP && echo loss && break
done
tc qdisc add dev lo root handle 1: prio && tc qdisc add dev lo parent 1:1 netem delay 1ms &&
  tc filter add dev lo parent 1: protocol ip prio 1 u32 match ip dst 192.0.2.1/32 flowid 1:1 && echo delay`)} 2>/dev/null; true`;

function factsScript(dir: string): string {
  return `\
echo "kernel $(uname -r)"
system=$(. /etc/os-release 2>/dev/null; echo "$PRETTY_NAME")
echo "system \${system:-$(uname -s)}"
read -r up _ </proc/uptime && echo "up $up"
place=${quote(dir)}
[ -z "$(ls -A "$place" 2>/dev/null)" ] || echo "left yes"
until [ -d "$place" ] || [ -z "$place" ]; do place=\${place%/*}; done
df -Pk "\${place:-/}" | { read -r _; read -r _ _ _ free _; echo "space $((free / 1024))"; }`;
}

/** The quickest of a few tries: it was read somewhere within its round trip. */
async function readClock(shell: Shell) {
  let best = { aheadMs: Number.NaN, errorMs: Number.POSITIVE_INFINITY };
  for (let k = 0; k < 3; k++) {
    // Whole milliseconds, rounded down: half a millisecond more is the middle of what it may be.
    const [wallMs, begin] = [Date.now() + 0.5, performance.now()];
    const { stdout } = await shell.run('date +%s.%N');
    const halfMs = (performance.now() - begin) / 2;
    const errorMs = halfMs + 0.5;
    if (errorMs < best.errorMs) best = { aheadMs: Number(stdout.trim()) * 1000 - wallMs - halfMs, errorMs };
  }
  return best;
}

/** By how much its clock is ahead of this machine's. */
function clockLine(aheadMs: number, errorMs: number): string {
  if (Number.isNaN(aheadMs)) return 'its clock could not be read';
  const by = Math.abs(aheadMs);
  const margin = `± ${errorMs < 10 ? errorMs.toFixed(1) : Math.round(errorMs)} ms`;
  if (by <= errorMs) return `its clock agrees with this machine's, ${margin}`;
  const amount = by < 10_000 ? `${by < 10 ? by.toFixed(1) : Math.round(by)} ms` : duration(by / 1000);
  return `its clock is ${amount} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's, ${margin}`;
}

/** Seconds as a person says them: two units at most. */
export function duration(seconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ];
  const whole = Math.ceil(seconds);
  const first = units.findIndex(([, size]) => whole >= size);
  if (first === -1) return '0s';
  const [[big, size], small] = [units[first]!, units[first + 1]];
  const rest = small === undefined ? 0 : Math.floor((whole % size) / small[1]);
  return `${Math.floor(whole / size)}${big}${rest === 0 ? '' : `${rest}${small![0]}`}`;
}
