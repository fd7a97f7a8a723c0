import { PlanRunError } from '../../base/errors.ts';
import type { Presence } from '../../contract/index.ts';
import type { Host } from './iptables.ts';
import { quote } from './quote.ts';

/*
 * What a host sends to some addresses comes late, by tc-netem(8). A root queue of our own, prio(8) with the handle 5ca1:, takes
 * the place of the kernel's own default, and goes with the last delay: then the kernel puts its default back. Bands 1 to 3 take all
 * traffic, as pfifo_fast does; a band beyond them is one delay, filters by destination lead to it, and those of SSH's ports never
 * do. A queue that somebody has chosen is never replaced.
 */
const HANDLE = '5ca1:';
/** One for each delay of a device, as tc writes them: hexadecimal. */
const BANDS = ['4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', '10'];
/** What the kernel puts on a device by itself, always with the handle 0: (tc(8)); a queue with another one was made by somebody. */
const DEFAULT = /^qdisc (noqueue|pfifo_fast|fq_codel|fq|mq) 0: root /m;
/** What somebody has made below such a default, as one of a queue for each CPU (tc-mq(8)); what sees packets come in has ffff: and stays. */
const CHOSEN = /^qdisc \S+ (?!0:|ffff:)\S+ .*$/m;
const OURS = new RegExp(`^qdisc prio ${HANDLE} root `, 'm');
/** Packets that a delay may hold, so that it is no loss: netem's own 1000 are what 12 Mbit/s bring in a second. */
const LIMIT = 100_000;
/** As pfifo_fast has it (tc-prio(8), PARAMETERS). */
const PRIOMAP = '1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1';

export interface Delay {
  /** Addresses with their prefix length. */
  readonly to: readonly string[];
  readonly delayMs: number;
  /** How much that varies, evenly, in both directions; packets overtake each other then. */
  readonly jitterMs: number;
  /** TCP ports on either side that stay quick. */
  readonly exempt: readonly number[];
}

/** A delay that is in force on one device: its band, and how tc has shown it then. */
export interface Band {
  readonly device: string;
  readonly band: string;
  readonly shown: string;
}

/** Makes a delay. @throws PlanRunError; what it has made by then is in `bands`. */
export async function addDelay(host: Host, delay: Delay, bands: Band[]): Promise<void> {
  for (const [device, to] of await byDevice(host, delay.to)) {
    const queues = await succeed(host, `tc qdisc show dev ${quote(device)}`);
    const ours = OURS.test(queues);
    const chosen = CHOSEN.exec(queues)?.[0] ?? queues.split('\n')[0];
    if (!ours && queues.trim() !== '' && (!DEFAULT.test(queues) || CHOSEN.test(queues))) {
      throw failure(host, `${device} has a queue that somebody has chosen, and keeps it: ${chosen}`, {
        hint: `tc qdisc show dev ${device}; where it may go: tc qdisc del dev ${device} root`,
      });
    }
    const band = BANDS.find((one) => !queues.includes(` parent ${HANDLE}${one} `));
    if (band === undefined) throw failure(host, `${device} has ${BANDS.length} delays already`, {});
    bands.push({ device, band, shown: '' });
    const lines = [...(ours ? [] : rootLines(device, delay)), ...bandLines(device, band, { ...delay, to })];
    await succeed(host, `tc -batch - <<'PLAN_RUN_QUEUES'\n${lines.join('\n')}\nPLAN_RUN_QUEUES`);
    bands[bands.length - 1] = { device, band, shown: await succeed(host, showScript({ device, band })) };
  }
}

/** Looks whether the bands are as they were when they were made. */
export async function presenceOfDelay(host: Host, bands: readonly Band[]): Promise<Presence> {
  const found = await Promise.all(
    bands.map(async (band): Promise<Presence> => {
      const now = await host.run(showScript(band));
      if (now.exitCode !== 0) return 'unknown';
      if (now.stdout === band.shown) return 'installed';
      return now.stdout.includes('qdisc netem') ? 'partly' : 'not';
    }),
  );
  const [first = 'not', ...others] = found;
  if (found.includes('unknown')) return 'unknown';
  return others.every((one) => one === first) ? first : 'partly';
}

/** A script that takes bands away, and the root queue with the last one; does nothing where they are not. */
export function removeScript(bands: readonly Pick<Band, 'device' | 'band'>[]): string {
  const removed = bands.map(({ device, band }) => {
    const dev = quote(device);
    return `if tc qdisc show dev ${dev} | grep -q '^qdisc prio ${HANDLE} root '; then
  tc filter del dev ${dev} parent ${HANDLE} prio ${preference(band)} 2>/dev/null
  tc qdisc del dev ${dev} parent ${HANDLE}${band} 2>/dev/null
  tc qdisc show dev ${dev} | grep -q '^qdisc netem .* parent ${HANDLE}' || tc qdisc del dev ${dev} root
fi`;
  });
  return ['true', ...removed].join('\n');
}

const OUR_DEVICES = `tc qdisc show | sed -n 's/^qdisc prio ${HANDLE} dev \\([^ ]*\\) root .*/\\1/p'`;

/** A script that takes every root queue of ours away, with all below it; does nothing where there is none, or no tc. */
export const SWEEP_QUEUES = `if command -v tc >/dev/null; then
  ${OUR_DEVICES} | while read -r device; do tc qdisc del dev "$device" root || exit; done
fi`;

/** A script that prints our queues and filters as tc does, each with its device before it. */
export const SHOW_QUEUES = `if command -v tc >/dev/null; then
  ${OUR_DEVICES} | while read -r device; do
    { tc qdisc show dev "$device"; tc filter show dev "$device" parent ${HANDLE}; } | while read -r line; do
      case "$line" in 'qdisc netem'* | *flowid* | match*) echo "$device: $line" ;; esac
    done
  done
fi`;

function rootLines(device: string, { exempt }: Delay): string[] {
  const ports = exempt.flatMap((port) => [`dport ${port}`, `sport ${port}`]);
  return [
    `qdisc add dev ${device} root handle ${HANDLE} prio bands 16 priomap ${PRIOMAP}`,
    // A pfifo that prio makes by itself holds what the device's txqueuelen says: nothing, on some.
    ...[1, 2, 3].map((band) => `qdisc add dev ${device} parent ${HANDLE}${band} pfifo limit 1000`),
    ...ports.map((port) => filter(device, '1', 1, `match ip protocol 6 0xff match ip ${port} 0xffff`)),
  ];
}

function bandLines(device: string, band: string, { to, delayMs, jitterMs }: Delay): string[] {
  const us = (ms: number) => `${Math.round(ms * 1000)}us`;
  const varying = jitterMs > 0 ? ` ${us(jitterMs)}` : '';
  return [
    `qdisc add dev ${device} parent ${HANDLE}${band} netem limit ${LIMIT} delay ${us(delayMs)}${varying}`,
    ...to.map((address) => filter(device, band, preference(band), `match ip dst ${address}`)),
  ];
}

function filter(device: string, band: string, order: number, match: string): string {
  return `filter add dev ${device} parent ${HANDLE} protocol ip prio ${order} u32 ${match} flowid ${HANDLE}${band}`;
}

/** Newer bands come first: who slows the same way twice means the second. */
const preference = (band: string) => 100 - Number.parseInt(band, 16);

/** Prints what belongs to a band, in tc's words. */
function showScript({ device, band }: Pick<Band, 'device' | 'band'>): string {
  const dev = quote(device);
  return `tc qdisc show dev ${dev} | sed -n -e '/^qdisc prio ${HANDLE} root /p' -e '/ parent ${HANDLE}${band} /p'
if tc qdisc show dev ${dev} | grep -q '^qdisc prio ${HANDLE} root '; then
  tc filter show dev ${dev} parent ${HANDLE} prio ${preference(band)}
fi`;
}

/** Which device leads to which of the addresses. */
async function byDevice(host: Host, to: readonly string[]): Promise<Map<string, string[]>> {
  const asked = to.map((address) => `route get ${address.replace(/\/\d+$/, '')}`).join('\n');
  const routes = await succeed(host, `ip -o -batch - <<'PLAN_RUN_ROUTES'\n${asked}\nPLAN_RUN_ROUTES`);
  const devices = new Map<string, string[]>();
  for (const [k, route] of routes.trim().split('\n').entries()) {
    const device = / dev (\S+)/.exec(route)?.[1] ?? '';
    devices.set(device, [...(devices.get(device) ?? []), to[k]!]);
  }
  return devices;
}

async function succeed(host: Host, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await host.run(script);
  if (exitCode === 0) return stdout;
  const words = stderr.trim().split('\n').slice(-3).join('; ');
  if (/qdisc kind is unknown|Failed to load|No such file or directory/.test(stderr)) {
    throw failure(host, `The kernel of ${host.name} has no queue that delays packets (netem)`, {
      ...{ command: 'tc qdisc add ... netem', exitCode, stderr: words },
      hint: `on ${host.name}: modprobe -a sch_netem sch_prio cls_u32 (on some systems in a package of its own: linux-modules-extra, kernel-modules-extra)`,
    });
  }
  throw failure(host, `Cannot slow ${host.name}: ${words}`, { command: script, exitCode, stderr: words });
}

function failure(host: Host, message: string, fields: ConstructorParameters<typeof PlanRunError>[2]): PlanRunError {
  return new PlanRunError('command-failed', message, { node: host.name, ...fields });
}
