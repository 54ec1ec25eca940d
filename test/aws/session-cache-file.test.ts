/** Reading cached sessions: valid and damaged ones. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  isFresh,
  CACHE_VERSION,
  type CachedSession,
  type SessionCacheFile,
  sessionOfProfile,
  accountIdOf,
  credentialProcessJson,
  parseSessionCache,
} from '../../src/aws/session-cache-file.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const HOUR = 3600;

function session(secondsLeft: number, durationSeconds = 12 * HOUR): CachedSession {
  return {
    Version: 1,
    AccessKeyId: 'ASIA000000000EXAMPLE',
    SecretAccessKey: 'secret',
    SessionToken: 'token',
    Expiration: new Date(NOW + secondsLeft * 1000).toISOString(),
    RoleArn: 'arn:aws:iam::111222333444:role/saml-init',
    DurationSeconds: durationSeconds,
  };
}

function kept(more: Partial<SessionCacheFile> = {}): SessionCacheFile {
  return {
    version: CACHE_VERSION,
    profile: 'x',
    plain: { stamp: 'stamp', wish: 'wish' },
    sessions: { wish: session(HOUR) },
    ...more,
  };
}

const WITHOUT_PLAIN: SessionCacheFile = {
  version: CACHE_VERSION,
  profile: 'x',
  sessions: { wish: session(HOUR) },
};

describe('a cached session is valid', () => {
  test.each([
    ['while more than the time asked for is left', 901, 12 * HOUR, 900, true],
    ['not when just that is left', 900, 12 * HOUR, 900, false],
    ['until half of it is gone where it was made for less than twice that', 451, 900, 900, true],
    ['not after its half', 450, 900, 900, false],
    ['to its last second where nothing is asked for', 1, HOUR, 0, true],
    ['not when it has run out', 0, HOUR, 0, false],
    ['not long after it has run out', -HOUR, HOUR, 0, false],
  ])('%s', (_case, left, duration, minTtl, good) => {
    expect(isFresh(NOW + left * 1000, duration, minTtl, NOW)).toBe(good);
  });
});

describe("the launcher's session", () => {
  it("is the one of the profile's own settings", () => {
    const other = session(HOUR);
    expect(sessionOfProfile(kept({ sessions: { other, wish: session(2 * HOUR) } }), 'stamp', NOW)).toEqual(
      session(2 * HOUR),
    );
  });

  it.each([
    ['the config file has changed', kept(), 'another stamp'],
    ['nothing says what profile asks for', WITHOUT_PLAIN, 'stamp'],
    ['another session is asked for', kept({ sessions: { other: session(HOUR) } }), 'stamp'],
    [
      'the name of a property of all objects is asked for',
      kept({ plain: { stamp: 'stamp', wish: 'toString' } }),
      'stamp',
    ],
    ['it runs out soon', kept({ sessions: { wish: session(900) } }), 'stamp'],
  ])('is none when %s', (_case, file, stamp) => {
    expect(sessionOfProfile(file, stamp, NOW)).toBeUndefined();
  });
});

describe('a file of cached sessions', () => {
  it('is read as it was written', () => {
    expect(parseSessionCache(JSON.stringify(kept()), 'x')).toEqual(kept());
  });

  it.each([
    ['no JSON', '{"version":1,'],
    ['empty', ''],
    ['null', 'null'],
    ['of another version', JSON.stringify({ ...kept(), version: 2 })],
    ["another profile's", JSON.stringify({ ...kept(), profile: 'X' })],
    ['without sessions', JSON.stringify({ ...kept(), sessions: undefined })],
    [
      'with a session that lacks a key',
      JSON.stringify(kept({ sessions: { wish: { ...session(1), SessionToken: undefined } as never } })),
    ],
    [
      'with a time that is none',
      JSON.stringify(kept({ sessions: { wish: { ...session(1), Expiration: 'soon' } } })),
    ],
  ])('is ignored if it is %s', (_case, text) => {
    expect(parseSessionCache(text, 'x')).toBeUndefined();
  });

  it('is read without an exception, whatever it contains', () => {
    const text = JSON.stringify(kept());
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(20), fc.string(), (start, length, put) => {
        const read = parseSessionCache(text.slice(0, start) + put + text.slice(start + length), 'x');
        if (read) sessionOfProfile(read, 'stamp', NOW);
      }),
    );
  });
});

it("is printed as AWS's credential_process defines, on one line, without keys of gauth", () => {
  const text = credentialProcessJson(session(HOUR));
  expect(text).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(text)).toEqual({
    Version: 1,
    AccessKeyId: 'ASIA000000000EXAMPLE',
    SecretAccessKey: 'secret',
    SessionToken: 'token',
    Expiration: '2026-11-23T13:00:00.000Z',
    AccountId: '111222333444',
  });
});

it.each([
  ['arn:aws:iam::111222333444:role/path/x', '111222333444'],
  ['arn:aws-us-gov:iam:us-gov-west-1:111222333444:role/x', '111222333444'],
  ['arn:aws:iam::11222333444:role/x', undefined],
  ['role/x', undefined],
])('the account of %s is %s', (arn, account) => {
  expect(accountIdOf({ roleArn: arn })).toBe(account);
  const assumedRoleArn = 'arn:aws:sts::555666777888:assumed-role/dev/me@example.com';
  expect(accountIdOf({ roleArn: arn, assumedRoleArn })).toBe('555666777888');
});
