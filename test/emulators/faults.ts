/** Injected faults: a wrapper around an emulator that answers in its place, by rules. */
import { setTimeout as wait } from 'node:timers/promises';
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';
import { type Handler, answer, html, redirect } from './respond.ts';

export type Fault =
  /** An error of the server itself: 500, 502, 503, 429 ... */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** The right answer, so many milliseconds late. */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** No answer, ever. */
  | { readonly kind: 'silence' }
  /** A hotel's or company's page in Google's place: at the address asked for, or by a redirect to its own. */
  | { readonly kind: 'portal'; readonly redirect?: boolean }
  /** The page sends the client to itself, for ever. */
  | { readonly kind: 'redirect-loop' }
  /** The right page, padded to so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** The right bytes under a wrong name. */
  | { readonly kind: 'content-type'; readonly type: string }
  | { readonly kind: 'empty' }
  /** A page of an unknown kind. */
  | { readonly kind: 'unknown-page' }
  /** The right page, but its forms lead to another address: another host, or plain http. */
  | { readonly kind: 'stolen-form'; readonly origin: string }
  /** A redirect to anywhere. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Any page at all. */
  | { readonly kind: 'page'; readonly html: string; readonly status?: number };

export interface FaultRule {
  readonly trouble: Fault;
  /** Only these requests; default all. */
  readonly at?: (request: HttpRequest) => boolean;
  /** Spares so many of them first; default 0. */
  readonly after?: number;
  /** Happens so often; default once. */
  readonly times?: number;
}

/** The first rule that has a turn left decides; without one the emulator answers. */
export function withFaults(handle: Handler, rules: readonly FaultRule[]): Handler {
  const states = rules.map((rule) => ({ rule, spare: rule.after ?? 0, left: rule.times ?? 1 }));
  return (request) => {
    const state = states.find((each) => {
      if (each.left === 0 || each.rule.at?.(request) === false) return false;
      each.spare -= 1;
      return each.spare < 0;
    });
    if (state === undefined) return handle(request);
    state.left -= 1;
    return make(state.rule.trouble, request, handle);
  };
}

function make(failure: Fault, request: HttpRequest, handle: Handler): HttpResponse | Promise<HttpResponse> {
  switch (failure.kind) {
    case 'status':
      return html(
        `<!doctype html><title>Error ${failure.status} (Server Error)!!1</title><a href="//www.google.com/"></a><p><b>${failure.status}.</b>`,
        failure.status,
        failure.retryAfter === undefined ? {} : { 'retry-after': failure.retryAfter },
      );
    case 'slow':
      return wait(failure.milliseconds).then(() => handle(request));
    case 'silence':
      return new Promise(() => undefined);
    case 'portal':
      return failure.redirect === true
        ? redirect('http://portal.test/login')
        : html(
            '<!doctype html><title>Welcome to Hotel WLAN</title><form action="/accept" method="post"><input name="room"><input type="password" name="code"></form>',
          );
    case 'redirect-loop':
      return redirect(request.url.href);
    case 'huge':
      return change(request, handle, (text) => `${text}<!--${'x'.repeat(failure.bytes)}-->`);
    case 'content-type':
      return Promise.resolve(handle(request)).then((response) => ({
        ...response,
        headers: { ...response.headers, 'content-type': [failure.type] },
      }));
    case 'empty':
      return answer(200, 'text/html; charset=utf-8', '');
    case 'unknown-page':
      return html(
        '<!doctype html><html lang="en"><head><base href="https://accounts.google.com/v3/signin/"><title>Sign in - Google Accounts</title></head><body><h1 jsname="r4nke">A riddle</h1><form action="/v3/signin/challenge/riddle?TL=x" method="POST"><input name="guess"><button name="action" value="1">Next</button></form></body></html>',
      );
    case 'stolen-form':
      return change(request, handle, (text) =>
        text.replace(/action="(?:https:\/\/[^/"]*)?\//g, `action="${failure.origin}/`),
      );
    case 'redirect':
      return redirect(failure.location);
    case 'page':
      return html(failure.html, failure.status ?? 200);
  }
}

async function change(
  request: HttpRequest,
  handle: Handler,
  edit: (text: string) => string,
): Promise<HttpResponse> {
  const response = await handle(request);
  const body = new TextEncoder().encode(edit(new TextDecoder().decode(response.body)));
  return { ...response, body };
}
