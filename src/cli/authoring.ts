/** The commands for those who write plans: `fmt`, `modules`. What they are called, take and say of themselves. */
import type { Command } from 'commander';
import { EXIT } from '../base/errors.ts';

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
