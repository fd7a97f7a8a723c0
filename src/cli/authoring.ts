/** The commands for those who write plans: `init`, `fmt`, `modules`. What they are called, take and say of themselves. */
import type { Command } from 'commander';
import { EXIT } from '../base/errors.ts';

const INIT_HELP = `
At a terminal it asks what the flags have not said; every question has a default, and only what goes together is offered. The plan is
run once in the simulator, where that can be, so that it expects the verdict it comes to.

Exit codes:
  ${EXIT.expected}    written
  ${EXIT.usage}   usage: flags that do not go together, a file that is there already, or nobody to ask
  ${EXIT.unavailable}   the file cannot be written
  ${EXIT.interrupted}  interrupted: nothing is written

Examples:
  plan-run init
  plan-run init plans/first.yaml --yes
  plan-run init first.yaml --database redis --workload set --fault partition --target halves --for 20s
  plan-run init control.yaml --database postgres --workload counter --fault none --env lab --yes`;

const FMT_HELP = `
Indentation of two spaces, one space where there may be several, at most one blank line, no white space at the ends of lines. Lines
stay lines: nothing is joined, broken or sorted. Comments, quotes, anchors and the texts behind | and > stay as they are.
The names of the files that change are printed.

Exit codes:
  ${EXIT.expected}    all files are laid out
  ${EXIT.unexpected}    with --check: some file is not
  ${EXIT.refused}   some file is no YAML, or neither a plan nor an inventory: where, and why
  ${EXIT.unavailable}   some file cannot be written
  ${EXIT.bug}   a bug of plan-run: laid out, some file would say something else
Whatever becomes of one file, the others are laid out; one that is not is left as it was.

Examples:
  plan-run fmt plan.yaml inventory.yaml
  plan-run fmt 'plans/**/*.yaml' --check         in a pull request, say`;

const MODULES_HELP = `
With a name, everything about it: what it is, what it goes with, and each key with its type, default and examples.

Exit codes:
  ${EXIT.expected}    printed
  ${EXIT.usage}   usage: nothing has that name

Examples:
  plan-run modules                    what goes with what
  plan-run modules redis
  plan-run modules set                the workload, and the checker
  plan-run modules checker/set        the checker alone
  plan-run modules plan               the plan's own keys
  plan-run modules inventory`;

/** Adds them to the command line; `finish` is told the exit code. */
export function addAuthoring(root: Command, finish: (code: number) => void): void {
  root
    .command('init')
    .description('write a first plan, by asking or by flags')
    .argument('[file]', 'where to write it; default: a name of what is in it')
    .option('--env <name>', 'where it runs: sim, lab, ssh')
    .option('--database <name>', 'the database under test')
    .option('--workload <name>', 'what the clients do')
    .option('--nodes <integer>', 'how many nodes')
    .option('--fault <name>', 'what is broken, or none')
    .option('--target <nodes>', 'whom it hits: primary, one, minority; of a partition halves, primary, clients')
    .option('--rate <rate>', 'operations of all clients together, such as 100/s')
    .option('--for <duration>', 'how long the fault lasts; without one, how long the clients work')
    .option('--yes', 'ask nothing: what no flag says is as usual')
    .option('--force', 'write over a file that is there')
    .addHelpText('after', INIT_HELP)
    .action(async (file: string | undefined, options) => {
      finish(await (await import('./init.ts')).initCommand(file, options));
    });
  root
    .command('fmt')
    .description('lay plans and inventories out; comments stay where they are')
    .argument('<files...>', 'plans and inventories, or quoted globs')
    .option('--check', 'write nothing; exit with 1 where a file would change')
    .addHelpText('after', FMT_HELP)
    .action(async (files: string[], options) => {
      finish(await (await import('./fmt.ts')).fmtCommand(files, options));
    });
  root
    .command('modules')
    .description('list what goes with what: databases, workloads, faults and checkers; or tell all about one')
    .argument('[name]', 'such as redis, checker/set, plan, inventory')
    .option('--json', 'print it as JSON')
    .addHelpText('after', MODULES_HELP)
    .action(async (name: string | undefined, options) => {
      finish(await (await import('./modules.ts')).modulesCommand(name, options));
    });
}
