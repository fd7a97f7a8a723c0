import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/contract/index.ts';
import { daemonState, pidPath } from '../../../src/env/shell/daemon.ts';
import { makeShellNode } from '../../../src/env/shell/node.ts';
import { localShell, temporaryDir } from './local-shell.ts';

function makeNode(): Promise<Node> {
  const shells = { work: localShell(), control: localShell(), upload: copyFile };
  return makeShellNode({ name: 'n1', address: '127.0.0.1', dir: temporaryDir(), ...shells });
}

/** Polls until `probe` gives true; says what it waited for when it never does. */
async function until(what: string, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await probe())) if (Date.now() > deadline) throw new Error(`waited 5 s until ${what}`);
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

describe('exec', () => {
  it('passes arguments and input as they are', async () => {
    const node = await makeNode();
    const words = ["it's", '$(id)', 'a  b', 'two\nlines', '-n', ''];
    const shown = await node.exec(['printf', '<%s>', ...words]);
    expect(shown.stdout).toBe(words.map((word) => `<${word}>`).join(''));
    expect((await node.exec(['cat'], { input: "no newline, 'quotes' and $(id)" })).stdout).toBe(
      "no newline, 'quotes' and $(id)",
    );
  });

  it('throws for an exit code with node, command, exit code and stderr', async () => {
    const node = await makeNode();
    await expect(node.exec(['ls', '/no/such/place'])).rejects.toMatchObject({
      code: 'command-failed',
      message: expect.stringMatching(/^"ls \/no\/such\/place" on n1 ended with exit code 2: ls: cannot access/),
      fields: { node: 'n1', command: 'ls /no/such/place', exitCode: 2, timedOut: false },
    });
    await expect(node.exec(['no-such-program'])).rejects.toMatchObject({ fields: { exitCode: 127 } });
  });

  it('gives the exit code where any is accepted', async () => {
    const node = await makeNode();
    const result = await node.exec(['sh', '-c', 'echo no >&2; exit 9'], { allowFailure: true });
    expect(result).toEqual({ stdout: '', stderr: 'no\n', exitCode: 9, timedOut: false });
  });

  it('kills what takes too long, with all it has started, and goes on', async () => {
    const node = await makeNode();
    const pids = `${node.dir}/pids`;
    const slow = node.exec(['sh', '-c', `sleep 60 & echo $! $$ >${pids}; wait`], { timeoutMs: 200 });
    await expect(slow).rejects.toMatchObject({ code: 'timeout', fields: { timedOut: true } });
    for (const pid of readFileSync(pids, 'utf8').trim().split(' ')) {
      await until(`${pid} is dead`, async () => {
        const { stdout } = await node.exec(['cat', `/proc/${pid}/stat`], { allowFailure: true });
        return stdout === '' || stdout.includes(') Z');
      });
    }
    expect((await node.exec(['echo', 'on'])).stdout).toBe('on\n');
    expect(await node.exec(['sleep', '60'], { timeoutMs: 50, allowFailure: true })).toMatchObject({ timedOut: true });
  });
});

describe('files', () => {
  it('are written byte for byte, with their directories', async () => {
    const node = await makeNode();
    const path = `${node.dir}/new dir/it's $(a) -file`;
    for (const text of ['', 'no newline', "a\n\n'b' \\ %s $(id)\n", 'é€😀\n'.repeat(50_000)]) {
      await node.write(path, text);
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(await node.read(path)).toBe(text);
    }
  });

  it('that cannot be read or written are errors that name them', async () => {
    const node = await makeNode();
    await expect(node.read(`${node.dir}/none`)).rejects.toMatchObject({ message: expect.stringContaining('none') });
    await expect(node.write('/proc/none/x', '')).rejects.toMatchObject({ code: 'command-failed' });
    expect((await node.exec(['echo', 'on'])).stdout).toBe('on\n');
  });
});

describe('a daemon', () => {
  it('runs, is paused, goes on and dies: as the system says', async () => {
    const node = await makeNode();
    await node.spawn({ name: 'sleeper', argv: ['sleep', '60'] });
    expect(await node.state('sleeper')).toBe('running');
    await node.signal('sleeper', 'STOP');
    expect(await node.state('sleeper')).toBe('paused');
    await node.signal('sleeper', 'CONT');
    expect(await node.state('sleeper')).toBe('running');
    await node.signal('sleeper', 'KILL');
    expect(await node.state('sleeper')).toBe('dead');
    await node.signal('sleeper', 'TERM');
  });

  it('writes its output to its log, with its environment, in the node directory', async () => {
    const node = await makeNode();
    const script = 'echo "$WORDS $PWD"; echo err >&2';
    await node.spawn({ name: 'once', argv: ['sh', '-c', script], env: { WORDS: "it's $(here)" } });
    await until('it has ended', async () => (await node.state('once')) === 'dead');
    expect(await node.read(node.logPath('once'))).toBe(`it's $(here) ${node.dir}\nerr\n`);
  });

  it('outlives the shell, and dies with what it has started', async () => {
    const dir = temporaryDir();
    const shell = () => ({ name: 'n1', address: '', dir, work: localShell(), control: localShell(), upload: copyFile });
    const options = shell();
    const first = await makeShellNode(options);
    await first.spawn({ name: 'parent', argv: ['sh', '-c', `sleep 60 & echo $! >${dir}/child; wait`] });
    await until(
      'it has a child',
      async () => (await first.exec(['cat', `${dir}/child`], { allowFailure: true })).stdout !== '',
    );
    options.control.close();
    await options.control.ended;
    const second = await makeShellNode(shell());
    expect(await second.state('parent')).toBe('running');
    await second.signal('parent', 'KILL');
    const child = (await second.read(`${dir}/child`)).trim();
    await until('its child is dead', async () => {
      const { stdout } = await second.exec(['cat', `/proc/${child}/stat`], { allowFailure: true });
      return stdout === '' || stdout.includes(') Z');
    });
  });

  it('is paused, goes on and dies with children that lead groups of their own', async () => {
    const node = await makeNode();
    const child = 'setsid sh -c "setsid sleep 60 & echo \\$\\$ \\$! >>pids; wait"';
    await node.spawn({ name: 'parent', argv: ['sh', '-c', `${child} & ${child} & wait`] });
    const pids = () => readFileSync(`${node.dir}/pids`, 'utf8').trim().split(/\s+/);
    await until('all are there', async () => existsSync(`${node.dir}/pids`) && pids().length === 4);
    const states = () => pids().map((pid) => /\) (.)/.exec(statOf(pid))?.[1] ?? 'gone');
    await node.signal('parent', 'STOP');
    expect(states()).toEqual(['T', 'T', 'T', 'T']);
    expect(await node.state('parent')).toBe('paused');
    process.kill(Number(pids()[1]), 'SIGCONT');
    expect(await node.state('parent')).toBe('running');
    await node.signal('parent', 'STOP');
    await node.signal('parent', 'CONT');
    expect(states().some((state) => ['T', 'Z', 'gone'].includes(state))).toBe(false);
    await node.signal('parent', 'STOP');
    await node.signal('parent', 'KILL');
    // Where nobody buries orphans they stay as zombies.
    expect(states().every((state) => ['gone', 'Z'].includes(state))).toBe(true);
    expect(await node.state('parent')).toBe('dead');
  });

  it('that starts children all the time is paused whenever it is asked', async () => {
    const node = await makeNode();
    await node.spawn({ name: 'busy', argv: ['sh', '-c', 'while :; do sleep 0.001; done'] });
    for (let turn = 0; turn < 150; turn++) {
      await node.signal('busy', 'STOP');
      expect(await node.state('busy')).toBe('paused');
      await node.signal('busy', 'CONT');
    }
    await node.signal('busy', 'KILL');
  });

  it('of which only children are left is dead, and so is one that waits to be buried', () => {
    expect(['', 'Z ', 'Z T ', 'T T Z ', 'T S ', 'S ', 'D '].map(daemonState)).toEqual([
      ...['dead', 'dead', 'dead', 'paused', 'running', 'running', 'running'],
    ]);
  });

  it('is not mistaken for a process that has its pid now', async () => {
    const node = await makeNode();
    await node.spawn({ name: 'sleeper', argv: ['sleep', '60'] });
    const path = pidPath(node.dir, 'sleeper');
    const [pid, started] = readFileSync(path, 'utf8').trim().split(' ');
    writeFileSync(path, `${pid} ${Number(started) - 1}\n`);
    expect(await node.state('sleeper')).toBe('dead');
    await node.signal('sleeper', 'KILL');
    writeFileSync(path, `${pid} ${started}\n`);
    expect(await node.state('sleeper')).toBe('running');
    await node.signal('sleeper', 'KILL');
  });

  it('that is not installed, or was never started, is told apart', async () => {
    const node = await makeNode();
    await expect(node.spawn({ name: 'ghost', argv: ['no-such-program'] })).rejects.toMatchObject({
      message: expect.stringContaining('no-such-program: not found'),
      fields: { node: 'n1' },
    });
    expect(await node.state('ghost')).toBe('dead');
    await node.signal('ghost', 'KILL');
  });

  it('is looked for from the node’s directory, as it runs there', async () => {
    const node = await makeNode();
    await node.exec(['cp', '/bin/sleep', `${node.dir}/own`]);
    await node.spawn({ name: 'sleeper', argv: ['./own', '60'] });
    expect(await node.state('sleeper')).toBe('running');
    await node.signal('sleeper', 'KILL');
  });

  it('can be signalled while a command runs', async () => {
    const node = await makeNode();
    await node.spawn({ name: 'sleeper', argv: ['sleep', '60'] });
    let ended = false;
    const busy = node.exec(['sleep', '60'], { timeoutMs: 1_000, allowFailure: true }).then(() => {
      ended = true;
    });
    await node.signal('sleeper', 'KILL');
    expect(ended).toBe(false);
    await busy;
  });
});
