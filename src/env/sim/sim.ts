import { writeFileSync } from 'node:fs';
import { assert } from '../../base/assert.ts';
import { PlanRunError } from '../../base/errors.ts';
import { makeRng, type Rng } from '../../base/rng.ts';
import { durationMs } from '../../base/units.ts';
import type { Cluster, Deployment, Environment, EnvironmentContext, Model, Seat } from '../../contract/index.ts';
import { ClientHost } from './client-host.ts';
import { Kernel } from './kernel.ts';
import { Links } from './links.ts';
import { Machine, type MachineClock, type World } from './machine.ts';
import type { SimSettings } from './settings.ts';
import { spreadOf } from './spread.ts';

/** Opens the simulator: machines, a network between them, and virtual time. The seed decides everything in it. */
export function openSim(context: EnvironmentContext): Environment {
  const { nodes, trace } = context;
  const settings = context.settings as SimSettings;
  const rng = makeRng(context.seed).fork('sim');
  const kernel = new Kernel();
  const links = new Links(kernel, nodes, settings, rng);
  const machines = new Map<string, Machine>();
  const world: World = {
    kernel,
    links,
    trace,
    speed: { write: spreadOf(settings.disk_write), fsync: spreadOf(settings.disk_fsync) },
    machine(node) {
      const machine = machines.get(node);
      assert(machine !== undefined, `"${node}" is a simulated machine`);
      return machine;
    },
  };
  for (const node of nodes) {
    const stream = rng.fork(`machine ${node}`);
    machines.set(node, new Machine(world, node, drawClock(settings, stream.fork('clock')), stream));
  }
  const seat = (client: number): Seat => ({ client, home: nodes[client % nodes.length] as string });

  return {
    name: 'sim',
    clock: kernel.clock,
    failure: kernel.failure,
    network: links,
    provision: async () => {},
    async deploy({ database, settings, workload, workloadSettings }: Deployment) {
      if (database.model === undefined) {
        throw new PlanRunError('unavailable', `${database.name} has no simulation`, { step: 'deploy' });
      }
      const model = await kernel.hold(database.model({ nodes, settings, workload, workloadSettings }));
      for (const machine of machines.values()) machine.start(model.programs);
      return clusterOf(model, world, context, rng);
    },
    seat,
    async fetch(node, path, target) {
      const text = world.machine(node).texts.get(path)?.join('\n') ?? '';
      writeFileSync(target, text === '' ? '' : `${text}\n`);
    },
    async close() {
      kernel.powerOff();
    },
  };
}

function clusterOf(model: Model, world: World, context: EnvironmentContext, rng: Rng): Cluster {
  const { kill } = context.settings as SimSettings;
  const processesOf = (node: string) => [...world.machine(node).processes.values()];
  const connections = new Map<number, number>();
  return {
    ready: async () => model.ready(),
    primaries: async () => model.primaries(),
    start: async (node) => world.machine(node).start(model.programs),
    stop: async (node) => world.machine(node).kill(),
    kill: async (node) => (kill === 'machine' ? world.machine(node).crash() : world.machine(node).kill()),
    async pause(node) {
      for (const process of processesOf(node)) process.pause();
    },
    async resume(node) {
      for (const process of processesOf(node)) process.resume();
    },
    async processes(node) {
      const states = new Set(processesOf(node).map((process) => process.state));
      const [only] = states;
      return states.size > 1 ? 'mixed' : (only ?? 'dead');
    },
    logs: (node) => [...world.machine(node).texts.keys()],
    connect(seat) {
      const count = connections.get(seat.client) ?? 0;
      connections.set(seat.client, count + 1);
      return model.connect(new ClientHost(world, seat, rng.fork(`client ${seat.client} ${count}`)));
    },
  };
}

function drawClock({ clock_offset, clock_drift_ppm }: SimSettings, rng: Rng): MachineClock {
  const offsetMs = Math.floor(durationMs(clock_offset));
  return { offsetMs: rng.int(-offsetMs, offsetMs), driftPpm: rng.int(-clock_drift_ppm, clock_drift_ppm) };
}
