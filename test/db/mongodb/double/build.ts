/** Makes the double a program of its own: one file that can be executed, in a folder of its own. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

/** @returns its path: `.../mongod`. */
export function buildDouble(): string {
  const outfile = join(mkdtempSync(join(tmpdir(), 'plan-run-double-')), 'mongod');
  buildSync({
    entryPoints: [resolve('test/db/mongodb/double/mongod.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    // Without an extension a file is CommonJS to Node.
    format: 'cjs',
    banner: { js: `#!${process.execPath}` },
    logLevel: 'warning',
  });
  chmodSync(outfile, 0o755);
  return outfile;
}
