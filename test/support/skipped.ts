/** A reporter that prints why each skipped test was skipped. A test that is skipped without a reason fails the run. */
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import './needs.ts';

export function skippedReporter(): Reporter {
  let vitest: Vitest;
  return {
    onInit(started) {
      vitest = started;
    },
    onTestRunEnd(modules) {
      // With -t or .only, most tests are left out on purpose.
      if (vitest.config.testNamePattern !== undefined) return;
      const byReason = new Map<string, string[]>();
      for (const test of modules.flatMap(skippedTests)) {
        const reason = reasonOf(test) ?? '';
        byReason.set(reason, [
          ...(byReason.get(reason) ?? []),
          `${test.module.relativeModuleId} > ${test.fullName}`,
        ]);
      }
      for (const [reason, names] of [...byReason].toSorted()) {
        vitest.logger.log(`\nSkipped: ${reason === '' ? 'NO REASON GIVEN' : reason}`);
        for (const name of names) vitest.logger.log(`  ${name}`);
      }
      if (byReason.has('')) process.exitCode = 1;
    },
  };
}

function skippedTests(module: TestModule): readonly TestCase[] {
  return [...module.children.allTests('skipped')];
}

/** What the test itself says when it runs, or what it or a group around it needs. */
function reasonOf(test: TestCase): string | undefined {
  const result = test.result();
  if (result.state === 'skipped' && result.note !== undefined) return result.note;
  for (let task: TestCase | TestCase['parent'] = test; task.type !== 'module'; task = task.parent) {
    const { reason } = task.meta();
    if (reason !== undefined) return reason;
  }
  return undefined;
}
