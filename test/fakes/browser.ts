/** A browser in memory: its pages post forms to AWS, whose answer is gauth's, or the browser ends. */
import type {
  Browser,
  BrowserEnd,
  BrowserRequest,
  BrowserResult,
  BrowserVisit,
  ConsumerAnswer,
} from '../../src/ports.ts';
import { cancelled } from '../../src/errors.ts';

export interface FakeBrowserOptions {
  /** What happens once the browser is at the URL. Without it, nothing. */
  readonly onVisit?: (page: FakePage, visit: BrowserVisit) => void;
  readonly hasDisplay?: boolean;
  /** Whether a sign-in has succeeded before; default no. */
  readonly hasSession?: boolean;
  /** Whether one is installed; default yes. */
  readonly available?: boolean;
}

export interface FakePage {
  /** Sends a form; returns what the browser shows then. */
  posts(url: string, fields: Readonly<Record<string, string>>): ConsumerAnswer;
  ends(how: BrowserEnd): void;
}

export interface FakeBrowser extends Browser {
  readonly requests: BrowserRequest[];
  readonly visits: BrowserVisit[];
}

export function fakeBrowser(options: FakeBrowserOptions = {}): FakeBrowser {
  const requests: BrowserRequest[] = [];
  const visits: BrowserVisit[] = [];
  return {
    requests,
    visits,
    whyUnavailable: () => Promise.resolve((options.available ?? true) ? undefined : 'no browser was found'),
    async use(request, _signal, work) {
      requests.push(request);
      return work({
        path: '/usr/bin/chromium',
        hasDisplay: options.hasDisplay ?? true,
        hasSession: options.hasSession ?? false,
        visit: async (visit, signal) => {
          visits.push(visit);
          return visited(visit, request, options, signal);
        },
      });
    },
  };
}

async function visited(
  visit: BrowserVisit,
  request: BrowserRequest,
  options: FakeBrowserOptions,
  signal: AbortSignal,
): Promise<BrowserResult> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(cancelled());
    });
    options.onVisit?.(
      {
        posts(url, fields) {
          const body = new URLSearchParams(fields).toString();
          const answer = request.answer({ method: 'POST', url: new URL(url), body });
          if (answer.response !== undefined) resolve({ kind: 'received', response: answer.response });
          return answer;
        },
        ends(end) {
          resolve({ kind: 'ended', end });
        },
      },
      visit,
    );
  });
}
