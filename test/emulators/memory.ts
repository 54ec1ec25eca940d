/** Emulators reached without a network: an Http port that calls them in memory. */
import { cancelled } from '../../src/errors.ts';
import type { Http, HttpRequest } from '../../src/ports.ts';
import { type Hosts, handlerOf } from './respond.ts';

/** Like `Http` over these hosts; `requests` lists every request in order. A request to any other host fails the test. */
export type MemoryHttp = Http & { readonly requests: HttpRequest[] };

export function inMemory(hosts: Hosts): MemoryHttp {
  const requests: HttpRequest[] = [];
  const http: Http = async (request, signal) => {
    if (signal.aborted) throw cancelled();
    requests.push(request);
    const handle = handlerOf(hosts, request.url.host);
    if (handle === undefined || request.url.protocol !== 'https:') {
      throw new Error(`a request went to ${request.url.origin}, which no emulator serves`);
    }
    let stop = (): void => undefined;
    const aborted = new Promise<never>((_, reject) => {
      stop = () => {
        reject(cancelled());
      };
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([handle(request), aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
  return Object.assign(http, { requests });
}
