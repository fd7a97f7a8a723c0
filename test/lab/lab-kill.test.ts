import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { processesOf, type Script, startScript, USERS, type User, until } from './script.ts';

const LEGACY = '/proc/net/ip_tables_names';

/** What a lab could leave behind on the machine, beside its processes. */
function machine() {
  return {
    links: readdirSync('/sys/class/net').sort(),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
    shm: readdirSync('/dev/shm').filter((name) => name.startsWith('plan-run')),
    rules:
      process.getuid?.() === 0
        ? execFileSync('iptables', ['-S'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()
        : '',
    // Asking iptables-legacy would make its tables where there are none.
    legacyTables: existsSync(LEGACY) && process.getuid?.() === 0 ? readFileSync(LEGACY, 'utf8') : '',
  };
}

/** Namespaces of the script's processes that are not this test's own. */
function namespacesOf(script: Script): Set<string> {
  const own = new Set(namespacesOfPid(process.pid));
  return new Set(
    processesOf(script)
      .flatMap(namespacesOfPid)
      .filter((one) => !own.has(one)),
  );
}

function namespacesOfPid(pid: number | string): string[] {
  try {
    return ['net', 'mnt', 'pid', 'uts', 'user'].map((name) => readlinkSync(`/proc/${pid}/ns/${name}`));
  } catch {
    return [];
  }
}

/** Which of the namespaces some process on this machine is still in. */
function stillUsed(namespaces: ReadonlySet<string>): string[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap(namespacesOfPid).filter((one) => namespaces.has(one));
}

async function expectNothingLeft(script: Script, namespaces: ReadonlySet<string>, before: object): Promise<void> {
  await untilGone(script, namespaces);
  expect(machine()).toEqual(before);
}

/** A dying process loses its environment, by which it is known, a moment before it leaves its namespaces. */
async function untilGone(script: Script, namespaces: ReadonlySet<string>): Promise<void> {
  const isGone = () => processesOf(script).length === 0 && stillUsed(namespaces).length === 0;
  await until('the lab is gone', isGone, 2_000, () =>
    [...processesOf(script).map(commandOf), ...stillUsed(namespaces)].join('; '),
  );
}

const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');

/** The process inside: the one whose parent is PID 1 of the lab, and that is the script. */
function innerOf(script: Script): number {
  const inner = processesOf(script).find((pid) => pid !== script.child.pid && isNode(pid) && pidInside(pid) === 2);
  if (inner === undefined) throw new Error('the script does not run inside');
  return inner;
}

const isNode = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(process.execPath);

const pidInside = (pid: number) => Number(/^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

async function startBusy(user: User): Promise<Script> {
  const script = await startScript('busy', user);
  await until('the lab is busy', () => script.output().includes('ready'), 20_000, script.output);
  return script;
}

describe.each(USERS)('kill -9, as %s', (user) => {
  it.each(['outer', 'inner'] as const)('of the %s process leaves nothing', async (which) => {
    const before = machine();
    const script = await startBusy(user);
    const namespaces = namespacesOf(script);
    // Three nodes and the run: net, mount and UTS of each node, and net, mount and PID of the run.
    expect(namespaces.size).toBeGreaterThanOrEqual(12);
    expect(processesOf(script).length).toBeGreaterThan(10);
    process.kill(which === 'outer' ? script.child.pid! : innerOf(script), 'SIGKILL');
    await expectNothingLeft(script, namespaces, before);
  });

  it('at any moment leaves nothing', async () => {
    const before = machine();
    // From before the namespaces are made until after the servers run.
    for (let afterMs = 20; afterMs < 700; afterMs += 60) {
      const script = await startScript('busy', user);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const namespaces = namespacesOf(script);
      script.child.kill('SIGKILL');
      await expectNothingLeft(script, namespaces, before);
    }
  });

  it('of one lab leaves another alone', async () => {
    const [one, other] = [await startBusy(user), await startBusy(USERS[0])];
    const namespaces = namespacesOf(one);
    process.kill(innerOf(one), 'SIGKILL');
    await untilGone(one, namespaces);
    other.child.kill('SIGTERM');
    expect(await other.exit).toMatchObject({ code: 130 });
    expect(other.output()).toContain('closed');
  });
});
