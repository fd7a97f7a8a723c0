import { spawn } from 'node:child_process';
import { lstatSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorCode, type ErrorFields, PlanRunError } from '../../base/errors.ts';
import { formatMs } from '../../base/units.ts';
import type { NodeStatus, Operator, OperatorContext } from '../../contract/index.ts';
import { refuseIfIncomplete } from './enter.ts';
import type { LabOperator } from './operator.ts';

/*
 * A lab that stands without a run. A process of its own, inside the lab's namespaces, keeps it (`keep.ts`); whoever wants
 * something of it asks over a socket in a folder that only this user can enter. What is asked and answered is a line of JSON each.
 */

/** What is asked: a method of the operator's. */
export interface Request {
  readonly method: Method;
  readonly args: readonly unknown[];
}

/** What is answered: any number of `say`, then one of the others. */
export type Answer =
  | { readonly say: string }
  | { readonly result: unknown }
  | { readonly error: { readonly code: ErrorCode; readonly message: string; readonly fields: ErrorFields } };

export type Method = (typeof METHODS)[number];
export const METHODS = [
  ...(['setup', 'status', 'reboot', 'shutdown', 'disturb', 'heal', 'netStatus'] as const),
  ...(['places', 'names'] as const),
] as const;

/** Of a lab whose nodes nobody has named. */
const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];

/** How long a lab stands that nobody ends. */
const FOR_MS = 3_600_000;
const START_TIMEOUT_MS = 30_000;

/** The operator of the lab that stands; where none does, one that can only set it up. @throws PlanRunError */
export async function operateLab(context: OperatorContext): Promise<Operator> {
  const path = socketPath();
  const ask = <T>(method: Method, ...args: unknown[]) => call<T>(path, { method, args }, context);
  const names = await ask<string[]>('names').catch((error: unknown) => {
    if (error instanceof NothingStands) return undefined;
    throw error;
  });

  const strange = context.nodes.find((name) => names !== undefined && !names.includes(name));
  if (strange !== undefined) {
    throw new PlanRunError('unavailable', `The lab that stands has no ${strange}: its nodes are ${names?.join(', ')}`, {
      hint: 'end it first: plan-run nodes shutdown',
    });
  }

  async function tellHow(nodes: readonly string[]): Promise<void> {
    const ways = await waysIn(ask);
    for (const name of nodes) context.say(`${name}: enter it with  ${ways.get(name) ?? 'sh'}`);
  }

  return {
    nodes: context.nodes.length > 0 ? context.nodes : (names ?? NODES),
    async setup(nodes, given) {
      const forMs = given ?? FOR_MS;
      if (names !== undefined) {
        if (given !== undefined) {
          throw new PlanRunError('usage', 'There is a lab already, and --for is for one that is made now', {
            hint: 'leave it out, or end that one first: plan-run nodes shutdown',
          });
        }
        await ask('setup', nodes);
      } else {
        await startLab(path, nodes, forMs, context.signal);
        context.say(
          `a lab of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'} stands, for ${formatMs(forMs)}; plan-run nodes shutdown ends it`,
        );
      }
      await tellHow(nodes);
    },
    async status(nodes) {
      const found = await ask<NodeStatus[]>('status', nodes);
      const ways = await waysIn(ask);
      return found.map((one) => {
        const way = ways.get(one.node);
        return way === undefined ? one : { ...one, lines: [...one.lines, `enter it with  ${way}`] };
      });
    },
    async reboot(nodes) {
      await ask('reboot', nodes);
      await tellHow(nodes);
    },
    shutdown: (nodes) => ask('shutdown', nodes),
    disturb: (fault) => ask('disturb', fault),
    heal: (force) => ask('heal', force),
    netStatus: () => ask('netStatus'),
    close: async () => {},
  };
}

/** Where the lab listens, in a folder that is this user's alone. @throws PlanRunError where somebody else has it. */
export function socketPath(): string {
  const folder = join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `plan-run-${process.getuid?.()}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  if (uid !== process.getuid?.() || (mode & 0o170077) !== 0o040000) {
    throw new PlanRunError('unavailable', `${folder} is no folder that only you can enter`, {
      hint: `remove it, or name another place: XDG_RUNTIME_DIR`,
    });
  }
  return join(folder, 'lab.sock');
}

class NothingStands extends PlanRunError {
  constructor() {
    super('unavailable', 'There is no lab', {
      hint: 'plan-run nodes setup --env lab starts one; for machines of your own: --inventory FILE',
    });
  }
}

/** Asks the lab. @throws PlanRunError its own, or `NothingStands`. */
function call<T>(path: string, request: Request, { say, signal }: Pick<OperatorContext, 'say' | 'signal'>): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(path);
    const interrupt = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', interrupt);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const none = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      reject(none ? new NothingStands() : new PlanRunError('unavailable', `Cannot ask the lab: ${error.message}`));
    });
    socket.once('close', () => {
      signal.removeEventListener('abort', interrupt);
      reject(new PlanRunError('unavailable', 'The lab has ended', { hint: 'plan-run nodes setup --env lab' }));
    });
    linesOf(socket, (line) => {
      const answer: Answer = JSON.parse(line);
      if ('say' in answer) return say(answer.say);
      if ('error' in answer) {
        const { code, message, fields } = answer.error;
        reject(new PlanRunError(code, message, fields));
      } else resolve(answer.result as T);
      socket.end();
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

/** Hands on line by line what comes over a socket; what goes wrong with the socket is told by the socket. */
export function linesOf(socket: Socket, receive: (line: string) => void): void {
  createInterface(socket)
    .on('line', receive)
    .on('error', () => {});
}

/** Starts the lab's keeper in the background, and waits until it answers. @throws PlanRunError with what it has said. */
async function startLab(path: string, nodes: readonly string[], forMs: number, signal: AbortSignal): Promise<void> {
  refuseIfIncomplete();
  const logPath = path.replace(/sock$/, 'log');
  const log = openSync(logPath, 'w', 0o600);
  const argv = [process.argv[1] ?? '', 'nodes', 'keep', path, String(forMs), ...nodes];
  const keeper = spawn(process.execPath, [...process.execArgv, ...argv], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log],
  });
  let ended = false;
  for (const event of ['exit', 'error'] as const) keeper.once(event, () => (ended = true));
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const names = await call<string[]>(path, { method: 'names', args: [] }, { say() {}, signal }).catch(
      () => undefined,
    );
    if (names !== undefined) {
      if (names.join() === nodes.join()) break;
      keeper.kill('SIGKILL');
      throw new PlanRunError('unavailable', `Somebody else has just started a lab: ${names.join(', ')}`, {
        hint: 'plan-run nodes status',
      });
    }
    if (ended || signal.aborted || performance.now() > deadline) {
      keeper.kill('SIGKILL');
      if (signal.aborted) throw signal.reason;
      const said = readFileSync(logPath, 'utf8').trim();
      const why = ended ? 'did not start' : `does not answer after ${START_TIMEOUT_MS / 1000} s`;
      throw new PlanRunError('unavailable', `The lab ${why}`, { stderr: said, hint: 'plan-run doctor' });
    }
    await delay(20);
  }
  keeper.unref();
}

/** For each place that is on, the command that enters it from outside. */
async function waysIn(ask: <T>(method: Method) => Promise<T>): Promise<Map<string, string>> {
  const { pidNamespace, pids } = await ask<ReturnType<LabOperator['places']>>('places');
  const outside = pidsIn(pidNamespace);
  // An ordinary user owns the namespaces by way of a user namespace, which comes first.
  const user = process.getuid?.() === 0 ? '' : ' --user --preserve-credentials';
  const ways = Object.entries(pids).map(([name, pid]) => {
    const names = name === 'clients' ? '--net --mount' : '--net --mount --uts';
    return [name, `nsenter --target ${outside.get(pid)}${user} ${names} --pid sh`] as const;
  });
  return new Map(ways);
}

/** Pids here of the processes in a PID namespace, by their pids in there (proc(5), NSpid). */
function pidsIn(pidNamespace: string): Map<number, number> {
  const found = new Map<number, number>();
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/pid`) !== pidNamespace) continue;
      const inside = /^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      found.set(Number(inside), Number(pid));
    } catch {
      // Another user's, or gone.
    }
  }
  return found;
}
