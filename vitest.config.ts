// How the tests run: one process per file (pseudo-terminals and environment variables stay apart), no network but loopback.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { skippedReporter } from './test/support/skipped.ts';

/** Where continuous integration wants the results as JSON besides. */
const report = process.env['GAUTH_TEST_REPORT'];

const isCi = process.env['CI'] !== undefined;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Many tests wait for processes of their own, so that even two processors have time for two files at once. Continuous
    // integration takes its time instead: there the real browser and 50 AWS CLIs run besides.
    maxWorkers: isCi ? 1 : Math.max(2, availableParallelism() - 1),
    testTimeout: isCi ? 120_000 : 30_000,
    hookTimeout: 60_000,
    globalSetup: ['test/global-setup.ts'],
    reporters: [
      'default',
      skippedReporter(),
      ...(report === undefined ? [] : [['json', { outputFile: report }] satisfies [string, object]]),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
});
