/** Generated config files: after an edit by gauth, botocore must read everything else as before. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { editIni } from '../../src/aws/ini-editor.ts';
import { GauthError } from '../../src/errors.ts';
import { pick, type Random } from '../../test/support/mutations.ts';
import type { Audit, AuditOptions } from './audit.ts';
import { missingPeers, startPeers } from './peers.ts';

const NAMES = ['default', 'sts-temp', 'a.b', 'x', 'a b'] as const;
const KEYS = [
  'region',
  'Region',
  'output',
  'google_config.duration',
  'google_config',
  's3',
  'duration',
] as const;
const SIGNS = [' = ', '=', '    = ', ' =', ' : ', ' =\t'] as const;
const VALUES = [
  'us-east-1',
  '3600',
  '',
  'a=b',
  'x # note',
  '# mine',
  'é ; ü',
  '"q"',
  '  spaced  ',
  '[y]',
  'foo: bar',
] as const;
const INDENTS = ['', '', '', '  ', '\t', '    '] as const;
const OTHERS = ['', '   ', '# a comment', '  ; another', 'garbage', 'foo: bar', '    foo: bar'] as const;

type Parsed = {
  readonly sections: Readonly<Record<string, unknown>>;
  readonly profiles: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
} | null;

export async function auditIniFiles({ random, count }: AuditOptions): Promise<Audit> {
  const name = 'generated config files, read by botocore';
  const unit = 'files';
  const missing = missingPeers();
  if (missing !== undefined) return { name, tries: 0, unit, faults: [], notes: [], missing };
  const tries = count(20_000, 1_500);
  const folder = mkdtempSync(join(tmpdir(), 'gauth-audit-ini-'));
  const path = join(folder, 'config');
  const peers = await startPeers();
  const faults: string[] = [];
  const numbers = { edited: 0, refused: 0, unreadable: 0 };
  try {
    for (let index = 0; index < tries; index += 1) {
      const text = generate(random);
      const edited = edit(text);
      const before = (await peers.ask({ do: 'parse', path, text })) as Parsed;
      if (before === null) numbers.unreadable += 1;
      if (edited === undefined) {
        numbers.refused += 1;
        continue;
      }
      numbers.edited += 1;
      if (before === null) continue;
      const after = (await peers.ask({ do: 'parse', path, text: edited })) as Parsed;
      const problem = difference(before, after);
      if (problem !== undefined) faults.push(`file ${String(index)}: ${problem}: ${JSON.stringify(text)}`);
    }
  } finally {
    peers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const notes = [
    `${String(numbers.edited)} were edited, ${String(numbers.refused)} refused; botocore refuses ${String(numbers.unreadable)}`,
  ];
  return { name, tries, unit, faults, notes };
}

/** Sets the keys of one profile; undefined if gauth refuses the file. */
function edit(text: string): string | undefined {
  try {
    const set = [
      ['region', 'eu-west-1'],
      ['google_config.duration', '7200'],
    ] as const;
    return editIni(text, [{ section: 'profile sts-temp', set }], 'config');
  } catch (error) {
    if (error instanceof GauthError && error.code === 'FILE') return undefined;
    throw error;
  }
}

/** What botocore reads differently, apart from the edited keys. */
function difference(before: NonNullable<Parsed>, after: Parsed): string | undefined {
  if (after === null) return 'botocore refuses the edited file';
  const profile = after.profiles['sts-temp'];
  if (profile?.['region'] !== 'eu-west-1') return 'botocore does not read the new region';
  for (const [name, keys] of Object.entries(before.profiles)) {
    const now = after.profiles[name];
    if (!isDeepStrictEqual(without(name, keys), without(name, now ?? {})))
      return `botocore reads profile ${name} differently`;
  }
  return undefined;
}

function without(name: string, keys: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (name !== 'sts-temp') return keys;
  const isOther = (key: string): boolean => !/^(region|google_config(\.duration)?)$/i.test(key);
  return Object.fromEntries(Object.entries(keys).filter(([key]) => isOther(key)));
}

function generate(random: Random): string {
  const lines: string[] = [];
  const count = 1 + Math.floor(random() * 14);
  for (let index = 0; index < count; index += 1) {
    const chance = random();
    if (index === 0 || chance < 0.25) lines.push(header(random));
    else if (chance < 0.8)
      lines.push(pick(random, INDENTS) + pick(random, KEYS) + pick(random, SIGNS) + pick(random, VALUES));
    else lines.push(pick(random, OTHERS));
  }
  const end = random() < 0.2 ? '\r\n' : '\n';
  return lines.join(end) + (random() < 0.8 ? end : '');
}

function header(random: Random): string {
  const name = pick(random, NAMES);
  const prefix = pick(random, ['profile ', 'profile ', '', 'sso-session ', 'profile  ']);
  const quote = pick(random, ['', '', '"', "'"]);
  return `[${prefix}${quote}${name}${quote}]`;
}
