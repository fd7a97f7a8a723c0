import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openShell } from '../../../src/env/shell/shell.ts';
import { localShell } from './local-shell.ts';

describe('a shell', () => {
  it('gives exit code, stdout and stderr apart', async () => {
    const result = await localShell().run('echo out; echo err >&2; (exit 7)');
    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 7 });
  });

  it('gives output as it is, with or without a newline at its end', async () => {
    const shell = localShell();
    expect((await shell.run("printf 'no newline'")).stdout).toBe('no newline');
    expect((await shell.run("printf 'a\\n\\n'")).stdout).toBe('a\n\n');
    expect((await shell.run("printf 'a\\000b'")).stdout).toBe('a\0b');
    expect((await shell.run(':')).stdout).toBe('');
  });

  it('runs one script at a time, in the order they were asked for', async () => {
    const shell = localShell();
    const results = await Promise.all([1, 2, 3, 4, 5].map((n) => shell.run(`at=\${at}${n}; echo $at`)));
    expect(results.map(({ stdout }) => stdout)).toEqual(['1\n', '12\n', '123\n', '1234\n', '12345\n']);
  });

  it('gives large outputs whole, also when both come at once', async () => {
    const script = 'i=0; while [ $i -lt 20000 ]; do echo "line $i"; echo "error $i" >&2; i=$((i+1)); done';
    const { stdout, stderr } = await localShell().run(script);
    expect(stdout.split('\n')).toHaveLength(20_001);
    expect(stderr.split('\n')).toHaveLength(20_001);
    expect(stdout.endsWith('line 19999\n')).toBe(true);
  });

  it('keeps its own input from the commands', async () => {
    const shell = localShell();
    expect(await shell.run('cat')).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    expect((await shell.run('echo still here')).stdout).toBe('still here\n');
  });

  it('breaks when there is no answer in time, and says so at once from then on', async () => {
    const shell = localShell();
    const slow = shell.run('sleep 0.3', 50);
    const next = shell.run('echo never');
    await expect(slow).rejects.toMatchObject({ code: 'timeout', fields: { node: 'here', timedOut: true } });
    await expect(next).rejects.toMatchObject({ code: 'timeout' });
    await expect(shell.run('echo never')).rejects.toMatchObject({ code: 'timeout' });
  });

  it('tells when it is gone, with its last words', async () => {
    const shell = localShell();
    await expect(shell.run('echo "out of luck" >&2; exit 3')).rejects.toMatchObject({
      code: 'command-failed',
      message: 'the shell of here is gone',
      fields: { stderr: 'out of luck' },
    });
  });

  it('finds a marker that comes in pieces, and is not fooled by what looks like one', async () => {
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
    const answer = openShell('pieces', streams).run('anything');
    const sent = String(streams.stdin.read());
    const marker = /printf '(\S+) %d/.exec(sent)?.[1] ?? '';
    expect(marker.length).toBeGreaterThan(30);
    for (const byte of `${marker.slice(0, 20)} almost ${marker.slice(0, -1)} 0\ntext${marker} 12\n`) {
      streams.stdout.write(byte);
    }
    streams.stderr.write(`oops${marker} \n`);
    expect(await answer).toEqual({
      stdout: `${marker.slice(0, 20)} almost ${marker.slice(0, -1)} 0\ntext`,
      stderr: 'oops',
      exitCode: 12,
    });
  });
});
