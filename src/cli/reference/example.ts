/** A piece of a plan that shows a module: valid, and with a few of its settings. */
import type { AnyDatabase, AnyModule, Registry } from '../../contract/index.ts';
import { exampleOf, inline, lines, parseCheckers } from '../../plan/index.ts';
import { validatePlan } from '../../timeline/validate.ts';

/** Settings that an example shows beyond those that it must have. */
const SHOWN_MAX = 3;

type Settings = { readonly [key: string]: unknown };

/** A whole plan, and the keys of it that show the module. */
export interface Example {
  readonly plan: Settings;
  readonly shown: readonly string[];
}

/** The example of a module; undefined where no plan of this registry can use it. */
export function exampleFor(module: AnyModule, registry: Registry): Example | undefined {
  if (module.kind === 'checker') return checkerExample(module, registry);
  for (const around of surroundings(module, registry)) {
    const accepts = (settings: unknown) => isAccepted({ ...around, ...blockOf(module, settings, around) }, registry);
    const smallest = exampleOf(module.settings);
    if (!accepts(smallest)) continue;
    const block = blockOf(module, grown(module, smallest, accepts), around);
    return { plan: { ...around, ...block }, shown: Object.keys(block) };
  }
  return undefined;
}

/** The shown part of an example as YAML. */
export function exampleText({ plan, shown }: Example): string[] {
  return lines(Object.fromEntries(shown.map((key) => [key, plan[key]])), '', 2);
}

/** A checker also judges histories of workloads that are not here: its block need only be right by itself. */
function checkerExample(module: AnyModule, registry: Registry): Example | undefined {
  const accepts = (settings: unknown) =>
    parseCheckers(`${inline(module.name)}: ${inline(settings)}`, '', registry).problems.length === 0;
  const smallest = exampleOf(module.settings);
  if (!accepts(smallest)) return undefined;
  return { plan: { checker: { [module.name]: grown(module, smallest, accepts) } }, shown: ['checker'] };
}

/** Settings with a few more, each by its first example that says something else than its default. */
function grown({ settings }: AnyModule, smallest: unknown, accepts: (settings: unknown) => boolean): unknown {
  const { properties = {} } = settings as { readonly properties?: Readonly<Record<string, Settings>> };
  if (typeof smallest !== 'object' || smallest === null || Array.isArray(smallest)) return smallest;
  let all = smallest as Settings;
  for (const [key, { examples = [], default: usual, deprecated }] of Object.entries(properties)) {
    if (Object.keys(all).length >= SHOWN_MAX) break;
    const telling = (examples as unknown[]).find((example) => inline(example) !== inline(usual));
    if (telling === undefined || deprecated !== undefined || Object.hasOwn(all, key)) continue;
    const more = { ...all, [key]: telling };
    if (accepts(more)) all = more;
  }
  return all;
}

function isAccepted(plan: Settings, registry: Registry): boolean {
  const bytes = Buffer.from(JSON.stringify(plan));
  return validatePlan({ file: 'example.yaml', bytes }, registry).ready !== undefined;
}

/** Plans that a module may be put into, the simulated ones first. */
function* surroundings(module: AnyModule, registry: Registry): Generator<Settings> {
  const environments = module.kind === 'environment' ? [module.name] : [...registry.environments.keys()];
  const databases = module.kind === 'database' ? [module] : [...registry.databases.values()].filter(isTelling);
  const workloads = module.kind === 'workload' ? [module] : [...registry.workloads.values()].toReversed();
  for (const environment of environments) {
    for (const database of module.name === 'noop' ? [...registry.databases.values()] : databases) {
      const offered = workloads.filter(({ name }) => database.workloads.includes(name));
      for (const settings of offered.length === 0 ? [] : settingsOf(database)) {
        for (const { name, settings: own } of offered) {
          const workload = { clients: 5, rate: '100/s', [name]: exampleOf(own) };
          yield { plan: 1, environment, database: { [database.name]: settings }, workload };
        }
      }
    }
  }
}

const isTelling = ({ name }: AnyModule) => name !== 'noop';

/** The smallest settings, and each setting by itself: a fault may need a database with standbys. */
function settingsOf({ settings }: AnyDatabase): unknown[] {
  const smallest = exampleOf(settings) as Settings;
  const { properties = {} } = settings as { readonly properties?: Readonly<Record<string, Settings>> };
  const single = Object.entries(properties).map(([key, property]) => ({ ...smallest, [key]: exampleOf(property) }));
  return [smallest, ...single];
}

/** What a plan says to use a module. */
function blockOf({ kind, name, ...module }: AnyModule, settings: unknown, around: Settings): Settings {
  if (kind === 'nemesis') {
    const ends = !('lasting' in module && module.lasting);
    return { faults: [{ at: '5s', ...(ends && { for: '10s' }), [name]: settings }] };
  }
  const common = kind === 'workload' ? { clients: 5, rate: '100/s' } : {};
  return { [kind]: { ...common, [name]: settings }, ...(kind === 'environment' && { database: around.database }) };
}
