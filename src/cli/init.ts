/** `plan-run init`: writes a first plan, by asking or by flags. */
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, messageOf, PlanRunError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { word } from '../env/index.ts';
import { validatePlan } from '../timeline/validate.ts';
import { listen } from './ending.ts';
import { type Answers, NONE } from './init/choices.ts';
import { type Expectation, firstPlan } from './init/first-plan.ts';
import { answersFrom, type Given } from './init/questions.ts';
import { rehearse } from './init/rehearse.ts';
import { makeRegistry } from './registry.ts';
import { isColored } from './validate.ts';

export interface InitOptions extends Given {
  /** Ask nothing. */
  readonly yes?: boolean;
  /** Write over what is there. */
  readonly force?: boolean;
}

/** What a plan is about: who says so much need not be asked for the rest. */
const ENOUGH = ['database', 'workload', 'fault'] as const;

/** Asks what the flags have not said, and writes the plan. @returns 0. @throws PlanRunError. */
export async function initCommand(
  file: string | undefined,
  { yes, force = false, ...given }: InitOptions,
): Promise<number> {
  const registry = makeRegistry();
  if (file !== undefined) refuseTaken(file, force);
  const asking = yes !== true && process.stdin.isTTY === true && process.stdout.isTTY === true;
  if (!asking && yes !== true) refuseSilence(given);
  const ask = asking ? (await import('./init/ask.ts')).terminal : undefined;
  ask?.begin('plan-run init');
  const answers = await answersFrom(given, registry, ask);
  const usual = [answers.database, answers.workload, answers.fault].filter((name) => name !== NONE).join('-');
  const wrong = (name: string) => (force || !isThere(name) ? undefined : 'It is there already.');
  const path = file ?? (await ask?.text('Where to write it?', `${usual}.yaml`, wrong)) ?? `${usual}.yaml`;
  refuseTaken(path, force);
  const schema = schemaFrom(path);
  const textOf = (found?: Expectation) => firstPlan(answers, registry, schema, found);
  await refuseWrong(path, textOf(), registry);
  const simulated = registry.environments.get(answers.env)?.simulated === true;
  ask?.end(
    simulated
      ? 'It is run once in the simulator, to see what it comes to.'
      : 'What it comes to is seen when it is run.',
  );
  const text = textOf(await interruptibly((signal) => rehearse(textOf, registry, signal)));
  write(path, text, force);
  const words = [`wrote ${printable(path)}`, '', ...nextSteps(path, answers)];
  process.stdout.write(`${words.join('\n')}\n`);
  return EXIT.expected;
}

function nextSteps(path: string, { database, env, workload }: Answers): string[] {
  const name = word(path);
  const inventory = env === 'ssh' ? ' --inventory cluster.yaml' : '';
  const steps = [
    [`plan-run ${name}${inventory}`, 'run it'],
    [`plan-run validate ${name}`, 'after each change'],
    [`plan-run timeline ${name}`, 'what happens when'],
    [`plan-run modules ${database}`, `what else ${database} can be set to; and ${workload}, plan`],
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  return ['next:', ...steps.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`)];
}

/** Nobody can be asked, and too little is said. */
function refuseSilence(given: Given): void {
  const missing = ENOUGH.filter((key) => given[key] === undefined).map((key) => `--${key}`);
  if (missing.length === 0) return;
  throw new PlanRunError(
    'usage',
    `nobody can be asked here: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
    {
      hint: 'such as --database redis --workload set --fault partition; --yes takes what is usual for all that is not said',
    },
  );
}

function refuseTaken(path: string, force: boolean): void {
  if (force || !isThere(path)) return;
  throw new PlanRunError('usage', `${path} is there already`, {
    hint: 'name another file, or write over it with --force',
  });
}

/** A link that leads nowhere is there, too. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Numbers may be too large, or too small, for a plan: then its problems say so. */
async function refuseWrong(file: string, text: string, registry: ReturnType<typeof makeRegistry>): Promise<void> {
  const { problems, source } = validatePlan({ file, bytes: Buffer.from(text) }, registry);
  if (!problems.some(({ severity }) => severity === 'error')) return;
  const { renderProblems } = await import('../plan/index.ts');
  process.stderr.write(renderProblems(problems, [source], { color: isColored(process.stderr) }));
  throw new PlanRunError('usage', 'with these answers there is no plan; nothing is written', {
    hint: 'choose other numbers',
  });
}

async function interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const release = listen(stop);
  try {
    return await work(stop.signal);
  } finally {
    release();
  }
}

function write(path: string, text: string, force: boolean): void {
  try {
    writeFileSync(path, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const hint =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `make its folder first: mkdir -p ${word(dirname(path))}`
        : undefined;
    throw new PlanRunError(
      'unavailable',
      `${path} cannot be written: ${messageOf(error)}`,
      hint === undefined ? {} : { hint },
    );
  }
}

const SCHEMA = join('schemas', 'plan.schema.json');
const INSTALLED = join('node_modules', 'plan-run', SCHEMA);

/** The schema as the modeline names it, seen from the plan: where it is installed for that folder, in this clone, or where it would be installed. */
export function schemaFrom(path: string): string {
  const from = dirname(resolve(path));
  for (let folder = from; ; folder = dirname(folder)) {
    const installed = join(folder, INSTALLED);
    if (existsSync(installed)) return address(from, installed);
    if (folder === packageFolder()) return address(from, join(folder, SCHEMA));
    if (folder === dirname(folder)) return address(from, join(process.cwd(), INSTALLED));
  }
}

/** Of dist/ and of src/cli/ alike. */
function packageFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return resolve(here, here.endsWith(`${sep}dist`) ? '..' : join('..', '..'));
}

function address(from: string, to: string): string {
  const path = relative(from, to).split(sep).map(encodeURIComponent).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}
