/** What an edit of a config file with 10,000 profiles costs, against reading the file and splitting it into lines. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { editIni } from '../../src/aws/ini-editor.ts';

const PROFILES = 10_000;
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
    writeFileSync(path, Array.from({ length: PROFILES }, (_, index) => profile(index)).join(''));
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

/** A profile as aws-google-auth writes it, with what people add: a comment and a nested block. */
function profile(index: number): string {
  return `# the account of team ${String(index)}
[profile team-${String(index)}.dev]
region = us-east-1
google_config.ask_role = False
google_config.keyring = False
google_config.duration = 3600
google_config.google_idp_id = C01
google_config.role_arn = arn:aws:iam::111222333444:role/saml-init
google_config.google_sp_id = 000111
google_config.u2f_disabled = False
google_config.google_username = me@example.com
google_config.bg_response = None
s3 =
    max_concurrent_requests = 20

`;
}

function timed(work: () => number): number {
  const start = performance.now();
  if (work() === 0) throw new Error('nothing was measured');
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
