import { PlanRunError } from '../../base/errors.ts';
import { installRules, removeRules } from './firewall.ts';
import { quote } from './quote.ts';
import type { Shell, ShellResult } from './shell.ts';

/** The firewall of one host. */
export interface Host {
  readonly name: string;
  /** Makes the changes of one transaction, as iptables-restore(8) reads them: all of them, or none. */
  apply(rules: string): Promise<ShellResult>;
  /** Makes the next `apply` a fast one; may be called at any time. */
  prepare(): Promise<void>;
  /** The rules in force, as `iptables -S` shows them. */
  list(): Promise<ShellResult>;
}

/** The program that changes the rules: `iptables`, or the variant of it that the kernel can serve. */
export type Iptables = 'iptables' | 'iptables-legacy' | 'iptables-nft';

/**
 * The legacy one first: it swaps a table in one call, where nf_tables makes the program wait (for an RCU grace
 * period, 10 to 30 ms) whenever rules are removed. A packet that either of them drops is dropped.
 */
const VARIANTS: readonly Iptables[] = ['iptables-legacy', 'iptables', 'iptables-nft'];

/** Finds out by making a rule and taking it away again. @throws PlanRunError `unavailable` where none can. */
export async function findIptables(name: string, shell: Shell): Promise<Iptables> {
  const said: string[] = [];
  for (const iptables of VARIANTS) {
    const made = await shell.run(
      restore(iptables, installRules('probe', [{ from: '192.0.2.1/32', to: '192.0.2.2/32' }])),
    );
    if (made.exitCode === 0) {
      const removed = await shell.run(restore(iptables, removeRules('probe')));
      if (removed.exitCode === 0) return iptables;
    }
    said.push(`${iptables}: ${made.stderr.trim()}`);
  }
  throw new PlanRunError('unavailable', `No firewall on ${name} takes a rule`, {
    node: name,
    stderr: said.join('\n'),
    hint: 'apt-get install -y iptables',
  });
}

/**
 * A host's firewall behind a shell that nothing else may use. To start a program costs more than all it does here,
 * so the next iptables-restore is started beforehand: it waits for its rules at a FIFO, to which this shell
 * alone holds the writing end (descriptor 9).
 *
 * @param fifo a path that the shell may make.
 */
export async function openFirewall(name: string, shell: Shell, iptables: Iptables, fifo: string): Promise<Host> {
  const prepare = async () => void (await shell.run(armScript(iptables, fifo)));
  await prepare();
  return {
    name,
    prepare,
    list: () => shell.run(`${iptables} -S`),
    async apply(rules) {
      const result = await shell.run(fireScript(rules));
      // Refused, or nobody was waiting: a program of its own says which, for nothing has been changed.
      return result.exitCode === 0 ? result : shell.run(restore(iptables, rules));
    },
  };
}

function restore(iptables: Iptables, rules: string): string {
  return `${iptables}-restore --noflush <<'PLAN_RUN_RULES'\n${rules}PLAN_RUN_RULES`;
}

/** To open one end of a FIFO waits for the other; descriptor 8 is both until the program has its own. */
function armScript(iptables: Iptables, fifo: string): string {
  return `\
if [ -z "$armed" ]; then
  [ -p ${quote(fifo)} ] || mkfifo ${quote(fifo)}
  exec 8<>${quote(fifo)}
  ${iptables}-restore --noflush <${quote(fifo)} 8>&- &
  armed=$!
  exec 9>${quote(fifo)} 8>&-
fi`;
}

/** Should the program have died, the shell must not follow it by SIGPIPE. */
function fireScript(rules: string): string {
  return `\
trap '' PIPE
printf %s ${quote(rules)} >&9
exec 9>&-
trap - PIPE
wait "$armed"; set -- $?
armed=
(exit $1)`;
}
