/** Shells on a machine that come through its namespaces instead of SSH: what a hold does there is no matter of the way to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LocalShell, startShell } from '../../src/env/shell/local.ts';
import type { Holder, HoldOptions } from '../../src/env/ssh/hold.ts';
import type { Machines } from '../machines/machines.ts';

const NAMESPACES = ['--net', '--mount', '--uts', '--ipc', '--pid'];

/** A shell of root's on a machine of the `namespaces` kind. */
export function shellOn({ folder }: Machines, name: string): LocalShell {
  const pid = readFileSync(join(folder, `${name}.pid`), 'utf8').trim();
  return startShell(name, ['nsenter', '--target', pid, ...NAMESPACES, 'sh']);
}

export function holder(change: Partial<Holder> = {}): Holder {
  return { kind: 'run', who: 'ann@laptop', pid: 4711, what: 'test:4711', since: '2026-11-26T10:00:00.000Z', ...change };
}

export function options(node: string, change: Partial<HoldOptions> = {}): HoldOptions {
  return { node, holder: holder(), leaseMs: 60_000, dir: `/var/lib/plan-run/${node}`, ...change };
}

/** Polls until `condition` holds. @returns how many milliseconds that took. @throws after `timeoutMs`. */
export async function eventually(what: string, condition: () => Promise<boolean> | boolean, timeoutMs = 10_000) {
  const began = performance.now();
  while (!(await condition())) {
    if (performance.now() - began > timeoutMs) throw new Error(`waited ${timeoutMs} ms until ${what}`);
    await delay(20);
  }
  return performance.now() - began;
}

/**
 * What a run could leave on a machine: processes (those of its boot and of who looks apart), rules with their counters, files.
 * Nobody sends anything here. What iptables-legacy counts for a chain's policy begins anew with every change of the chain, whoever
 * makes it: not looked at.
 */
export const STATE = `
ps -e -o args= | grep -v -E '^(ps|grep|sed|sort|sleep 86400|sh /tmp/plan-run-machines|sshd: .*listener|sh|nsenter|sh -c)( |$)|^\\[|<defunct>$'
iptables-save -c | sed -e '/^#/d' -e 's/^\\(:[A-Z]* [A-Z]*\\) .*/\\1/'
ls -A /run /var/lib/plan-run /var/lib | sed 's/^/file /'`;
