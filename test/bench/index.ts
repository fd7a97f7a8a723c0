/**
 * The project's figures, as ratios and percentiles of one run; each line says what its goal is. `npm run bench`
 * measures all, `npm run bench -- throughput startup` only these.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { silentLogger } from '../../src/base/logger.ts';
import { loadInventory } from '../../src/cli/inventory.ts';
import type { AnyEnvironment, Inventory } from '../../src/contract/index.ts';
import { lab } from '../../src/env/lab/index.ts';
import { ssh as machinesBySsh } from '../../src/env/ssh/index.ts';
import { startMachines } from '../machines/machines.ts';
import { simulatedPlans } from '../simulated-plans.ts';
import { measureExecutor } from './executor.ts';
import { inHistory, type Measured, measurePairs, measureSet } from './history.ts';
import { type Decided, decide, measureEtcdLogs, measureRegister } from './linearizable.ts';
import { measurePartition, type PartitionTimes } from './partition.ts';
import { withChangedPlans } from './review.ts';
import { measurePlans, measureRun, measureSweep } from './simulator.ts';
import { measureStartup } from './startup.ts';
import { measureThroughput } from './throughput.ts';

const BENCHES: Record<string, () => Promise<void>> = {
  throughput,
  executor,
  lateness,
  partition,
  ssh,
  startup,
  simulator,
  review,
  history,
  linearizable,
};

async function throughput(): Promise<void> {
  const pairs = await measureThroughput(50, 100_000, 15);
  const ratios = pairs.map(({ runner, bare }) => runner / bare);
  row('throughput, 50 clients, runner / bare ioredis loop', spread(ratios), '>= 0.85');
  row('  the runner', `${whole(median(pairs.map(({ runner }) => runner)))} ops/s`);
}

async function executor(): Promise<void> {
  for (const clients of [10, 1000]) {
    const { opsPerS, memoryMb, journalMb } = await measureExecutor(clients, 2_000_000, null);
    row(`executor alone, ${clients} clients that answer at once`, `${whole(opsPerS)} ops/s`, '>= 100,000');
    const [early, end] = memoryMb.map(Math.round);
    row('  memory at a tenth of it and at its end', `${early} MB, ${end} MB (journal ${whole(journalMb)} MB)`, 'flat');
  }
}

async function lateness(): Promise<void> {
  const { lateP99Ms } = await measureExecutor(50, 20_000, 2000);
  row('lateness at 2,000 ops/s, p99', `${lateP99Ms.toFixed(2)} ms`, '< 5 ms');
}

/** The lab must be entered: this program is run again inside it, and prints what it measured. */
async function partition(): Promise<void> {
  const script = process.argv[1] as string;
  tellPartition('', JSON.parse(execFileSync(process.execPath, [script, 'in-lab'], { encoding: 'utf8' })), '< 10 ms');
}

/** The same over SSH, to machines that are namespaces of this one with an sshd each (test/machines): needs root. */
async function ssh(): Promise<void> {
  const machines = await startMachines('namespaces', { count: 5 });
  try {
    const { stdout, stderr, code } = await machines.run([
      process.execPath,
      process.argv[1] as string,
      'in-ssh',
      machines.inventory,
    ]);
    if (code !== 0) throw new Error(stderr);
    tellPartition('over SSH, ', JSON.parse(stdout), '<= 25 ms');
  } finally {
    await machines.stop();
  }
}

function tellPartition(how: string, { cutMs, restoreMs }: PartitionTimes, goal: string): void {
  for (const [what, ms] of [['partition', cutMs] as const, ['heal', restoreMs] as const]) {
    row(`${how}${what} of five nodes, from due until the last has it, p50`, `${quantile(ms, 0.5).toFixed(1)} ms`, goal);
    row('  p99', `${quantile(ms, 0.99).toFixed(1)} ms`);
  }
}

async function inLab(): Promise<number> {
  const code = await lab.relaunch?.(process.argv.slice(1));
  return code ?? inside(lab);
}

async function inside(module: AnyEnvironment, inventory?: Inventory): Promise<number> {
  const environment = await module.open({
    nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
    settings: {},
    run: 'bench',
    seed: 1,
    log: silentLogger,
    inventory,
  });
  await environment.provision();
  const times = await measurePartition(environment, 100);
  await environment.close();
  process.stdout.write(JSON.stringify(times));
  return 0;
}

async function startup(): Promise<void> {
  const of = (argv: readonly string[], turns = 25) =>
    measureStartup(argv, turns).map(({ command, node }) => command / node);
  row('validate, cold start / node -e 0', spread(of(['validate', 'plans/redis-sentinel.yaml'])), '<= 2.5');
  const plans = readdirSync('plans').map((name) => ({ name, ratio: median(of(['validate', `plans/${name}`], 9)) }));
  const slowest = plans.reduce((one, other) => (other.ratio > one.ratio ? other : one));
  row(`  of ${plans.length} plans the slowest, p50 (${slowest.name})`, slowest.ratio.toFixed(2), '<= 2.5');
  row('--help, cold start / node -e 0', spread(of(['--help'])), '<= 2');
}

/** What a simulation costs: `majority` writes to 5 nodes, 80 s of virtual time, a partition in between. */
async function simulator(): Promise<void> {
  const runs = Array.from({ length: 7 }, () => measureRun());
  row(
    'plans/mongo-majority.yaml, cold start, p50',
    `${median(runs.map(({ seconds }) => seconds)).toFixed(2)} s`,
    '<= 1.5 s',
  );
  row('  its memory', `${whole(Math.max(...runs.map(({ megabytes }) => megabytes)))} MB`, '<= 250 MB');
  const strict = Array.from({ length: 7 }, () => measurePlans('plans/riak-pr-pw.yaml'));
  row(
    'plans/riak-pr-pw.yaml, cold start, p50',
    `${median(strict.map(({ seconds }) => seconds)).toFixed(2)} s`,
    '<= 2 s',
  );
  const all = Array.from({ length: 3 }, () => measurePlans(...simulatedPlans().map((plan) => `plans/${plan}.yaml`)));
  row('all plans, one after another, p50', `${median(all.map(({ seconds }) => seconds)).toFixed(1)} s`, '<= 20 s');
  const swept = measureSweep(100);
  row(
    'a sweep of 100 seeds of plans/mongo-majority.yaml',
    `${swept.seconds.toFixed(1)} s, ${whole(swept.megabytes)} MB`,
    '<= 60 s',
  );
  const start = median(
    Array.from({ length: 5 }, () => measureRun('--set', 'workload.set.writes=1', '--set', 'faults=[]').seconds),
  );
  for (const writes of [1_000, 10_000, 100_000]) {
    const { seconds, megabytes } = measureRun(
      '--set',
      `workload.set.writes=${writes}`,
      '--set',
      'workload.rate=1000/s',
      '--set',
      'faults=[]',
    );
    row(
      `  ${whole(writes)} writes, without the start`,
      `${(((seconds - start) / writes) * 1e6).toFixed(0)} µs a write, ${whole(megabytes)} MB`,
      'linear',
    );
  }
  for (const nodes of [3, 5, 9, 17, 25]) {
    const { seconds } = measureRun('--set', `nodes=${nodes}`, '--set', 'faults=[]');
    row(
      `  ${nodes} nodes, without the start`,
      `${(((seconds - start) / nodes) * 1000).toFixed(0)} ms a node`,
      'linear',
    );
  }
}

/** Plans in a branch: what a pull request waits for. */
async function review(): Promise<void> {
  withChangedPlans(30, (measure) => {
    const tell = (what: string, seconds: readonly number[], goal: string) =>
      row(`review of 30 changed plans${what}, p50`, `${median(seconds).toFixed(2)} s`, goal);
    tell(', the working tree', measure([], 9), '<= 2 s');
    tell(' by their ref', measure(['--head', 'topic'], 9), '<= 2 s');
    tell(', 50 seeds each', measure(['--head', 'topic', '--rehearse', '--time', '24h'], 1), '<= 60 s');
  });
}

/** Histories as they come from the disk, in a process of their own. */
async function history(): Promise<void> {
  const tell = (what: string, measured: readonly Measured[], goal: string) => {
    const seconds = median(measured.map((one) => one.seconds)).toFixed(2);
    row(what, `${seconds} s, ${whole(Math.max(...measured.map((one) => one.megabytes)))} MB`, goal);
  };
  tell('1M operations of JSON Lines, read and paired, p50', measurePairs(1_000_000, 5), '<= 3 s, <= 600 MB');
  tell('a set of 10M adds and its final read, read and judged, p50', measureSet(10_000_000, 5), '<= 6 s, <= 1,000 MB');
}

/** With CORPUS=PATH/manifest.json the etcd logs of that corpus, too; SEED=N makes other histories. */
async function linearizable(): Promise<void> {
  const seed = Number(process.env.SEED ?? 1);
  const told = (what: string, { valid, checkMs, parseMs, megabytes }: Decided, goal: string, expected: boolean) => {
    const verdict = valid === expected ? '' : `, but ${valid}: WRONG`;
    const cost = `${(checkMs / 1000).toFixed(3)} s, ${whole(megabytes)} MB (read in ${(parseMs / 1000).toFixed(2)} s)${verdict}`;
    row(what, cost, goal);
  };
  const { CORPUS } = process.env;
  if (CORPUS !== undefined) {
    const decided = measureEtcdLogs(CORPUS, JSON.parse(readFileSync(CORPUS, 'utf8')));
    told(`${decided.count} etcd logs, check`, decided, '<= 0.4 s', false);
  }
  for (const [clients, ops, goal] of [
    [10, 10_000, '<= 0.1 s'],
    [20, 10_000, '<= 0.3 s, <= 150 MB'],
    [40, 1000, '<= 0.5 s'],
    [40, 10_000, '<= 5 s, <= 300 MB'],
    [20, 100_000, '<= 3 s, <= 500 MB'],
  ] as const) {
    told(`register, ${clients} clients, ${whole(ops)} ops`, measureRegister({ clients, ops, seed }), goal, true);
  }
  for (const [clients, ops, crashed, goal] of [
    [10, 10_000, 0, '<= 0.3 s'],
    [20, 1000, 0, '<= 0.5 s'],
    [10, 1000, 10, '<= 1 s'],
  ] as const) {
    const load = { clients, ops, seed, crashed };
    const name = `register, ${clients} clients, ${whole(ops)} ops${crashed > 0 ? `, ${crashed} crashed` : ''}`;
    const valid = measureRegister(load);
    told(name, valid, '', true);
    for (const [spoilt, words] of [
      ['unwritten', 'a value that nobody wrote'],
      ['elsewhen', 'a value of another time'],
    ] as const) {
      const invalid = measureRegister(load, spoilt);
      told(`  and a read of ${words}`, invalid, goal, false);
      row('    as many times as long as the valid one', (invalid.checkMs / valid.checkMs).toFixed(2), '<= 2');
    }
  }
  for (const crashed of [50, 200]) {
    const load = { clients: 10, ops: 1000, seed, crashed };
    told(`register, 10 clients, 1,000 ops, ${crashed} crashed`, measureRegister(load), '', true);
    told('  and a read of a value that nobody wrote', measureRegister(load, 'unwritten'), '', false);
  }
  const distinct = { clients: 40, ops: 100_000, seed, distinct: true };
  told('register, distinct values, 40 clients, 100,000 ops', measureRegister(distinct), '<= 1 s', true);
  for (const clients of [10, 20]) {
    for (const ops of [1000, 10_000, 100_000, 1_000_000]) {
      const { checkMs, megabytes } = measureRegister({ clients, ops, seed });
      const cost = `${((checkMs / ops) * 1000).toFixed(1)} µs an op, ${whole(megabytes)} MB`;
      row(`  ${clients} clients, ${whole(ops)} ops`, cost, 'linear');
    }
  }
}

function row(what: string, measured: string, goal?: string): void {
  process.stdout.write(`| ${what} | ${measured} | ${goal ?? ''} |\n`);
}

function quantile(values: readonly number[], q: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(q * values.length) - 1] as number;
}

const median = (values: readonly number[]) => quantile(values, 0.5);
const whole = (value: number) => Math.round(value).toLocaleString('en');
const spread = (ratios: readonly number[]) =>
  `${median(ratios).toFixed(2)} (${quantile(ratios, 0.1).toFixed(2)} to ${quantile(ratios, 0.9).toFixed(2)})`;

const wanted = process.argv.slice(2);
if (wanted[0] === 'in-lab') process.exitCode = await inLab();
else if (wanted[0] === 'in-history') await inHistory(wanted.slice(1));
else if (wanted[0] === 'in-linearizable') process.stdout.write(JSON.stringify(decide(JSON.parse(wanted[1] as string))));
else if (wanted[0] === 'in-ssh') process.exitCode = await inside(machinesBySsh, loadInventory(wanted[1] as string));
else {
  process.stdout.write('| figure | measured | goal |\n|---|---|---|\n');
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (wanted.length === 0 || wanted.includes(name)) await bench();
  }
}
