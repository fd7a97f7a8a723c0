#!/usr/bin/env node
/**
 * The command line: argv in, an exit code out. Each command is loaded when it is asked for, so that `--help` and
 * `validate` start at once.
 */
import { existsSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../base/errors.ts';
import { parseSeeds, SEED_MAX } from '../base/seeds.ts';
import { addAuthoring } from './authoring.ts';
import { addReview } from './review/command.ts';
import { parseVary, type Vary } from './sweep/vary.ts';
import { addTasks } from './tasks.ts';

declare const PLAN_RUN_VERSION: string;

/** A thread each: more are slower than fewer. */
const JOBS_MAX = 1024;
/** For what is still to be said: that a disk behind stdout is full. */
const LEAVE_MS = 200;

/** What the commands share; commander fills it in. */
export interface PlanOptions {
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly env?: string;
  readonly inventory?: string;
  readonly allowModules?: boolean;
}

const EXIT_CODES = `
Exit codes:
  ${EXIT.expected}    the verdict that the plan expects
  ${EXIT.unexpected}    a verdict that the plan does not expect
  ${EXIT.unknown}    unknown: the run did not earn a verdict
  ${EXIT.usage}   usage: the command line makes no sense
  ${EXIT.refused}   plan refused: nothing was started
  ${EXIT.unavailable}   the environment cannot run it, or failed while it ran
  ${EXIT.bug}   a bug of plan-run
  ${EXIT.interrupted}  interrupted: faults undone, history kept
With several plans, and of a sweep: interrupted, then errors, then ${EXIT.unexpected}, then ${EXIT.unknown}, then ${EXIT.expected}.`;

const EXAMPLES = `
Examples:
  plan-run init                                          write a first plan, by asking
  plan-run plans/redis-sentinel.yaml                     run a plan
  plan-run plans/redis-sentinel.yaml --set database.redis.wait=2
  plan-run plans/redis-sentinel.yaml --inventory cluster.yaml
  plan-run validate 'plans/**/*.yaml'                    find all problems of all plans
  plan-run fmt 'plans/**/*.yaml'                         lay plans out
  plan-run timeline plans/redis-sentinel.yaml            what would happen, and when
  plan-run sweep plans/redis-sentinel.yaml --env sim     run it under the seeds 1 to 100, on all cores
  plan-run sweep plans/redis-sentinel.yaml --env sim --vary database.redis.down_after=1s,2s,5s
  plan-run fate store/latest 596                         what became of an element
  plan-run check history.edn                             judge a history that Jepsen recorded
  plan-run review --rehearse                             what this branch does to plans, before and after
  plan-run review --base main --rehearse                 what this branch does to plans, before and after
  plan-run doctor                                        what this machine lacks`;

const SWEEP_HELP = `
A value of --vary is YAML, as that of --set is; commas separate the values, but not within quotes and brackets. All
combinations are validated before anything is started.

Exit codes:
  ${EXIT.expected}    every run came to the verdict that the plan expects
  ${EXIT.unexpected}    some run came to another one
  ${EXIT.unknown}    some run came to none
With --vary the verdicts are what is asked for: ${EXIT.expected} where every run came to one, be it which it may. Errors are those of
plan-run, ${EXIT.interrupted} is an interruption: what was done until then is printed.

Examples:
  plan-run sweep plans/redis-sentinel.yaml --env sim --seeds 1..1000 --jobs 4
  plan-run sweep plans/redis-sentinel.yaml --env sim --vary database.redis.wait=0,1,2 --vary 'faults[0].for=5s,15s'`;

const DIFF_HELP = `
Exit codes:
  ${EXIT.expected}    both are plans (with --exit-code: and nothing changes)
  ${EXIT.unexpected}    with --exit-code: something changes
  ${EXIT.refused}   one of them is refused

Examples:
  plan-run diff plans/mongo-safe.yaml plans/mongo-majority.yaml
  plan-run diff <(git show main:plans/redis-lock.yaml) plans/redis-lock.yaml`;

const CHECK_HELP = `
Exit codes:
  ${EXIT.expected}    valid
  ${EXIT.unexpected}    invalid
  ${EXIT.unknown}    unknown, and why
  ${EXIT.usage}   usage: nothing says what is to be judged, say
  ${EXIT.refused}   the history, or --checker, is malformed: where, and how
  ${EXIT.unavailable}   the history cannot be read
Of several histories the worst: errors, then ${EXIT.unexpected}, then ${EXIT.unknown}, then ${EXIT.expected}.

Examples:
  plan-run check store/latest
  plan-run check history.edn --checker 'linearizable: {model: cas-register, initial: 0}'
  plan-run check *.jsonl --checker 'set: {}' --json
  plan-run check history.edn --checker 'linearizable: {model: register}' --html why.html`;

function program(finish: (code: number) => void): Command {
  const root = new Command('plan-run')
    .description('Breaks distributed databases on purpose, from a YAML plan, and tells what was lost.')
    .version(typeof PLAN_RUN_VERSION === 'string' ? PLAN_RUN_VERSION : 'source', '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .showHelpAfterError('(plan-run --help shows the usage)')
    .addHelpText('after', `${EXIT_CODES}\n${EXAMPLES}`);

  planOptions(root.argument('[plans...]', 'plan files or quoted globs: run them, one after another'))
    .option('--json', 'print results.json to stdout, everything else to stderr')
    .option('--trace', 'write what the simulated nodes say and do, and quote it where writes are lost')
    .option('--store <folder>', 'where the runs are kept', 'store')
    .action(async (files: string[], options) => {
      if (files.length === 0) root.help({ error: true });
      await refuseMistyped(root, files);
      finish(await (await import('./run.ts')).runCommand(files, options));
    });

  planOptions(
    root
      .command('validate')
      .description('report all problems of plans and inventories, each with line and column; start nothing')
      .argument('<files...>', 'plans and inventories, or quoted globs'),
  )
    .addOption(format('text', 'json'))
    .action(async (files: string[], options) => {
      finish(await (await import('./validate.ts')).validateCommand(files, options));
    });

  planOptions(
    root
      .command('timeline')
      .description('print what a plan compiles to: every step, its time, and the line it comes from')
      .argument('<plan>', 'a plan file'),
  )
    .addOption(format('text', 'json', 'mermaid'))
    .action(async (file: string, options) => {
      finish(await (await import('./timeline.ts')).timelineCommand(file, options));
    });

  root
    .command('diff')
    .description('tell what changes in meaning from one plan to another: order, layout and comments do not count')
    .argument('<before>', 'a plan file')
    .argument('<after>', 'a plan file')
    .addOption(format('text', 'markdown', 'json'))
    .option('--exit-code', `exit with ${EXIT.unexpected} where something changes`)
    .option('--seed <integer>', 'compile both with this seed', integer)
    .option('--env <name>', 'compile both for this environment')
    .option('--allow-modules', 'load the modules from outside the package that the plans name: they run code')
    .addHelpText('after', DIFF_HELP)
    .action(async (before: string, after: string, options) => {
      finish(await (await import('./diff.ts')).diffCommand(before, after, options));
    });

  settingOptions(
    root
      .command('sweep')
      .description('run a simulated plan under many seeds, on all cores: how often which verdict, how much is lost')
      .argument('<plan>', 'a plan file'),
  )
    .option('--seeds <seeds>', 'which: a seed, a range, or several: 1..100, 7, 1,5,9..12 (default: 1..100)', seeds)
    .option('--vary <path=value,...>', 'a row for each value of a setting; several make all combinations', vary)
    .option('--jobs <integer>', 'how many runs at a time (default: one a core)', jobs)
    .option('--json', 'print the numbers as JSON to stdout, everything else to stderr')
    .addOption(new Option('--seed <integer>').hideHelp().argParser(refuseSeed))
    .addOption(new Option('--inventory <file>').hideHelp().argParser(refuseInventory))
    .addHelpText('after', SWEEP_HELP)
    .action(async (file: string, options) => {
      const all = options.seeds ?? seeds('1..100');
      finish(await (await import('./sweep.ts')).sweepCommand(file, { ...options, seeds: all }));
    });

  root
    .command('fate')
    .description(
      'tell what became of elements: who sent them where, who had them, what discarded them or brought them back',
    )
    .argument('<store>', 'the folder of a run, or of several: the latest of them')
    .argument('[elements...]', 'such as 596; without any, a few that are lost or turned up', elements)
    .option('--json', 'print all that is known as JSON')
    .option('--allow-modules', 'load the modules from outside the package that the run used: they run code')
    .action(async (store: string, wanted: number[] | undefined, options) => {
      finish(await (await import('./fate.ts')).fateCommand(store, wanted ?? [], options));
    });

  root
    .command('check')
    .description('judge histories that are there already: of a run, or recorded by Jepsen')
    .argument('<histories...>', 'history files (JSON Lines, EDN, JSON), folders of runs, or - for stdin')
    .option(
      '--checker <yaml>',
      "who judges, one or several, as in a plan; default: the run's plan, or what the operations ask for",
      once,
    )
    .option('--json', 'print what was found as JSON to stdout, everything else to stderr')
    .option('--html <file>', 'draw what a checker has to show')
    .option('--allow-modules', 'load the modules from outside the package that a run used: they run code')
    .addHelpText('after', CHECK_HELP)
    .action(async (paths: string[], options) => {
      finish(await (await import('./check.ts')).checkCommand(paths, options));
    });

  root
    .command('export')
    .description('write a history for other tools: Jepsen, Knossos and elle-cli read EDN')
    .argument('<history>', 'a history file, the folder of a run, or - for stdin')
    .addOption(format('edn', 'json', 'jsonl'))
    .option('--key <key>', 'only the operations on this key, without it')
    .action(async (path: string, options) => {
      finish(await (await import('./export.ts')).exportCommand(path, options));
    });

  root
    .command('doctor')
    .description('list every prerequisite, whether it is there, and the command that supplies it')
    .action(async () => {
      finish(await (await import('./doctor.ts')).doctorCommand());
    });
  addReview(root, finish);
  addAuthoring(root, finish);
  addTasks(root, finish);
  root.hook('preSubcommand', (_, command) => {
    const early = root.options.find((option) => root.getOptionValueSource(option.attributeName()) === 'cli');
    if (early !== undefined) usage(root, `${early.long} stands before "${command.name()}"; write it behind`);
  });
  for (const command of root.commands) {
    command.showHelpAfterError(`(plan-run ${command.name()} --help shows the usage)`);
  }
  return root;
}

/** A first word that is no file but looks like a command was meant to be one: `plan-run valdate x.yaml`. */
async function refuseMistyped(root: Command, [word = '', ...rest]: readonly string[]): Promise<void> {
  if (!/^\w+$/.test(word) || existsSync(word)) return;
  const { nearest } = await import('../plan/guess.ts');
  const command = nearest(word, ['run', ...root.commands.map((one) => one.name())]);
  if (command === undefined) return;
  const meant = command === 'run' ? ['plan-run', ...rest] : ['plan-run', command, ...rest];
  usage(root, `there is no file "${word}"; did you mean "${meant.join(' ')}"?`);
}

function usage(command: Command, message: string): never {
  return command.error(`error: ${message}`, { exitCode: EXIT.usage });
}

function planOptions(command: Command): Command {
  return settingOptions(command)
    .option('--seed <integer>', 'override the seed', integer)
    .option('--inventory <file>', 'run on the machines that this file lists, over SSH');
}

function settingOptions(command: Command): Command {
  return command
    .option('--set <path=value>', 'override one value of the plan; may be repeated', collect)
    .option('--env <name>', 'override the environment')
    .option('--allow-modules', 'load the modules from outside the package that the plan names: they run code');
}

function format(...choices: string[]): Option {
  return new Option('--format <format>', 'how to print it').choices(choices).default(choices[0]);
}

function collect(value: string, all: readonly string[] = []): string[] {
  return [...all, value];
}

/** Two blocks would be two plans' worth: which of them judges nobody could say. */
function once(value: string, given?: string): string {
  if (given === undefined) return value;
  throw new InvalidArgumentError("It stands there once, and may name several: '{set: {}, stats: {}}'.");
}

function integer(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= SEED_MAX) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${SEED_MAX}.`);
}

function elements(text: string, all: readonly number[] = []): number[] {
  if (/^-?\d{1,15}$/.test(text)) return [...all, Number(text)];
  throw new InvalidArgumentError('It must be a whole number.');
}

function seeds(text: string): number[] {
  const read = parseSeeds(text);
  if (typeof read !== 'string') return read;
  throw new InvalidArgumentError(`${read}. It must be a seed, a range, or several of them: 7, 1..100, 1,5,9..12.`);
}

function vary(text: string, all: readonly Vary[] = []): Vary[] {
  const read = parseVary(text);
  if (typeof read !== 'string') return [...all, read];
  throw new InvalidArgumentError(`${read}. It must be such as database.redis.wait=0,1,2.`);
}

function jobs(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= JOBS_MAX) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${JOBS_MAX}.`);
}

function refuseSeed(text: string): never {
  throw new InvalidArgumentError(
    `A sweep takes --seeds, such as --seeds ${/^\d+$/.test(text) ? text : '1..100'}; one seed is run by plan-run PLAN --seed.`,
  );
}

/** A command and all below it. */
function family(command: Command): Command[] {
  return [command, ...command.commands.flatMap(family)];
}

function refuseInventory(): never {
  throw new InvalidArgumentError('A sweep simulates; on machines a plan is run once: plan-run PLAN --inventory FILE.');
}

/** Parses `argv` (without node and script) and runs the command. @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.expected;
  const root = program((value) => {
    code = value;
  });
  for (const command of family(root)) command.exitOverride();
  try {
    await root.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT.expected : EXIT.usage;
    }
    return (await import('./failure.ts')).reportFailure(error);
  }
  return code;
}

/**
 * Output that cannot be written is no bug. A reader who has seen enough (`| head`) changes nothing; a full disk ends
 * the program with another code, and says so where that still can be said.
 */
process.stderr.on('error', () => {});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  if (process.exitCode !== EXIT.unavailable) process.stderr.write(`error: cannot write to stdout: ${error.message}\n`);
  process.exitCode = EXIT.unavailable;
});
// Node ends when there is nothing left to wait for, whoever still waits: no exit code of ours may come of that.
const UNSETTLED = 13;
process.on('exit', () => {
  if (process.exitCode !== undefined && process.exitCode !== UNSETTLED) return;
  process.stderr.write('error: what plan-run waited for never came\n  This is a bug of plan-run, or of a module.\n');
  process.exitCode = EXIT.bug;
});
const code = await main(process.argv.slice(2));
process.exitCode ??= code;
// A module from outside the package may have left a timer or a connection: nobody waits for that.
// What stdout has not taken yet is waited for: a pipe holds 64 KB, and its reader may be slow.
process.stdout.write('', () => void setTimeout(() => process.exit(), LEAVE_MS).unref());
