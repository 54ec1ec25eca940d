/** The time limit of a whole run: as a function, and of the built command without any response. */
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cancelled, GauthError } from '../src/errors.ts';
import { settleWithin, withTimeLimit } from '../src/time-limit.ts';
import type { System } from '../src/ports.ts';
import { fakeSystem } from './fakes/system.ts';
import { binary } from './support/binary.ts';
import { FLAGS, organisation, USER } from './support/organisation.ts';

/** As every wait of the program ends. */
async function untilAborted({ signal }: Pick<System, 'signal'>): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(cancelled());
    });
  });
}

describe('a run with a limit', () => {
  const system = fakeSystem({ http: organisation().http, home: tmpdir() });

  it('returns the result of the work', async () => {
    expect(await withTimeLimit(60_000, system, () => Promise.resolve('done'))).toBe('done');
  });

  it('ends every wait at the limit, and says so', async () => {
    await expect(withTimeLimit(20, system, untilAborted)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'not finished within 0.02 seconds',
    });
  });

  it('also ends a wait for the keychain', async () => {
    const keychain = {
      ...system.keychain,
      get: async (_service: string, _account: string, signal = system.signal) => untilAborted({ signal }),
    };
    const work = async (limited: System): Promise<unknown> => limited.keychain.get('gauth', 'me');
    await expect(withTimeLimit(20, { ...system, keychain }, work)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('aborts what is still running when the work is done', async () => {
    let rest: Promise<unknown> = Promise.resolve();
    await withTimeLimit(60_000, system, async (limited) => {
      rest = untilAborted(limited);
      await settleWithin(20, rest);
    });
    await expect(rest).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it("distinguishes a user's Ctrl-C from the limit", async () => {
    const signal = AbortSignal.timeout(20);
    await expect(withTimeLimit(60_000, { ...system, signal }, untilAborted)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    await expect(withTimeLimit(60_000, system, () => Promise.reject(cancelled()))).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  it('passes other failures on', async () => {
    const failure = new GauthError('NETWORK', 'there is no way');
    await expect(withTimeLimit(60_000, system, () => Promise.reject(failure))).rejects.toBe(failure);
  });
});

it('the command ends at its limit if a proxy accepts connections but never answers', async () => {
  const setup = await binary();
  const signedIn = await setup.alone([...FLAGS, '-d', '900', '--no-cache'], { input: `${USER.password}\n` });
  expect(signedIn.status, signedIn.err).toBe(0);
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const env = {
    HTTPS_PROXY: `http://127.0.0.1:${String(port)}`,
    AWS_ROLE_ARN: 'arn:aws:iam::111222333444:role/other',
  };
  const ended = await setup.alone(['credential-process', '-p', 'sts-temp', '--timeout', '1'], { env });
  expect(ended).toEqual({
    status: 5,
    out: '',
    err: 'gauth: not finished within 1 second; to sign in, run: gauth -p sts-temp (TIMEOUT)\n',
  });
});
