/** Whose nodes a command by hand is about: those of an inventory, of a plan, or of the lab that stands. */
import { PlanRunError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { Secrets } from '../base/secrets.ts';
import type { AnyEnvironment, Inventory, Operator } from '../contract/index.ts';
import { environments, word } from '../env/index.ts';
import { didYouMean } from '../plan/guess.ts';
import { listen, outliveOutput } from './ending.ts';
import { reportFailure } from './failure.ts';
import { loadInventory, withSecrets } from './inventory.ts';
import type { PlaceOptions } from './tasks.ts';

export interface Task extends PlaceOptions {
  /** Whether it only looks: then an inventory need not allow faults. */
  readonly looks?: boolean | undefined;
  /** Where its words go; default stdout. */
  readonly quiet?: boolean;
  /** Nodes that a lab gets which is only made now. */
  readonly wanted?: readonly string[];
}

/** Does something with the nodes, and lets go of them. @returns its exit code, or that of an error, which is on stderr. */
export async function withOperator(task: Task, work: (operator: Operator) => Promise<number>): Promise<number> {
  const secrets = new Secrets(process.env);
  // Whoever reads it may have enough; what is being changed comes to its end.
  outliveOutput();
  const stop = new AbortController();
  const release = listen(stop);
  const stream = task.quiet ? process.stderr : process.stdout;
  try {
    const { operate, nodes, inventory } = await placeOf(task);
    const operator = await operate({
      nodes,
      inventory: inventory && withSecrets(inventory, nodes, secrets),
      log: silentLogger,
      signal: stop.signal,
      say: (words) => void stream.write(`${words}\n`),
    });
    try {
      return await work(operator);
    } finally {
      await operator.close();
    }
  } catch (error) {
    return reportFailure(error, (text) => secrets.redact(text));
  } finally {
    release();
  }
}

/** Those nodes that were named, in the order of the words, or else all. @throws PlanRunError `usage` for others. */
export function nodesNamed(words: readonly string[], { nodes }: Pick<Operator, 'nodes'>): readonly string[] {
  for (const word of words) refuseUnknown(word, nodes);
  return words.length === 0 ? nodes : [...new Set(words)];
}

export function refuseUnknown(word: string, known: readonly string[]): void {
  if (known.includes(word)) return;
  throw new PlanRunError('usage', `There is no node "${word}"`, { hint: didYouMean(word, known) });
}

/** The words that name these nodes again, for hints. */
export function placeWords({ inventory, plan, env }: PlaceOptions): string {
  const options = Object.entries({ inventory, plan, env });
  return options.map(([name, value]) => (value === undefined ? '' : ` --${name} ${word(value)}`)).join('');
}

interface Where {
  readonly operate: NonNullable<AnyEnvironment['operate']>;
  readonly nodes: readonly string[];
  readonly inventory?: Inventory | undefined;
}

/** @throws PlanRunError `usage` where nodes are named that are no nodes, `refused` for a plan or an inventory with problems. */
async function placeOf({ plan, inventory: file, env, looks, wanted = [] }: Task): Promise<Where> {
  if (plan !== undefined) return planned(plan, { plan, inventory: file, env, looks });
  if (file === undefined) {
    if (env === 'ssh') throw new PlanRunError('usage', 'Which machines?', { hint: 'name them: --inventory FILE' });
    return { operate: operateOf(env ?? 'lab'), nodes: wanted };
  }
  if (env !== undefined && env !== 'ssh') {
    throw new PlanRunError('usage', `The machines of an inventory are not in the ${env}`, { hint: 'leave out --env' });
  }
  const inventory = loadInventory(file, looks ? 'look' : 'break');
  return { operate: operateOf('ssh'), nodes: inventory.hosts.map(({ node }) => node), inventory };
}

/** What a plan says of its nodes; its problems are told on stderr. */
async function planned(plan: string, { env, inventory: file, looks }: Task): Promise<Where> {
  const [{ loadPlans }, { problemsText }] = await Promise.all([import('./plans.ts'), import('./validate.ts')]);
  const options = { ...(env !== undefined && { env }), ...(file !== undefined && { inventory: file }) };
  const loaded = await loadPlans([plan], options, looks ? 'look' : 'break');
  process.stderr.write(problemsText(loaded, process.stderr.isTTY === true));
  const ready = loaded[0]?.ready;
  if (ready === undefined) throw new PlanRunError('refused', `${plan} cannot be used; nothing was started`);
  const { timeline, inventory } = ready;
  return { operate: operateOf(timeline.environment.name), nodes: timeline.nodes, inventory };
}

function operateOf(name: string): Where['operate'] {
  const environment = environments.find((one) => one.name === name);
  const able = environments.filter(({ operate }) => operate).map((one) => one.name);
  if (environment?.operate !== undefined) return environment.operate;
  if (environment === undefined) {
    throw new PlanRunError('usage', `There is no environment "${name}"`, { hint: didYouMean(name, able) });
  }
  throw new PlanRunError('usage', `Nodes that are simulated are there only while their plan runs`, {
    hint: 'take nodes that stay: --inventory FILE, or a lab: --env lab',
  });
}
