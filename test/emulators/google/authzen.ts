/** content.googleapis.com: where the script of the old prompt waits for the tap on the phone. */
import type { HttpRequest, HttpResponse } from '../../../src/ports.ts';
import { answer, bodyText } from '../respond.ts';
import { API_KEY, type ServerState, record } from './server-state.ts';
import { offersOf } from './flow.ts';

const PATH = '/cryptauth/v1/authzen/awaittx';

/** 500 means "not yet"; the token that comes at last goes into the form. */
export function awaitApproval(serverState: ServerState, request: HttpRequest): HttpResponse {
  record(serverState, request);
  const problem = problemOf(request);
  const transaction = serverState.transactions.get(transactionOf(bodyText(request)));
  if (problem !== undefined || transaction === undefined) {
    const reason = problem ?? 'awaittx for a transaction of no page';
    serverState.violations.push(reason);
    return json(400, { error: { code: 400, message: reason, status: 'INVALID_ARGUMENT' } });
  }
  const { flow, id } = transaction;
  const method = offersOf(flow).find((offer) => offer.id === id)?.method;
  const polls = flow.polls.get(id) ?? 0;
  flow.polls.set(id, polls + 1);
  const waiting = method?.kind !== 'prompt' || method.tap === 'later' || polls < (method.polls ?? 0);
  return waiting
    ? json(500, { error: { code: 500, message: 'Internal error encountered.', status: 'INTERNAL' } })
    : json(200, { txToken: flow.txToken });
}

function problemOf({ method, url, headers }: HttpRequest): string | undefined {
  if (headers.cookie !== undefined) return 'cookies went to content.googleapis.com';
  if (method !== 'POST' || url.pathname !== PATH)
    return `${method} ${url.pathname} at content.googleapis.com`;
  if (url.searchParams.get('key') !== API_KEY || url.searchParams.get('alt') !== 'json') {
    return 'awaittx without alt=json and the key of the page';
  }
  return /^application\/json\b/.test(headers['content-type'] ?? '') ? undefined : 'awaittx without JSON';
}

function json(status: number, value: unknown): HttpResponse {
  return answer(status, 'application/json; charset=UTF-8', JSON.stringify(value));
}

function transactionOf(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    const known = typeof value === 'object' && value !== null && 'txId' in value;
    return known && typeof value.txId === 'string' ? value.txId : '';
  } catch {
    return '';
  }
}
