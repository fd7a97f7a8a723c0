/** The words of `plan-run review` on the command line. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../../base/errors.ts';
import { parseSeeds } from '../../base/seeds.ts';
import { FORMS, parseDurationMs } from '../../base/units.ts';
import type { ReviewOptions } from '../review.ts';
import { type Output, parseOutput, REVIEW_FORMATS } from './outputs.ts';

declare const PLAN_RUN_VERSION: string;

const SEEDS = '1..50';
const SEEDS_MAX = 10_000;
const TIME = '5m';

const HELP = `
It compares --head with the merge base of --base and --head. Without --head it
reviews the working tree, with what is not committed or not tracked yet.
Of a stranger's branch nothing is run or loaded; named by --head, it need not even
be checked out. PATHS are git's (pathspecs), seen from the current directory; put --
before one that begins with a hyphen.

Exit codes:
  ${EXIT.expected}    every plan that differs is accepted
  ${EXIT.unexpected}    rehearsed, every seed of some plan came to another verdict than it expects
  ${EXIT.usage}   usage: no repository, or no such ref
  ${EXIT.refused}   a plan is refused
  ${EXIT.unavailable}   git is missing or fails, there is no merge base (a shallow clone),
       or a file cannot be written
  ${EXIT.interrupted}  interrupted: what was rehearsed until then is printed

Examples:
  plan-run review                what is changed here, against the main branch
  plan-run review --base v1.2.0 plans/
  plan-run review --rehearse --seeds 1..20 plans/redis-sentinel.yaml
  plan-run review --base origin/main --head origin/topic --format github \\
      --output markdown=review.md --output sarif=review.sarif`;

type Given = Omit<ReviewOptions, 'seeds' | 'timeMs' | 'version'> & {
  readonly seeds?: readonly number[];
  readonly time?: number;
};

export function addReview(root: Command, finish: (code: number) => void): void {
  root
    .command('review')
    .description(
      'tell what a branch does to plans: what changes in meaning, what is wrong, and verdicts before and after',
    )
    .argument('[paths...]', 'which plans: paths, or patterns of git (default: all)')
    .option(
      '--base <ref>',
      'what to compare with (default: the base of a GitHub workflow, or origin/HEAD, origin/main, origin/master, main, master)',
    )
    .option('--head <ref>', 'what to review (default: the working tree)')
    .option('--rehearse', 'run both sides in the simulator, under the same seeds')
    .option('--seeds <seeds>', `of a rehearsal: 1..100, 7, 1,5,9..12 (default: ${SEEDS})`, seeds)
    .option('--time <duration>', `longest time for all rehearsals (default: ${TIME})`, duration)
    .addOption(
      new Option('--format <format>', 'how to print the review').choices(REVIEW_FORMATS).default(REVIEW_FORMATS[0]),
    )
    .option('--output <format=file>', 'write the review to a file, too; may be repeated', output)
    .addHelpText('after', HELP)
    .action(async (paths: string[], { seeds: some, time, ...options }: Given) => {
      if (!options.rehearse && (some !== undefined || time !== undefined)) {
        process.stderr.write('note: --seeds and --time are for --rehearse, and mean nothing without it\n');
      }
      const all = some ?? seeds(SEEDS);
      const timeMs = time ?? duration(TIME);
      const version = typeof PLAN_RUN_VERSION === 'string' ? PLAN_RUN_VERSION : 'source';
      finish(await (await import('../review.ts')).reviewCommand(paths, { ...options, seeds: all, timeMs, version }));
    });
}

function seeds(text: string): number[] {
  const read = parseSeeds(text);
  const wrong = typeof read === 'string' ? read : `There are at most ${SEEDS_MAX} seeds in a rehearsal`;
  if (typeof read !== 'string' && read.length <= SEEDS_MAX) return read;
  throw new InvalidArgumentError(`${wrong}. It must be a seed, a range, or several of them: 7, ${SEEDS}, 1,5,9..12.`);
}

/** Milliseconds; a timer of Node takes no more than 24 days. */
function duration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms > 0 && ms <= 86_400_000) return ms;
  throw new InvalidArgumentError(`It must be ${FORMS.duration}, not zero, and at most 24h.`);
}

function output(text: string, given: readonly Output[] = []): Output[] {
  const read = parseOutput(text, given);
  if (typeof read !== 'string') return [...given, read];
  throw new InvalidArgumentError(`${read}. It must be such as sarif=review.sarif.`);
}
