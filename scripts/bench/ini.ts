/** What an edit of a config file with 10,000 profiles costs, against reading the file and splitting it into lines. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { editIni } from '../../src/aws/ini-editor.ts';
import { manyProfiles, PROFILES } from './profiles.ts';

const ROUNDS = 41;

export interface IniFigures {
  /** Reading the file and splitting it into lines, in milliseconds. */
  readonly splitMs: number;
  /** Reading the file and making one text of it with a profile changed, in milliseconds. */
  readonly editMs: number;
  readonly ratio: number;
}

/** Medians of alternating runs; the profiles that are edited lie at the start, in the middle and at the end, and one is new. */
export function measureIni(): IniFigures {
  const folder = mkdtempSync(join(tmpdir(), 'gauth-bench-'));
  try {
    const path = join(folder, 'config');
    writeFileSync(path, manyProfiles('config'));
    const targets = [0, PROFILES / 2, PROFILES - 1, PROFILES];
    const split: number[] = [];
    const edits: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const target = targets[round % targets.length] ?? 0;
      split.push(timed(() => readFileSync(path, 'utf8').split('\n').length));
      edits.push(timed(() => changed(path, target).length));
    }
    const splitMs = median(split);
    const editMs = median(edits);
    return { splitMs, editMs, ratio: editMs / splitMs };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function changed(path: string, target: number): string {
  const set = [
    ['region', 'eu-central-1'],
    ['google_config.duration', '7200'],
    ['google_config.account', '111222333444'],
  ] as const;
  return editIni(readFileSync(path, 'utf8'), [{ section: `profile team-${String(target)}.dev`, set }], path);
}

function timed(work: () => number): number {
  const start = performance.now();
  if (work() === 0) throw new Error('nothing was measured');
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
