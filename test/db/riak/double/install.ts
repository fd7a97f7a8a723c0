/** Installs the double as a package would install Riak: programs, and directories that they have written into them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

export interface Installed {
  /** With its programs first. */
  readonly PATH: string;
  /** Settings that say where its directories are. */
  readonly settings: { platform_etc_dir: string; platform_data_dir: string; platform_log_dir: string };
  remove(): void;
}

export async function installDouble(version: string): Promise<Installed> {
  const dir = mkdtempSync(join(tmpdir(), 'plan-run-riak-double-'));
  chmodSync(dir, 0o755);
  const [etc, data, log, bin] = ['etc', 'data', 'log', 'bin'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const path of [etc, data, log, bin]) mkdirSync(path);
  const outfile = join(dir, 'riak.mjs');
  await build({
    entryPoints: ['test/db/riak/double/program.ts'],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
  });
  const variables = { DOUBLE_ETC: etc, DOUBLE_DATA: data, DOUBLE_LOG: log, DOUBLE_VERSION: version };
  const words = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  for (const program of ['riak', 'riak-admin'])
    writeFileSync(
      join(bin, program),
      `#!/bin/sh\nexport ${words.join(' ')}\nexec '${process.execPath}' '${outfile}' ${program} "$@"\n`,
      { mode: 0o755 },
    );
  return {
    PATH: `${bin}:${process.env.PATH}`,
    settings: { platform_etc_dir: etc, platform_data_dir: data, platform_log_dir: log },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
