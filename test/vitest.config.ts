import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      // No test waits; but those that simulate, or try many inputs, take their time on a busy machine.
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**', 'test/seeds/**'],
          testTimeout: 60_000,
        },
      },
      // Sweeps take all cores by themselves: one after another.
      {
        test: {
          name: 'seeds',
          include: ['test/seeds/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
        },
      },
      // Lab tests start real servers in namespaces: one file after another, so that timings are not each other's noise.
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
