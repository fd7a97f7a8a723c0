/** `plan-run nodes ...` and `plan-run net ...`: what they are called, take and say of themselves. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FORMS, formatMs, LIMITS, parseDurationMs, parsePercentage } from '../base/units.ts';

/** Which nodes: those of an inventory, of a plan, or of the lab that stands. */
export interface PlaceOptions {
  readonly inventory?: string | undefined;
  readonly plan?: string | undefined;
  readonly env?: string | undefined;
}

export interface StatusOptions extends PlaceOptions {
  readonly json?: boolean;
}

export interface SetupOptions extends PlaceOptions {
  readonly for?: number;
}

export interface FaultOptions extends PlaceOptions {
  readonly for: number;
}

/** A lease's least; and nobody means more. */
const FOR_MIN_MS = 1_000;
const FOR_MAX_MS = 7 * 24 * 3_600_000;

const WHICH = `
Which nodes:
  --inventory FILE    the machines that it lists, over SSH
  --plan PLAN         those of a plan, where it runs
  neither             the lab that stands on this machine: plan-run nodes setup`;

const NODES_HELP = `${WHICH}

Examples:
  plan-run nodes setup                            a lab of five nodes, n1 to n5, for an hour
  plan-run nodes setup a b c --for 3h             another one
  plan-run nodes setup --inventory cluster.yaml   install on machines what faults need
  plan-run nodes status --inventory cluster.yaml`;

const NET_HELP = `${WHICH}

A fault ends by "plan-run net heal", or by itself after --for: the nodes see to that, whatever becomes of this machine. Further
faults join those that are there, and all of them end together. SSH always gets through, and nodes that a run holds are refused.

Examples:
  plan-run net partition n1,n2 n3,n4,n5           two sides that do not hear each other
  plan-run net partition n1 --for 30s             n1 alone
  plan-run net partition n1 clients               the clients cannot reach n1
  plan-run net partition n1 n2 --one-way          n2 does not hear n1; n1 hears n2
  plan-run net slow n3 --delay 50ms --jitter 10ms
  plan-run net flaky --loss 20%                   what any node sends
  plan-run net status                             who reaches whom, measured
  plan-run net heal`;

/** Adds both to the command line; `finish` is told the exit code. */
export function addTasks(root: Command, finish: (code: number) => void): void {
  const nodes = root
    .command('nodes')
    .description('look after the nodes by hand: set them up, look at them, restart them, switch them off')
    .addHelpText('after', NODES_HELP);
  places(nodes.command('setup'))
    .description('install on machines what faults need; or start a lab')
    .argument('[nodes...]', 'default: all of them')
    .addOption(
      new Option('--for <duration>', 'how long a lab stands that is made now (default: 1h)').argParser(duration),
    )
    .action(async (names: string[], options) => finish(await (await load()).setupCommand(names, options)));
  places(nodes.command('status'))
    .description('show whether each node is there, and ready for faults, and who holds it')
    .argument('[nodes...]', 'default: all of them')
    .option('--json', 'print it as JSON')
    .action(async (names: string[], options) => finish(await (await load()).statusCommand(names, options)));
  places(nodes.command('reboot'))
    .description('restart machines, and wait until they are ready again')
    .argument('[nodes...]', 'default: all of them')
    .action(async (names: string[], options) => finish(await (await load()).rebootCommand(names, options)));
  places(nodes.command('shutdown'))
    .description('switch machines off, and wait until they are; a lab ends with its last node')
    .argument('[nodes...]', 'default: all of them')
    .action(async (names: string[], options) => finish(await (await load()).shutdownCommand(names, options)));
  // Started by `setup`, in the background.
  nodes
    .command('keep <socket> <milliseconds> <nodes...>', { hidden: true })
    .action(async (...words: [string, string, string[]]) => finish(await (await load()).keepCommand(...words)));
  async function load() {
    return import('./nodes.ts');
  }
  addNet(root, finish);
}

function addNet(root: Command, finish: (code: number) => void): void {
  const net = root
    .command('net')
    .description('break the network between the nodes by hand, look at it, and heal it')
    .addHelpText('after', NET_HELP);
  async function load() {
    return import('./net.ts');
  }
  places(net.command('status'))
    .description('measure who reaches whom, and show the rules that are in force')
    .option('--json', 'print it as JSON')
    .action(async (options) => finish(await (await load()).netStatusCommand(options)));
  faults(net.command('partition'))
    .description('keep groups of nodes from hearing each other')
    .argument('<groups...>', 'such as n1,n2 n3,n4,n5; one group alone is cut off from all other nodes', group)
    .option('--one-way', 'of two groups: only what the first sends to the second is lost')
    .action(async (groups: string[][], options) => finish(await (await load()).partitionCommand(groups, options)));
  faults(net.command('slow'))
    .description('make what nodes send late, by tc-netem(8)')
    .argument('[nodes...]', 'whose packets; default: those of all')
    .requiredOption('--delay <duration>', 'how late', delay)
    .addOption(
      new Option('--jitter <duration>', 'how much that varies, evenly; packets overtake each other then')
        .argParser(delay)
        .default(0, 'none'),
    )
    .action(async (names: string[], options) => finish(await (await load()).slowCommand(names, options)));
  faults(net.command('flaky'))
    .description('lose some of what nodes send')
    .argument('[nodes...]', 'whose packets; default: those of all')
    .requiredOption('--loss <percentage>', 'how many', percent)
    .action(async (names: string[], options) => finish(await (await load()).flakyCommand(names, options)));
  places(net.command('heal'))
    .description('end all faults by hand')
    .option('--force', 'end everything of plan-run on the nodes, a run that holds them included')
    .action(async (options) => finish(await (await load()).healCommand(options)));
}

function places(command: Command): Command {
  return command
    .option('--inventory <file>', 'the machines')
    .option('--plan <plan>', 'a plan that names the nodes')
    .option('--env <name>', 'where they are, if the plan says otherwise: lab or ssh');
}

function faults(command: Command): Command {
  return places(command).addOption(
    new Option('--for <duration>', 'after which it ends by itself').argParser(duration).default(600_000, '10m'),
  );
}

function duration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError(`It must be ${FORMS.duration}.`);
  if (ms >= FOR_MIN_MS && ms <= FOR_MAX_MS) return ms;
  throw new InvalidArgumentError(`It must be from ${formatMs(FOR_MIN_MS)} to 168h.`);
}

function delay(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms <= 60_000) return ms;
  throw new InvalidArgumentError(`It must be ${FORMS.duration}, at most 1m.`);
}

function percent(text: string): number {
  const share = parsePercentage(text);
  if (share !== undefined && share > 0) return share * 100;
  throw new InvalidArgumentError(`It must be ${FORMS.percentage}, ${LIMITS.percentage} and not 0%.`);
}

function group(text: string, all: readonly string[][] = []): string[][] {
  const names = text.split(',').map((name) => name.trim());
  if (!names.includes('')) return [...all, names];
  throw new InvalidArgumentError('It must be names with commas between them: n1,n2.');
}
