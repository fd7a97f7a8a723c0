import { spawnSync } from 'node:child_process';
import { chmodSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GOOD, planFolder } from './folder.ts';
import { PROGRAM, planRun } from './program.ts';

const UNTIDY = GOOD.replace('{ writes: 2000 }', '{writes:   2000}   # many');
const TIDY = GOOD.replace('{ writes: 2000 }', '{ writes: 2000 } # many');

let folder: ReturnType<typeof planFolder>;
beforeEach(() => {
  folder = planFolder();
  folder.write('untidy.yaml', UNTIDY);
});
afterEach(() => folder.remove());
const fmt = (...args: string[]) => planRun(['fmt', ...args], { cwd: folder.path });
const read = (name: string) => readFileSync(join(folder.path, name), 'utf8');

describe('plan-run fmt', () => {
  it('lays files out, names those that change, and is content the second time', () => {
    expect(fmt('good.yaml', 'untidy.yaml')).toEqual({ status: 0, stdout: 'untidy.yaml\n', stderr: '' });
    expect([read('good.yaml'), read('untidy.yaml')]).toEqual([GOOD, TIDY]);
    expect(fmt('*.yaml')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('--check names them, writes nothing, and exits with 1', () => {
    expect(fmt('*.yaml', '--check')).toEqual({ status: 1, stdout: 'untidy.yaml\n', stderr: '' });
    expect(read('untidy.yaml')).toBe(UNTIDY);
    fmt('untidy.yaml');
    expect(fmt('*.yaml', '--check')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('shows why a file cannot be read, leaves it alone, and lays the others out', () => {
    folder.write('broken.yaml', 'plan: 1\ndatabase: { redis: {}\n');
    folder.write('other.yaml', 'services:   {}\n');
    const { status, stdout, stderr } = fmt('broken.yaml', 'none.yaml', 'other.yaml', 'untidy.yaml');
    expect([status, stdout]).toEqual([65, 'untidy.yaml\n']);
    expect(stderr).toMatch(/^broken\.yaml:2:11: error: a \[ or \{ is not closed.* \[yaml-syntax\]\n.*\n.*\n.*\^/m);
    expect(stderr).toContain('none.yaml:1:1: error: there is no such file');
    expect(stderr).toContain('other.yaml:1:1: error: this is not a plan: its keys are services');
    expect(read('other.yaml')).toBe('services:   {}\n');
  });

  it('lays out a plan that would be refused: what it says is not its affair', () => {
    folder.write('bad.yaml', 'plan: 1\ndatabase:   {redes: {}}\n');
    expect(fmt('bad.yaml').status).toBe(0);
    expect(read('bad.yaml')).toBe('plan: 1\ndatabase: { redes: {} }\n');
  });

  it('keeps the mode, and leaves nothing beside', () => {
    chmodSync(join(folder.path, 'untidy.yaml'), 0o640);
    fmt('untidy.yaml');
    expect(statSync(join(folder.path, 'untidy.yaml')).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder.path).sort()).toEqual(['bad.yaml', 'good.yaml', 'untidy.yaml', 'warned.yaml']);
  });

  it('writes what a link leads to, and keeps the link', () => {
    mkdirSync(join(folder.path, 'there'));
    folder.write('there/real.yaml', UNTIDY);
    symlinkSync('there/real.yaml', join(folder.path, 'link.yaml'));
    expect(fmt('link.yaml').stdout).toBe('link.yaml\n');
    expect(lstatSync(join(folder.path, 'link.yaml')).isSymbolicLink()).toBe(true);
    expect(read('there/real.yaml')).toBe(TIDY);
  });

  it('replaces a file at once: whoever has the old one open keeps it whole', () => {
    linkSync(join(folder.path, 'untidy.yaml'), join(folder.path, 'before'));
    fmt('untidy.yaml');
    expect([read('before'), read('untidy.yaml')]).toEqual([UNTIDY, TIDY]);
  });

  it('says where it cannot write', () => {
    const piped = 'cat untidy.yaml | "$0" "$1" fmt /dev/stdin';
    const { status, stdout, stderr } = spawnSync('sh', ['-c', piped, process.execPath, PROGRAM], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([69, '']);
    expect(stderr).toContain('/dev/stdin cannot be written: ');
  });

  it('escapes names', () => {
    folder.write('a\u001b[31mb.yaml', UNTIDY);
    expect(fmt('a\u001b[31mb.yaml').stdout).toBe('a\ufffd[31mb.yaml\n');
  });
});
