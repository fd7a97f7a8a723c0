/**
 * Builds dist/: the command line as one bundle with a chunk per command (module resolution would cost more than
 * the start-up budget), the threads of a sweep and of a checker, the API for modules written outside the package, and the type declarations.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: {
    'plan-run': 'src/cli/main.ts',
    'sweep-worker': 'src/cli/sweep/worker.ts',
    'linearizable-worker': 'src/checker/linearizable/worker.ts',
    api: 'src/contract/index.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  // Drivers and the logger stay packages: they load when a run uses them.
  external: ['ioredis', 'mongodb', 'mongodb-memory-server-core', 'node-ssh', 'pg', 'pino', 'ssh2'],
  define: { PLAN_RUN_VERSION: JSON.stringify(version) },
  // CommonJS packages in the bundle may ask for Node's own modules.
  banner: { js: "import{createRequire as $r}from'node:module';const require=$r(import.meta.url);" },
  logLevel: 'warning',
});
chmodSync('dist/plan-run.js', 0o755);
// By its own file: on Windows `npx` is no program that can be executed.
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--project', 'src/tsconfig.json'], {
  stdio: 'inherit',
});
