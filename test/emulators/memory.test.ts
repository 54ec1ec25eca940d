/** The port in memory: it calls the emulators, fails for strangers, and gives up when told to. */
import { describe, expect, it } from 'vitest';
import { inMemory } from './memory.ts';
import { answer } from './respond.ts';

const http = inMemory({
  'a.test': () => answer(200, 'text/plain', 'a'),
  'silent.test': () => new Promise(() => undefined),
});
const get = (url: string, signal = new AbortController().signal) =>
  http({ method: 'GET', url: new URL(url), headers: {} }, signal);

describe('inMemory', () => {
  it('fails with the name of a host that no emulator serves, and of one asked without TLS', async () => {
    await expect(get('https://b.test/x')).rejects.toThrow('https://b.test');
    await expect(get('http://a.test/x')).rejects.toThrow('http://a.test');
    expect((await get('https://a.test/')).status).toBe(200);
  });

  it('gives up when the signal fires, before and during the wait', async () => {
    const stop = new AbortController();
    const waiting = get('https://silent.test/', stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(get('https://a.test/', stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
