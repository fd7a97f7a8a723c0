import Value from 'typebox/value';
import { EXIT } from '../base/errors.ts';
import type { AnyDatabase, AnyWorkload, Registry } from '../contract/index.ts';
import { makeRegistry } from './registry.ts';
import { wrapped } from './wrapped.ts';

/** Where something can be had: simulated, on real nodes, or both; and what to do to have it where it cannot, if that is known. */
export interface Where {
  readonly sim: boolean;
  readonly real: boolean;
  readonly remedy?: string;
}

export interface Matrix {
  /** By database, then by workload and by fault; what it has not is left out. */
  readonly databases: Readonly<
    Record<
      string,
      { readonly workloads: Readonly<Record<string, Where>>; readonly faults: Readonly<Record<string, Where>> }
    >
  >;
  readonly workloads: Readonly<Record<string, { readonly summary: string; readonly checkers: readonly string[] }>>;
  readonly checkers: Readonly<Record<string, { readonly summary: string; readonly judges: readonly string[] | 'any' }>>;
  readonly faults: Readonly<Record<string, { readonly summary: string; readonly needs: string | null }>>;
}

/** What a database of several nodes is asked about. */
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

/** `plan-run modules`: what goes with what; with a name, everything about what has it. @returns 0. @throws PlanRunError `usage`. */
export async function modulesCommand(
  name: string | undefined,
  { json = false }: { readonly json?: boolean },
): Promise<number> {
  const registry = makeRegistry();
  if (name !== undefined) {
    const topics = (await import('./reference/named.ts')).topicsNamed(name, registry);
    const text = json
      ? `${JSON.stringify(topics, null, 2)}\n`
      : (await import('./reference/text.ts')).topicsText(topics);
    process.stdout.write(text);
    return EXIT.expected;
  }
  const matrix = matrixOf(registry);
  process.stdout.write(json ? `${JSON.stringify(matrix, null, 2)}\n` : render(matrix));
  return EXIT.expected;
}

/** What each database has with its usual settings, and what its modules say of themselves. */
export function matrixOf({ databases, workloads, checkers, nemeses }: Registry): Matrix {
  return {
    databases: mapped(databases, (database) => ({
      workloads: had([...workloads.values()], (workload) => whereOf(database, workload.name, workload)),
      faults: had([...nemeses.values()], ({ needs }) => whereOf(database, needs)),
    })),
    workloads: mapped(workloads, ({ summary, checkers: own }) => ({ summary, checkers: own.map(({ name }) => name) })),
    checkers: mapped(checkers, ({ summary, judges }) => ({ summary, judges })),
    faults: mapped(nemeses, ({ summary, needs = null }) => ({ summary, needs })),
  };
}

/** Where a database has a workload or an ability; without a name, where it can be run at all. */
function whereOf(database: AnyDatabase, name: string | undefined, workload?: AnyWorkload): Where {
  const names: readonly string[] = [...database.workloads, ...database.abilities];
  const settings = usual(database);
  // What it lacks may be up to settings that a plan must give: with the right ones it has it.
  const complete = (database.settings.required ?? []).every((key: string) => key in settings);
  const remedies: string[] = [];
  const has = (simulated: boolean) => {
    if ((simulated ? database.model : database.deploy) === undefined) return false;
    if (name === undefined) return true;
    if (!names.includes(name)) return false;
    const remedy = complete ? database.lacks?.(settings, around(simulated, workload))[name] : undefined;
    if (remedy !== undefined && !remedies.includes(remedy)) remedies.push(remedy);
    return remedy === undefined;
  };
  return { sim: has(true), real: has(false), ...(remedies.length > 0 && { remedy: remedies.join('; ') }) };
}

function around(simulated: boolean, workload: AnyWorkload | undefined) {
  if (workload === undefined) return { nodes: NODES, simulated };
  const settings = usual(workload);
  const operations = workload.uses?.(settings) ?? Object.keys(workload.ops);
  return { nodes: NODES, simulated, workload: { name: workload.name, settings, operations } };
}

/** The settings where a plan gives none. */
function usual({ settings }: AnyDatabase | AnyWorkload): object {
  return Value.Default(settings, {}) as object;
}

function mapped<M, T>(modules: ReadonlyMap<string, M>, of: (module: M) => T): Record<string, T> {
  return Object.fromEntries([...modules].map(([name, module]) => [name, of(module)]));
}

function had<M extends { readonly name: string }>(modules: readonly M[], of: (module: M) => Where) {
  const all = modules.map((module) => [module.name, of(module)] as const);
  return Object.fromEntries(all.filter(([, { sim, real, remedy }]) => sim || real || remedy !== undefined));
}

/** The matrix for a person, within 100 columns as long as names are no longer than ours. */
export function render({ databases, workloads, checkers, faults }: Matrix): string {
  const names = Object.keys(databases);
  const first = Math.max(...Object.keys({ ...workloads, ...checkers, ...faults }).map((name) => name.length)) + 2;
  const row = (name: string, cells: readonly string[]) =>
    `  ${[name.padEnd(first), ...cells.map((cell, at) => cell.padEnd(names[at]!.length + 2))].join('').trimEnd()}`;
  const table = (title: string, of: 'workloads' | 'faults', rows: readonly string[]) => [
    title,
    row('', names),
    ...rows.map((name) =>
      row(
        name,
        names.map((database) => cellOf(databases[database]![of][name])),
      ),
    ),
    '',
  ];
  const defaults = (checker: string) =>
    Object.keys(workloads).filter((name) => workloads[name]!.checkers.includes(checker));
  return [
    ...table(
      'Workloads by database: sim (simulated), real (on nodes: lab, ssh), both',
      'workloads',
      Object.keys(workloads),
    ),
    ...table('Faults by database', 'faults', Object.keys(faults)),
    ...remediesOf(databases),
    'Checkers, and the workloads that they judge (*: where the plan names no checker)',
    ...Object.entries(checkers).flatMap(([name, { judges }]) => {
      const own = defaults(name);
      const others = judges === 'any' ? ['any'] : judges.filter((workload) => !own.includes(workload));
      const judged = [...own.map((workload) => `${workload}*`), ...others];
      return wrapped(`  ${name.padEnd(first)}`, judged.join(', '), first + 2);
    }),
    '',
    'plan-run modules NAME tells all about one of them; so it does of plan, inventory, sim, lab and ssh.',
    '',
  ].join('\n');
}

function remediesOf(databases: Matrix['databases']): string[] {
  const found = Object.entries(databases).flatMap(([database, { workloads, faults }]) =>
    Object.entries({ ...workloads, ...faults }).flatMap(([name, { remedy }]) =>
      remedy === undefined ? [] : wrapped(`  ${name} of ${database}: `, remedy, 4),
    ),
  );
  return found.length === 0 ? [] : ['What is missing with the usual settings', ...found, ''];
}

function cellOf(where: Where | undefined): string {
  if (where === undefined || !(where.sim || where.real)) return '-';
  if (where.sim && where.real) return 'both';
  return where.sim ? 'sim' : 'real';
}
