/** How long gauth takes to answer by itself, as a ratio to a bare start of the same Node. */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CACHE_VERSION, type SessionCacheFile } from '../../src/aws/session-cache-file.ts';
import { sessionCachePath, awsFilePaths, versionStamp, storeFolder } from '../../src/aws/paths.ts';
import { GAUTH, type Row, wallTimes } from './measure.ts';

const PROFILE = 'bench';

export function measureStartup(): readonly Row[] {
  const home = mkdtempSync(join(tmpdir(), 'gauth-bench-'));
  try {
    keepSession(home);
    const variables = { HOME: home, AWS_CONFIG_FILE: '', AWS_SHARED_CREDENTIALS_FILE: '' };
    const [bare = NaN, version = NaN, help = NaN, kept = NaN] = wallTimes(
      [
        ['-e', '0'],
        [GAUTH, '--version'],
        [GAUTH, '--help'],
        // Without an answer of the front's this would fail: profile is not set up for anything else.
        [GAUTH, 'credential-process', '-p', PROFILE],
      ],
      41,
      variables,
    );
    return [
      { name: 'gauth --version / node -e 0', measured: version / bare, limit: 1.25, unit: 'x' },
      { name: 'gauth --help / node -e 0', measured: help / bare, limit: 1.4, unit: 'x' },
      { name: 'a kept session / node -e 0', measured: kept / bare, limit: 1.25, unit: 'x' },
    ];
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** A profile whose session is kept for an hour, of the length that real ones have. */
function keepSession(home: string): void {
  const files = awsFilePaths({}, home);
  mkdirSync(dirname(files.config));
  writeFileSync(files.config, `[profile ${PROFILE}]\nregion = us-east-1\n`);
  const kept: SessionCacheFile = {
    version: CACHE_VERSION,
    profile: PROFILE,
    plain: { stamp: versionStamp(statSync(files.config)), wish: 'wish' },
    sessions: {
      wish: {
        Version: 1,
        AccessKeyId: 'ASIA000000000EXAMPLE',
        SecretAccessKey: 'x'.repeat(40),
        SessionToken: 'x'.repeat(1000),
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
        RoleArn: 'arn:aws:iam::111222333444:role/saml-init',
        DurationSeconds: 3600,
      },
    },
  };
  const path = sessionCachePath(storeFolder(files), PROFILE);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(kept));
}
