/** A browser in memory that speaks the DevTools protocol as far as a sign-in needs it; fails on any other command. */
import { GauthError } from '../../src/errors.ts';
import type { Browser, BrowserEnd, BrowserEvent, BrowserRequest, RunningBrowser } from '../../src/ports.ts';

export interface FakeBrowserOptions {
  /** What the pages do after the sign-in's address was opened. */
  readonly onVisit?: (page: FakePage, url: URL) => void;
  /** Chromium's net error for that address. */
  readonly unreachable?: string;
  /** Where redirects had led when that came. */
  readonly unreachableUrl?: string;
  /** The answer to the command to go there: `late` when the browser gave up on it, `never`. */
  readonly navigation?: 'late' | 'never';
  readonly hasDisplay?: boolean;
  /** Whether one is installed; default yes. */
  readonly available?: boolean;
}

export interface FakePage {
  /** A form on its way, as it stops at the pattern of `Fetch.enable`. */
  posts(url: string, fields: Readonly<Record<string, string>>): void;
  /** A page was loaded, and nothing goes on. */
  rests(): void;
  closes(): void;
  ends(how: BrowserEnd): void;
}

export interface FakeBrowser extends Browser {
  readonly requests: BrowserRequest[];
  /** The commands, without those that only prepare. */
  readonly commands: { readonly method: string; readonly params: object }[];
}

const [SESSION, TARGET] = ['session-1', 'target-1'];

export function fakeBrowser(options: FakeBrowserOptions = {}): FakeBrowser {
  const requests: BrowserRequest[] = [];
  const commands: { method: string; params: object }[] = [];
  return {
    requests,
    commands,
    whyUnavailable: () => Promise.resolve((options.available ?? true) ? undefined : 'no browser was found'),
    async use(request, _signal, work) {
      requests.push(request);
      return work(open(options, commands));
    },
  };
}

function open(options: FakeBrowserOptions, commands: { method: string; params: object }[]): RunningBrowser {
  const listeners: ((event: BrowserEvent) => void)[] = [];
  let end: (how: BrowserEnd) => void = () => undefined;
  const emit = (method: string, params: object, session?: string): void => {
    for (const listener of listeners) listener({ method, params, session });
  };
  const page: FakePage = {
    posts(url, fields) {
      const body = new URLSearchParams(fields).toString();
      const postDataEntries = [body.slice(0, 10), body.slice(10)].map((piece) => ({
        bytes: Buffer.from(piece).toString('base64'),
      }));
      emit(
        'Fetch.requestPaused',
        { requestId: 'r1', request: { url, method: 'POST', postDataEntries } },
        SESSION,
      );
    },
    rests() {
      emit('Page.frameStartedLoading', { frameId: TARGET }, SESSION);
      emit('Page.frameStoppedLoading', { frameId: TARGET }, SESSION);
    },
    closes() {
      emit('Target.detachedFromTarget', { sessionId: SESSION });
    },
    ends(how) {
      end(how);
    },
  };

  function answer(method: string, params: object): object | Promise<object> {
    switch (method) {
      case 'Target.createTarget':
        emit('Target.attachedToTarget', {
          sessionId: SESSION,
          targetInfo: { targetId: TARGET, type: 'page' },
        });
        return { targetId: TARGET };
      case 'Page.navigate':
        if (options.navigation === 'never') return new Promise<object>(() => undefined);
        if (options.navigation === 'late') throw new GauthError('TIMEOUT', 'the browser did not answer');
        if (options.unreachable !== undefined) return { errorText: options.unreachable };
        options.onVisit?.(page, new URL('url' in params ? String(params.url) : ''));
        return {};
      case 'Browser.getWindowForTarget':
        return { windowId: 7 };
      case 'Page.getFrameTree':
        return { frameTree: { frame: { unreachableUrl: options.unreachableUrl } } };
      case 'Target.setAutoAttach':
      case 'Fetch.enable':
      case 'Page.enable':
      case 'Runtime.runIfWaitingForDebugger':
      case 'Fetch.continueRequest':
      case 'Fetch.fulfillRequest':
      case 'Browser.setWindowBounds':
      case 'Target.activateTarget':
        return {};
      default:
        throw new Error(`nobody expected the command ${method}`);
    }
  }

  return {
    path: '/usr/bin/chromium',
    hasDisplay: options.hasDisplay ?? true,
    proxyLogin: undefined,
    end: new Promise((resolve) => {
      end = resolve;
    }),
    command: async (method, params = {}) => {
      commands.push({ method, params });
      return answer(method, params);
    },
    listen(listener) {
      listeners.push(listener);
    },
  };
}
