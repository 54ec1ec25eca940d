/** Credentials that are renewed while they are served. */
import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/aws/session.ts';
import { Secret } from '../../src/secret.ts';
import { createCredentialSource, type CredentialSource } from '../../src/session/credential-source.ts';

const START = Date.parse('2026-11-27T10:00:00Z');

interface TestSource {
  readonly source: CredentialSource;
  /** Lets the time pass, in seconds. */
  readonly pass: (seconds: number) => void;
  readonly renewals: () => number;
  readonly failures: unknown[];
  /** Lets all renewals fail, or not. */
  readonly fail: (error: Error | undefined) => void;
}

function sourceOf({ seconds = 3600, initial = true } = {}): TestSource {
  let now = START;
  let count = 0;
  let error: Error | undefined;
  const failures: unknown[] = [];
  const session = (): Session => ({
    accessKeyId: `ASIA${String(count)}`,
    secretAccessKey: new Secret('x'),
    sessionToken: new Secret('y'),
    expiration: new Date(now + seconds * 1000),
    roleArn: 'arn:aws:iam::111222333444:role/x',
    durationSeconds: seconds,
  });
  const source = createCredentialSource(initial ? session() : undefined, {
    clock: { now: () => new Date(now) },
    minTtl: 900,
    renew: async () => {
      count += 1;
      await new Promise((resolve) => setImmediate(resolve));
      if (error !== undefined) throw error;
      return session();
    },
    onFailure: (reason) => failures.push(reason),
  });
  return {
    source,
    pass: (passed) => {
      now += passed * 1000;
    },
    renewals: () => count,
    failures,
    fail: (reason) => {
      error = reason;
    },
  };
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}

async function keyOf({ source }: TestSource): Promise<string> {
  return (await source.current()).accessKeyId;
}

describe('credentials', () => {
  it('are served from memory while they are fresh', async () => {
    const test = sourceOf();
    test.pass(2600);
    expect(await keyOf(test)).toBe('ASIA0');
    expect(test.renewals()).toBe(0);
  });

  it('are renewed ahead of their end, while the old ones are served', async () => {
    const test = sourceOf();
    test.pass(2800);
    expect(await keyOf(test)).toBe('ASIA0');
    await settled();
    expect(await keyOf(test)).toBe('ASIA1');
    expect(test.renewals()).toBe(1);
  });

  it('that have expired are waited for', async () => {
    const test = sourceOf();
    test.pass(3599);
    expect(await keyOf(test)).toBe('ASIA1');
  });

  it('are requested at the first request if there are none', async () => {
    expect(await keyOf(sourceOf({ initial: false }))).toBe('ASIA1');
  });

  it('are renewed once for 200 requests', async () => {
    const test = sourceOf({ initial: false });
    const keys = await Promise.all(Array.from({ length: 200 }, async () => keyOf(test)));
    expect(new Set(keys)).toEqual(new Set(['ASIA1']));
    expect(test.renewals()).toBe(1);
  });

  it('of half a minute are renewed at half of it', async () => {
    const test = sourceOf({ seconds: 30 });
    test.pass(14);
    expect(await keyOf(test)).toBe('ASIA0');
    await settled();
    expect(test.renewals()).toBe(0);
    test.pass(2);
    await keyOf(test);
    await settled();
    expect(await keyOf(test)).toBe('ASIA1');
  });
});

describe('a renewal that fails', () => {
  it('is reported once, and the valid credentials are still served', async () => {
    const test = sourceOf();
    const error = new Error('no terminal');
    test.fail(error);
    test.pass(2800);
    for (let count = 0; count < 3; count += 1) {
      expect(await keyOf(test)).toBe('ASIA0');
      await settled();
    }
    expect(test.failures).toEqual([error]);
    expect(test.renewals()).toBe(1);
  });

  it('is tried again after a while', async () => {
    const test = sourceOf();
    test.fail(new Error('no network'));
    test.pass(2800);
    await keyOf(test);
    await settled();
    test.fail(undefined);
    test.pass(11);
    await keyOf(test);
    await settled();
    expect(await keyOf(test)).toBe('ASIA2');
  });

  it('is the answer once the credentials have expired, without another try at once', async () => {
    const test = sourceOf();
    test.fail(new Error('no terminal'));
    test.pass(3600);
    await expect(test.source.current()).rejects.toThrow('no terminal');
    await expect(test.source.current()).rejects.toThrow('no terminal');
    expect(test.renewals()).toBe(1);
  });
});
