/**
 * The HTTP client for Google: one cookie jar, redirects followed one at a time to hosts of Google only, and nothing sent
 * elsewhere.
 */
import type { CookieJar } from 'tough-cookie';
import { GauthError } from '../errors.ts';
import type { Clock, Http, HttpRequest, HttpResponse, Log } from '../ports.ts';
import { oneLine } from '../text.ts';
import type { PageResponse } from './refusal-pages.ts';
import { type Submission, isGoogle, isSignIn } from './submission.ts';

export interface GoogleClientParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  readonly jar: CookieJar;
  /** The name of this program: Google asks clients not to impersonate a browser. */
  readonly userAgent: string;
}

/** A page with the time of the server. */
export interface FetchedPage extends PageResponse {
  readonly serverDate: Date | undefined;
}

/**
 * All calls throw what `Http` throws. Requests that post nothing are retried after server errors and broken connections.
 */
export interface GoogleClient {
  /** Opens a URL and follows redirects. Stops at a URL that is not of Google and returns it unopened. */
  open(url: URL, signal: AbortSignal): Promise<FetchedPage>;
  /** Submits a form to the sign-in of Google. Throws GauthError UNSAFE_FORM for any other target. */
  submit(submission: Submission, signal: AbortSignal): Promise<FetchedPage>;
  /** Fetches an image; undefined if that fails. */
  picture(url: URL, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** Posts JSON to a host of Google and returns status and text. */
  json(
    url: URL,
    body: unknown,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }>;
}

const MAX_REDIRECTS = 20;
const MAX_TRIES = 3;
/** Milliseconds before the first retry; doubled for the second. */
const RETRY_PAUSE = 500;
/** A sign-in page has some 100 kB; text beyond this many characters is ignored. */
const MAX_PAGE = 4_000_000;
/** Bytes. Captcha images have some 5 kB. */
const MAX_PICTURE = 1_000_000;

export function createGoogleClient(parts: GoogleClientParts): GoogleClient {
  const { http, clock, log, jar } = parts;

  async function exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const cookie = await jar.getCookieString(request.url.href);
    const headers: Record<string, string> = {
      accept: 'text/html,application/xhtml+xml',
      'accept-language': 'en',
      ...request.headers,
      'user-agent': parts.userAgent,
    };
    if (cookie !== '') headers['cookie'] = cookie;
    const response = await http({ ...request, headers }, signal);
    log.debug(`${request.method} ${request.url.host}${request.url.pathname} -> ${response.status}`);
    for (const line of response.headers['set-cookie'] ?? []) {
      await jar.setCookie(line, request.url.href, { ignoreError: true });
    }
    return response;
  }

  /**
   * A form may have been accepted although its answer was lost or an error: sending it again could use up an attempt, or
   * send another message.
   */
  const isLast = (tries: number, { method }: HttpRequest): boolean =>
    method === 'POST' || tries === MAX_TRIES;

  async function patiently(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    for (let tries = 1; ; tries += 1) {
      try {
        const response = await exchange(request, signal);
        const failed = response.status >= 500 && response.status !== 511;
        if (!failed || isLast(tries, request)) return response;
      } catch (error) {
        const broken = error instanceof GauthError && error.code === 'NETWORK';
        if (!broken || isLast(tries, request)) throw error;
      }
      await clock.sleep(RETRY_PAUSE * 2 ** (tries - 1), signal);
    }
  }

  async function follow(first: HttpRequest, signal: AbortSignal): Promise<FetchedPage> {
    let request = first;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await patiently(request, signal);
      const target = redirection(request, response);
      if (target === undefined) return fetchedPage(request.url, response);
      if (!isGoogle(target)) return { ...fetchedPage(target, response), html: '' };
      if (request.method === 'POST' && (response.status === 307 || response.status === 308)) {
        requireSignIn(target);
        request = { ...request, url: target };
      } else {
        request = { method: 'GET', url: target, headers: {} };
      }
    }
    throw new GauthError(
      'GOOGLE_UNAVAILABLE',
      `Google redirected more than ${MAX_REDIRECTS} times in a row`,
      {
        hints: ["run 'gauth logout' to remove the saved Google session, then try again"],
      },
    );
  }

  return {
    open: async (url, signal) => follow({ method: 'GET', url, headers: {} }, signal),

    submit: async (submission, signal) => {
      requireSignIn(submission.url);
      const body = new URLSearchParams(submission.fields.map(({ name, value }) => [name, value])).toString();
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        origin: submission.url.origin,
      };
      return follow({ method: 'POST', url: submission.url, headers, body }, signal);
    },

    picture: async (url, signal) => {
      if (!isGoogle(url)) return undefined;
      try {
        const response = await exchange({ method: 'GET', url, headers: { accept: 'image/*' } }, signal);
        return response.status === 200 && response.body.length <= MAX_PICTURE ? response.body : undefined;
      } catch (error) {
        // The user can open its URL.
        if (!(error instanceof GauthError) || signal.aborted) throw error;
        return undefined;
      }
    },

    json: async (url, body, signal) => {
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const response = await exchange({ method: 'POST', url, headers, body: JSON.stringify(body) }, signal);
      return { status: response.status, text: decode(response.body) };
    },
  };
}

function redirection(request: HttpRequest, response: HttpResponse): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  const location = response.headers['location']?.[0];
  if (location === undefined || !URL.canParse(location, request.url.href)) return undefined;
  return new URL(location, request.url);
}

function fetchedPage(url: URL, response: HttpResponse): FetchedPage {
  const date = new Date(response.headers['date']?.[0] ?? NaN);
  return {
    url,
    status: response.status,
    html: decode(response.body).slice(0, MAX_PAGE),
    serverDate: Number.isNaN(date.getTime()) ? undefined : date,
  };
}

/** Google sends UTF-8; invalid bytes become replacement characters, never an error. */
function decode(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

function requireSignIn(url: URL): void {
  if (isSignIn(url)) return;
  throw new GauthError(
    'UNSAFE_FORM',
    `a form would be sent to ${oneLine(`${url.protocol}//${url.host}`, 100)} instead of https://accounts.google.com`,
    {
      hints: ['nothing was sent; check your proxy and network, then report this'],
    },
  );
}
