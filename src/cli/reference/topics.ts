/**
 * What there is to say of the plan, the inventory and each module: `plan-run modules NAME` prints it, and `schemas/reference.md` is made
 * of it.
 */
import { ABILITIES, type AnyModule, type Registry } from '../../contract/index.ts';
import { inventoryRows, planRows, type Row, settingsRows } from '../../plan/index.ts';
import { type Matrix, matrixOf, type Where } from '../modules.ts';
import { exampleFor, exampleText } from './example.ts';

export type TopicKind = 'plan' | 'inventory' | AnyModule['kind'];

export interface Topic {
  readonly kind: TopicKind;
  readonly name: string;
  readonly summary: string;
  /** What it goes with and what it can do, each by a word or two. */
  readonly facts: Readonly<Record<string, string>>;
  /** Where its keys stand. */
  readonly place: string;
  readonly keys: readonly Row[];
  /** YAML, a line each; empty where no plan can use it. */
  readonly example: readonly string[];
}

/** All of them, in the order of a plan. Each is made when it is asked for. */
export function topicsOf(registry: Registry): { kind: TopicKind; name: string; topic: () => Topic }[] {
  const matrix = matrixOf(registry);
  const { environments, databases, workloads, nemeses, checkers } = registry;
  const modules = [environments, databases, workloads, nemeses, checkers].flatMap((kind): AnyModule[] => [
    ...kind.values(),
  ]);
  return [
    { kind: 'plan', name: 'plan', topic: () => planTopic(registry) },
    { kind: 'inventory', name: 'inventory', topic: inventoryTopic },
    ...modules.map((module) => {
      return { kind: module.kind, name: module.name, topic: () => moduleTopic(module, registry, matrix) };
    }),
  ];
}

const PLACES: Readonly<Record<AnyModule['kind'], string>> = {
  environment: '`environment`',
  database: '`database`',
  workload: '`workload`',
  nemesis: 'an item of `faults`',
  checker: '`checker`',
};

function moduleTopic(module: AnyModule, registry: Registry, matrix: Matrix): Topic {
  const { kind, name, summary, settings } = module;
  const example = exampleFor(module, registry);
  return {
    kind,
    name,
    summary,
    facts: { ...deprecation(settings), ...factsOf(module, registry, matrix) },
    place: `under \`${name}\` in ${PLACES[kind]}`,
    keys: settingsRows(settings, name),
    example: example === undefined ? [] : exampleText(example),
  };
}

function deprecation({ deprecated }: { readonly deprecated?: unknown }): Record<string, string> {
  if (deprecated === undefined || deprecated === false) return {};
  return { deprecated: typeof deprecated === 'string' ? deprecated : 'it will be taken away' };
}

function factsOf(module: AnyModule, registry: Registry, { databases, workloads }: Matrix): Record<string, string> {
  const { kind, name } = module;
  if (kind === 'environment') {
    const nodes = module.simulated ? 'simulated, by the models of databases' : 'real, with the servers of databases';
    return { nodes: module.inventoried ? `${nodes}, on the machines of an inventory` : nodes };
  }
  if (kind === 'database') {
    const own = databases[name];
    return {
      runs: runsWhere(module.model !== undefined, module.deploy !== undefined),
      workloads: wheres(own?.workloads ?? {}),
      faults: wheres(own?.faults ?? {}),
      ...(module.abilities.length > 0 && { has: module.abilities.map((ability) => ABILITIES[ability]).join('; ') }),
      ...(module.requires.length > 0 && {
        'needs on real nodes': module.requires.map((one) => `${one.program} (Debian: ${one.package})`).join(', '),
      }),
    };
  }
  if (kind === 'workload') {
    const at = Object.entries(databases).map(([database, has]): [string, Where | undefined] => [
      database,
      has.workloads[name],
    ]);
    return {
      operations: Object.entries(module.ops)
        .map(([op, shape]) => `${op} (${shape})`)
        .join('; '),
      databases: wheres(Object.fromEntries(at)),
      'judged by default by': module.checkers.map((use) => use.name).join(', '),
    };
  }
  if (kind === 'nemesis') {
    const at = Object.entries(databases).map(([database, has]): [string, Where | undefined] => [
      database,
      has.faults[name],
    ]);
    return {
      ...(module.needs !== undefined && { needs: `${ABILITIES[module.needs]} (the database)` }),
      ...(module.lasting && { lasts: 'until everything is healed; it takes no `for`' }),
      databases: wheres(Object.fromEntries(at)),
    };
  }
  const own = Object.keys(workloads).filter((workload) => workloads[workload]?.checkers.includes(name));
  return {
    judges: module.judges === 'any' ? 'histories of any workload' : `histories of ${judged(module.judges, registry)}`,
    ...(own.length > 0 && { 'the default of': own.join(', ') }),
  };
}

/** Jepsen's histories have workloads that no plan has. */
function judged(names: readonly string[], { workloads }: Registry): string {
  const foreign = names.every((name) => !workloads.has(name));
  return `${names.join(', ')}${foreign ? ' (recorded elsewhere: `plan-run check`)' : ''}`;
}

function runsWhere(sim: boolean, real: boolean): string {
  if (sim && real) return 'simulated (sim) and on real nodes (lab, ssh)';
  return sim ? 'simulated (sim) only' : 'on real nodes (lab, ssh) only';
}

/** Names, and behind those that cannot be had everywhere, where they can, or what is missing. */
function wheres(all: Readonly<Record<string, Where | undefined>>): string {
  const words = Object.entries(all).flatMap(([name, where]) => {
    if (where === undefined) return [];
    const { sim, real, remedy } = where;
    if (!sim && !real) return [`${name} (${remedy})`];
    return [sim && real ? name : `${name} (${sim ? 'simulated' : 'real'} only)`];
  });
  return words.length === 0 ? 'none' : words.join(', ');
}

function planTopic(registry: Registry): Topic {
  return {
    kind: 'plan',
    name: 'plan',
    summary: 'A plan names nodes, a database, a workload, a schedule of faults and the checkers.',
    facts: {
      'a block':
        'is made of common keys and one key that names a module (of `checker`, one or more); its value is that module’s settings',
      'see also': '`plan-run modules` lists the modules',
    },
    place: 'in a plan',
    keys: planRows(registry),
    example: [
      'plan: 1',
      'nodes: 5',
      'database:',
      '  redis: {}',
      'workload:',
      '  clients: 5',
      '  rate: 100/s',
      '  set: { writes: 2000 }',
      'faults:',
      '  - at: 3s',
      '    for: 15s',
      '    partition: [[n1, n2], [n3, n4, n5]]',
      'checker:',
      '  set: { lost: 0 }',
    ],
  };
}

function inventoryTopic(): Topic {
  return {
    kind: 'inventory',
    name: 'inventory',
    summary: 'An inventory says which machines the nodes of a plan are, and how to log in to them.',
    facts: {
      'the login': 'from `user` on, what stands at the top is for all hosts; each host may override it',
      secrets: 'are `${env:NAME}` as a whole',
    },
    place: 'in an inventory (`*`: the name of a node)',
    keys: inventoryRows(),
    example: [
      'inventory: 1',
      'allow_faults: true',
      'user: admin',
      'sudo: true',
      'hosts:',
      '  n1: 192.0.2.1',
      '  n2: { host: db2.example.org, port: 2222 }',
    ],
  };
}
