import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { doctor } from '../../../src/env/lab/doctor.ts';
import { isInside } from '../../../src/env/lab/enter.ts';
import { lab } from '../../../src/env/lab/index.ts';
import { findProgram, installCommand, missingPrograms, PROGRAMS } from '../../../src/env/lab/programs.ts';
import { probeDatabase } from '../../conformance/probe-database.ts';
import { temporaryDir } from '../shell/local-shell.ts';

const GHOST = { program: 'no-such-program', package: 'ghost-server' };

describe('programs', () => {
  it('are found on the PATH, and where administrators have theirs', () => {
    expect(findProgram('sh')).toMatch(/\/sh$/);
    expect(findProgram('no-such-program')).toBeUndefined();
    expect(missingPrograms([{ program: 'sh', package: 'dash' }, GHOST])).toEqual([GHOST]);
  });

  it('are found in folders of their own, where their package puts them', () => {
    const dir = temporaryDir();
    for (const version of ['9', '15']) {
      mkdirSync(join(dir, version, 'bin'), { recursive: true });
      writeFileSync(join(dir, version, 'bin', `only-in-${version}`), '', { mode: 0o755 });
    }
    const folders = [`${dir}/none`, `${dir}/none/*/bin`, `${dir}/*/bin`];
    expect(findProgram('only-in-15', folders)).toBe(`${dir}/15/bin/only-in-15`);
    expect(findProgram('only-in-16', folders)).toBeUndefined();
    expect(missingPrograms([{ ...GHOST, program: 'only-in-9', folders }])).toEqual([]);
  });

  it('that are missing are named with one command for all of them', () => {
    const command = installCommand([GHOST, { ...GHOST, program: 'another' }, { program: 'x', package: 'y' }]);
    expect(command.replace('sudo ', '')).toBe('apt-get install -y ghost-server y');
  });
});

describe('the doctor', () => {
  it('lists each program of the lab and of each database, with what supplies it', async () => {
    const findings = await doctor([{ ...probeDatabase(), requires: [GHOST] }]);
    for (const { program } of PROGRAMS) expect(findings.map(({ what }) => what)).toContain(program);
    expect(findings.at(-1)).toMatchObject({
      what: 'no-such-program (probe)',
      ok: false,
      found: 'not found',
      remedy: expect.stringContaining('apt-get install -y ghost-server'),
    });
  });
});

describe('outside', () => {
  it('is not inside, and the lab does not open', async () => {
    expect(isInside()).toBe(false);
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    await expect(lab.open({ nodes: ['n1'], settings: {}, run: 'test', seed: 1, log })).rejects.toThrow(
      /namespaces|cannot run here/,
    );
  });
});
