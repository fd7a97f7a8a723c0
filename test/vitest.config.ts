import { defineConfig } from 'vitest/config';

/** Each in a lab of its own, and with deadlines that a busy machine keeps. */
const LAB_DATABASES = ['etcd', 'mongodb', 'postgres', 'riak', 'riak-deploy', 'service'].map(
  (name) => `test/lab/${name}.test.ts`,
);

/** What takes many turns: sweeps, and definitions and planted bugs tried by the ten thousand, models under many settings. */
const SWEEPS = [
  ...['test/seeds/**/*.test.ts', 'test/oracle/register.test.ts', 'test/planted/**/*.test.ts'],
  ...['relations', 'convergence', 'contents', 'fuzz'].map((name) => `test/db/**/model/${name}.test.ts`),
  ...['test/checker/**/oracle.test.ts', 'test/checker/oracle/**/*.test.ts', 'test/checker/metamorphic.test.ts'],
];

export default defineConfig({
  test: {
    projects: [
      // No test waits; but those that simulate, or try many inputs, take their time on a busy machine. Files share what is
      // loaded, which makes them a quarter faster: one that changes the environment gives it back (vi.stubEnv).
      {
        test: {
          name: 'unit',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**', 'test/machines/**', 'test/ssh/**', ...SWEEPS],
          testTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      // Sweeps take all cores by themselves: one after another.
      {
        test: {
          name: 'seeds',
          include: SWEEPS,
          fileParallelism: false,
          testTimeout: 600_000,
        },
      },
      // Lab tests start real servers in namespaces: one file after another, so that timings are not each other's noise.
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          exclude: LAB_DATABASES,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      // These mostly wait, for plans that last as long as they say: two at a time.
      {
        test: {
          name: 'lab-databases',
          include: LAB_DATABASES,
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      // Machines with sshd, some with kernels of their own, which are slow: one file after another.
      {
        test: {
          name: 'machines',
          include: ['test/machines/**/*.test.ts', 'test/ssh/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
