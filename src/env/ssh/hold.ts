import { randomUUID } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import { PlanRunError } from '../../base/errors.ts';
import { quote } from '../shell/quote.ts';
import type { Shell, ShellResult } from '../shell/shell.ts';
import { EXIT_HELD, EXIT_UNWATCHED, HOLD, LIBRARY, MARK } from './watchdog.ts';

/** Who holds a node: for a person who is refused. */
export interface Holder {
  /** A run, or a person with a fault by hand. */
  readonly kind: 'run' | 'hand';
  /** `ann@laptop` */
  readonly who: string;
  /** Of the runner, on its own machine. */
  readonly pid: number;
  /** `redis-sentinel:4711` */
  readonly what: string;
  /** ISO 8601, by the runner's clock. */
  readonly since: string;
}

export interface HoldOptions {
  /** The node's name, for errors. */
  readonly node: string;
  readonly holder: Holder;
  /** After so long without a beat the node gives itself back; at least 1 s. */
  readonly leaseMs: number;
  /** Where the run's directory is made, and removed with everything in it; a fault by hand has none. Absolute, one line. */
  readonly dir?: string;
}

/** A node that is ours. Its watchdog undoes every fault when the beats cease. */
export interface Hold {
  /** Whether it was there: another fault by hand has it, too. */
  readonly joined: boolean;
  /** Before the first rule: where `openFirewall` puts its FIFOs, and notes which variants of iptables it uses. */
  readonly fifo: string;
  readonly variants: string;
  /**
   * Makes a shell the run's: it and all that is started from it ends when the node is given back. Every shell that makes faults
   * or starts processes must be one, but not the shell of the hold.
   */
  adopt(shell: Shell): Promise<void>;
  /**
   * A sign of life: the lease, or another one, begins anew. One round trip; nothing on the node is started for it.
   * @throws PlanRunError `unavailable` where the node has given itself back, or nobody watches over it any more; `timeout` where
   * there is no answer within the lease.
   */
  beat(leaseMs?: number): Promise<void>;
  /** Gives the node back, now. @throws PlanRunError where something could not be undone, or it was given back already. */
  release(): Promise<void>;
}

/** What `readHold` finds. */
export interface Held {
  readonly holder: Holder;
  /** Until the node gives itself back, if there is no further beat. */
  readonly leftMs: number;
}

/** Of a round trip over a slow network, and the undoing of what somebody dead has left. */
const TAKE_TIMEOUT_MS = 15_000;
const GIVE_BACK_TIMEOUT_MS = 20_000;

/**
 * Takes a node for a run or a person, or joins a hold by hand with another fault by hand. What somebody holds whose lease is over is
 * given back first. @param shell root's, with nothing slow before it and nothing else behind it: beats go there.
 * @throws PlanRunError `unavailable`: who holds it, or why it cannot be held.
 */
export async function takeHold(shell: Shell, { node, holder, leaseMs, dir }: HoldOptions): Promise<Hold> {
  assert(leaseMs >= 1000, 'a lease lasts a second at least: the watchdog looks twice in it');
  assert(dir === undefined || /^\/[^\n]*[^\n/]$/.test(dir), `"${dir}" is an absolute path in one line`);
  await load(shell, node);
  const asked = randomUUID();
  const words = [asked, holder.kind, hundredths(leaseMs), JSON.stringify(holder), dir ?? ''];
  const taken = await shell.run(`locked take ${words.map(quote).join(' ')}`, TAKE_TIMEOUT_MS);
  if (taken.exitCode === EXIT_HELD) throw held(node, holderOf(taken.stdout));
  if (taken.exitCode !== 0) throw failure(node, `Cannot hold ${node}`, taken);
  const id = taken.stdout.trim();
  let silence = stopwatch();
  let promisedMs = leaseMs;

  return {
    joined: id !== asked,
    fifo: `${HOLD}/rules`,
    variants: `${HOLD}/firewall`,
    async adopt(other) {
      const { stdout } = await other.run(`export ${MARK}=${quote(id)}; echo $$`);
      const adopted = await shell.run(`adopt ${quote(id)} ${quote(stdout.trim())}`);
      if (adopted.exitCode !== 0) throw failure(node, `Cannot make a shell on ${node} the run's`, adopted);
    },
    async beat(nextMs = leaseMs) {
      const began = stopwatch();
      const { exitCode, stderr } = await shell.run(`beat ${quote(id)} ${hundredths(nextMs)}`, leaseMs);
      if (exitCode === EXIT_HELD) throw lost(node, silence(), promisedMs);
      if (exitCode === EXIT_UNWATCHED) {
        throw new PlanRunError(
          'unavailable',
          `Nobody on ${node} would undo the faults any more: its watchdog is gone`,
          {
            node,
            hint: `who has killed it? (${HOLD}/pid)`,
          },
        );
      }
      if (exitCode !== 0) throw failure(node, `Cannot tell ${node} that the run lives`, { exitCode, stderr });
      silence = began;
      promisedMs = nextMs;
    },
    async release() {
      const released = await shell.run(`locked release ${quote(id)}`, GIVE_BACK_TIMEOUT_MS);
      if (released.exitCode === EXIT_HELD) throw lost(node, silence(), promisedMs);
      if (released.exitCode !== 0) throw failure(node, `Cannot give ${node} back`, released);
    },
  };
}

/** Who holds the node, and how long without a further sign of life; undefined where nobody does. Changes nothing. */
export async function readHold(shell: Shell, node: string): Promise<Held | undefined> {
  await load(shell, node);
  const { stdout } = await shell.run('[ ! -d "$hold" ] || { is_expired; echo "$left"; cat "$hold/holder"; }');
  if (stdout === '') return undefined;
  const [left = '0', ...holder] = stdout.split('\n');
  return { holder: holderOf(holder.join('\n')), leftMs: Math.max(0, Number(left) * 10) };
}

/**
 * Ends whatever hold is on the node, with all faults, processes and files that it stands for: somebody else's run, too.
 * @returns whose it was. @throws PlanRunError where something could not be undone.
 */
export async function breakHold(shell: Shell, node: string): Promise<Holder | undefined> {
  await load(shell, node);
  const broken = await shell.run('locked break_hold', GIVE_BACK_TIMEOUT_MS);
  if (broken.exitCode !== 0) throw failure(node, `Cannot give ${node} back`, broken);
  return broken.stdout === '' ? undefined : holderOf(broken.stdout);
}

/** Holder as the sentence that refuses: `ann@laptop (plan-run redis-sentinel:4711, since 2026-11-26T10:00:00Z)`. */
export function holderWords({ who, what, since }: Holder): string {
  return `${who} (plan-run ${what}, since ${since})`;
}

/** Makes the functions known to the shell, and their text, which is the watchdog's program. */
async function load(shell: Shell, node: string): Promise<void> {
  const loaded = await shell.run(`library=${quote(LIBRARY)}; eval "$library"`);
  if (loaded.exitCode !== 0) throw failure(node, `Cannot prepare ${node}`, loaded);
}

/** How many milliseconds ago it was made. A machine that slept has no other clock that tells it but the one that people set. */
function stopwatch(): () => number {
  const [steady, wall] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - steady, Date.now() - wall);
}

const hundredths = (ms: number) => String(Math.ceil(ms / 10));

/** What a hold says of itself; one that was not finished, or written by another version, says little. */
function holderOf(text: string): Holder {
  const unknown = { kind: 'run', who: 'somebody', pid: 0, what: 'unknown', since: 'unknown' } as const;
  try {
    return { ...unknown, ...JSON.parse(text) };
  } catch {
    return unknown;
  }
}

function held(node: string, holder: Holder): PlanRunError {
  const hint =
    holder.kind === 'run'
      ? 'wait until that run is over; if it fell silent, the node gives itself back when its lease is over'
      : 'plan-run net heal ends faults by hand; where that says the same, nobody watches over them: plan-run net heal --force';
  return new PlanRunError('unavailable', `${node} is held by ${holderWords(holder)}`, { node, hint });
}

function lost(node: string, silentMs: number, leaseMs: number): PlanRunError {
  const silent = silentMs >= leaseMs;
  const why = silent ? `it heard nothing for ${leaseMs / 1000} s` : 'somebody has broken its hold';
  const hint = silent
    ? 'look at the network between this machine and the node, or give the inventory a longer lease'
    : 'plan-run net heal --force does that';
  return new PlanRunError('unavailable', `${node} undid all faults by itself: ${why}`, { node, hint });
}

function failure(node: string, words: string, { exitCode, stderr }: Pick<ShellResult, 'exitCode' | 'stderr'>) {
  const said = stderr.trim();
  return new PlanRunError('unavailable', `${words}: ${said === '' ? `exit code ${exitCode}` : said}`, {
    node,
    exitCode,
    stderr: said,
  });
}
