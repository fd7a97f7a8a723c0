import { PlanRunError } from '../../base/errors.ts';
import { installRules, type Rules, removeRules } from './firewall.ts';
import { quote } from './quote.ts';
import type { Shell, ShellResult } from './shell.ts';

/** The firewall of one host. */
export interface Host {
  readonly name: string;
  /** Makes the changes of one transaction, as iptables-restore(8) reads them: all of them, or none. */
  apply(rules: string): Promise<ShellResult>;
  /** The rules in force, as `iptables -S` shows them. */
  list(): Promise<ShellResult>;
  /** A script of ours beside the rules, on the same shell: the host's queues. */
  run(script: string, timeoutMs?: number): Promise<ShellResult>;
}

/** The machine's own choice first: there a person looks for rules. The others are for kernels that do not serve it. */
const VARIANTS = ['iptables', 'iptables-legacy', 'iptables-nft'] as const;

/** iptables-legacy has one lock on the machine, and gives up at once where somebody else has it; nf_tables needs none. */
const WAIT = '-w 5';

/** A rule that comes and goes: it shows that the kernel takes one, and has the program load what rules need. */
const TRIAL: Rules = {
  id: 'probe',
  run: 'probe',
  drops: [{ hook: 'INPUT', from: '192.0.2.1/32', to: '192.0.2.2/32' }],
};
const PROBE = installRules(TRIAL) + removeRules(TRIAL);

/**
 * A host's firewall behind a shell that nothing else may use, by the first variant of iptables that takes a rule and
 * gives it back. To start a program costs ten times what it does here, and on five hosts at once more: so one
 * iptables-restore stays, and reads transaction after transaction from a FIFO.
 *
 * @param fifo a path; the shell may make two FIFOs there.
 * @param notes a file for whoever has to sweep up alone. Before the first rule it has a line `try iptables` (or another variant), when
 * that variant has worked `use iptables`; and before either `new iptables`, where there was no table of filters.
 * @throws PlanRunError `unavailable`, with what each variant has said, where none can.
 */
export async function openFirewall(name: string, shell: Shell, fifo: string, notes?: string): Promise<Host> {
  const said: string[] = [];
  for (const iptables of VARIANTS) {
    await shell.run(functions(iptables, fifo));
    const probe = await shell.run(probeScript(iptables, notes));
    if (probe.exitCode === 0) return hostOf(name, shell, iptables);
    said.push(`${iptables}: ${probe.stderr.trim()}`);
  }
  throw new PlanRunError('unavailable', `No firewall on ${name} takes a rule`, {
    node: name,
    stderr: said.join('\n'),
    hint: 'apt-get install -y iptables',
  });
}

function probeScript(iptables: string, notes: string | undefined): string {
  const probe = `restore_apply ${quote(PROBE)}`;
  if (notes === undefined) return probe;
  const note = (what: string) => `echo ${what} ${iptables} >>${quote(notes)}`;
  return `\
command -v ${iptables} >/dev/null || { echo 'not found' >&2; false; } &&
  { ${iptables}-save 2>/dev/null | grep -q '^\\*filter' || ${note('new')}; } &&
  ${note('try')} && ${probe} && ${note('use')}`;
}

function hostOf(name: string, shell: Shell, iptables: string): Host {
  return {
    name,
    list: () => shell.run(`${iptables} ${WAIT} -S`),
    run: (script, timeoutMs) => shell.run(script, timeoutMs),
    async apply(rules) {
      const result = await shell.run(`restore_apply ${quote(rules)}`);
      // Refused, or nobody was there to read: a program of its own says which. (Killed between the change and its answer,
      // it is done twice: a jump too many, which `Network.restore` sweeps.)
      return result.exitCode === 0 ? result : shell.run(restoreOnce(iptables, rules));
    },
  };
}

function restoreOnce(iptables: string, rules: string): string {
  return `${iptables}-restore ${WAIT} --noflush <<'PLAN_RUN_RULES'\n${rules}PLAN_RUN_RULES`;
}

/**
 * `restore_apply RULES`: hands a transaction to the iptables-restore that stays, and waits until it is done. Being
 * verbose, that one repeats comments, each after it has done what stands before it; stdbuf(1) lets it say so at once.
 * A transaction that is refused ends it, with its reason on stderr; the next one starts another.
 *
 * Opening one end of a FIFO waits for the other; descriptor 8 is both until the program has its own. Should the
 * program have died, the shell must not follow it by SIGPIPE.
 */
function functions(iptables: string, fifo: string): string {
  const [rules, answers] = [quote(`${fifo}.rules`), quote(`${fifo}.answers`)];
  return `\
restore_open() {
  rm -f ${rules} ${answers} && mkfifo ${rules} ${answers} || return
  exec 8<>${rules}
  stdbuf -oL ${iptables}-restore ${WAIT} --noflush --verbose <${rules} >${answers} 8>&- &
  restore=$!
  exec 9>${rules} 7<${answers} 8>&-
}
restore_apply() {
  [ -n "$restore" ] || restore_open || return
  trap '' PIPE
  printf '%s# done\\n' "$1" 2>/dev/null >&9
  trap - PIPE
  while read -r said <&7; do
    [ "$said" != '# done' ] || return 0
  done
  exec 9>&- 7<&-
  wait "$restore"
  set -- $?
  restore=
  # Ended well, but without a word: that is no yes.
  [ "$1" != 0 ] || set -- 1
  return "$1"
}`;
}
