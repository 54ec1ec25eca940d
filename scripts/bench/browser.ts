/** A sign-in with a browser: the whole process of a renewal without a window, in Chromium and in Firefox. */
import {
  type BrowserMachine,
  browserMachine,
  missingFor,
  type TestBrowser,
} from '../../test/support/browser-machine.ts';
import { median, type Row } from './measure.ts';

const ROUNDS = 7;

/** The limits of a whole process, in milliseconds. */
const LIMITS: Readonly<Record<TestBrowser, number>> = { chromium: 1_000, firefox: 1_500 };

/** No rows where there is no browser to measure; in continuous integration that is a failure. */
export async function measureBrowser(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const browser of ['chromium', 'firefox'] as const) {
    const missing = missingFor(browser);
    if (missing.length > 0) {
      const needs = `the figure of ${browser} needs: apt-get install ${missing.join(' ')}`;
      if (process.env['CI'] !== undefined) throw new Error(needs);
      console.log(needs);
      continue;
    }
    const closing: (() => Promise<void>)[] = [];
    const machine = await browserMachine({ browser, onClose: (close) => closing.push(close) });
    try {
      await signIn(machine);
      machine.user = 'absent';
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const start = performance.now();
        const told = await signIn(machine);
        times.push(performance.now() - start);
        if (told.includes('browser window')) throw new Error(`the renewal in ${browser} was not silent`);
      }
      rows.push({
        name: `renewal in ${browser} without a window, whole process`,
        measured: median(times),
        limit: LIMITS[browser],
        unit: 'ms',
      });
    } finally {
      for (const close of closing) await close();
    }
  }
  return rows;
}

async function signIn(machine: BrowserMachine): Promise<string> {
  const run = machine.run();
  if ((await run.ended) !== 0) throw new Error(`the sign-in failed: ${run.stderr()}`);
  return run.stderr();
}
