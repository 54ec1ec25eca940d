/**
 * Records the traffic between gauth and Google for a report, with secrets removed: every exchange as files, and the last
 * page.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GauthError } from '../errors.ts';
import { fileError, hasCode } from '../files/file-error.ts';
import type { Clock, Http, HttpRequest, HttpResponse, Log } from '../ports.ts';
import { TYPED_FIELDS } from './field-names.ts';
import type { Field } from './html.ts';
import { readPage } from './page-reader.ts';
import { type Redactor, createRedactor } from './redactor.ts';
import type { PageResponse } from './refusal-pages.ts';
import { NO_PROGRESS, type SignInRequest } from './sign-in-progress.ts';
import { nextStep } from './next-step.ts';

export interface RecorderParts {
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  /** The folder in which the recording is written. */
  readonly folder: string;
  readonly request: SignInRequest;
  /** Whether to record every exchange. */
  readonly flow: boolean;
  /** Whether to remove the IDs of the organisation and its app as well. */
  readonly withoutIds: boolean;
}

export interface Recorder {
  /** The given `http`, which records. A file that cannot be written is logged and does not fail the request. */
  readonly http: Http;
  /** The folder of the recorded exchanges, once it exists. */
  readonly flowFolder: () => string | undefined;
  /** Saves the last page; returns its path, or undefined if there was no page or it could not be written. */
  saveLastPage(): Promise<string | undefined>;
}

/** One page or redirect in `index.json`. */
export interface Recorded {
  readonly request: string;
  /** The file name of the page; undefined if the response was not a page. */
  readonly page?: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** How `readPage` interprets it, and the next step at the start of a sign-in. */
  readonly kind?: string;
  readonly step?: string;
}

export interface RecordedFlow {
  readonly version: 1;
  readonly exchanges: readonly Recorded[];
}

/** The index of a recorded folder. */
export const INDEX_FILE = 'index.json';
/** More exchanges than a sign-in with 40 pages and their redirects has; later ones are not recorded. */
const MAX_EXCHANGES = 300;
/** Characters; the limit for reading pages. */
const MAX_PAGE = 4_000_000;

export function createRecorder(parts: RecorderParts): Recorder {
  const { clock, log, request: signIn } = parts;
  const ids = parts.withoutIds ? [signIn.idpId, signIn.spId] : [];
  const redactor = createRedactor({ username: signIn.username, ids });
  const exchanges: Recorded[] = [];
  let folder: string | undefined;
  let broken = false;
  let last: PageResponse | undefined;

  async function write(request: HttpRequest, response: HttpResponse): Promise<void> {
    folder ??= await newFolder(parts.folder, `gauth-flow-${stamp(clock.now())}`);
    const name = String(exchanges.length + 1).padStart(2, '0');
    const files = { request: `${name}-request.txt`, page: `${name}-page.html` };
    await writeNew(join(folder, files.request), describe(request, response, redactor));
    const visit = pageOf(request, response);
    const url = redactor.url(request.url.href);
    const common = { request: files.request, method: request.method, url, status: response.status };
    if (visit === undefined) exchanges.push(common);
    else {
      await writeNew(join(folder, files.page), redactor.html(visit.html));
      const page = readPage(visit);
      exchanges.push({
        ...common,
        page: files.page,
        kind: page.kind,
        step: nextStep(page, signIn, NO_PROGRESS).kind,
      });
    }
    const flow: RecordedFlow = { version: 1, exchanges };
    await writeFile(join(folder, INDEX_FILE), `${JSON.stringify(flow, undefined, 2)}\n`, { mode: 0o600 });
  }

  return {
    flowFolder: () => folder,
    http: async (request, signal) => {
      learnFrom(request, redactor);
      const response = await parts.http(request, signal);
      for (const line of response.headers['set-cookie'] ?? []) redactor.learn(cookieValue(line));
      last = pageOf(request, response) ?? last;
      if (!parts.flow || broken || exchanges.length >= MAX_EXCHANGES) return response;
      try {
        await write(request, response);
      } catch (error) {
        broken = true;
        log.warn(`recording of the sign-in stopped: ${reason(error, parts.folder)}`);
      }
      return response;
    },
    async saveLastPage() {
      return last === undefined ? undefined : writePage(redactor.html(last.html), parts);
    },
  };
}

type SaveParts = Pick<RecorderParts, 'clock' | 'log' | 'folder' | 'request' | 'withoutIds'>;

/** Saves one page without secrets; returns its path, or undefined if it could not be written, which is logged. */
export async function savePage(page: PageResponse, parts: SaveParts): Promise<string | undefined> {
  const { username, idpId, spId } = parts.request;
  const redactor = createRedactor({ username, ids: parts.withoutIds ? [idpId, spId] : [] });
  return writePage(redactor.html(page.html), parts);
}

async function writePage(
  html: string,
  { clock, log, folder }: Omit<SaveParts, 'request' | 'withoutIds'>,
): Promise<string | undefined> {
  const name = `gauth-failure-${stamp(clock.now())}`;
  try {
    return await unused(
      (suffix) => join(folder, `${name}${suffix}.html`),
      async (path) => writeNew(path, html),
    );
  } catch (error) {
    log.warn(`the page is not saved: ${reason(error, folder)}`);
    return undefined;
  }
}

/** The page of a response; undefined for a redirect or anything but text. */
function pageOf({ url }: HttpRequest, { status, headers, body }: HttpResponse): PageResponse | undefined {
  const type = headers['content-type']?.[0] ?? 'text/html';
  const leadsOn = status >= 300 && status < 400 && headers['location'] !== undefined;
  if (leadsOn || !/^text\/html|xhtml/i.test(type)) return undefined;
  return { url, status, html: new TextDecoder().decode(body).slice(0, MAX_PAGE) };
}

/** The request and the header of the response, in HTTP/1 notation. */
function describe(request: HttpRequest, response: HttpResponse, redactor: Redactor): string {
  const sent = Object.entries(request.headers);
  const received = Object.entries(response.headers).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  const lines = (headers: readonly (readonly [string, string])[]): string[] =>
    headers.map(([name, value]) => `${name}: ${redactor.header(name, value)}`);
  return [
    `${request.method} ${redactor.url(request.url.href)}`,
    ...lines(sent),
    '',
    ...(request.body === undefined ? [] : [redactor.form(fieldsOf(request)), '']),
    String(response.status),
    ...lines(received),
    `(${response.body.length} bytes)`,
    '',
  ].join('\n');
}

/** Values of forms and cookies are removed wherever they occur again. */
function learnFrom(request: HttpRequest, redactor: Redactor): void {
  for (const pair of (request.headers['cookie'] ?? '').split(';')) redactor.learn(cookieValue(pair));
  for (const { name, value } of fieldsOf(request)) {
    const isAddress = /^https?:\/\//i.test(value);
    if (TYPED_FIELDS.has(name) || (!isAddress && value.length >= 8)) redactor.learn(value);
  }
}

function fieldsOf({ headers, body }: HttpRequest): readonly Field[] {
  if (body === undefined) return [];
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  if (!/urlencoded/i.test(headers['content-type'] ?? '')) return [{ name: 'body', value: text }];
  return [...new URLSearchParams(text)].map(([name, value]) => ({ name, value }));
}

function cookieValue(line: string): string {
  return /^[^=;]*=([^;]*)/.exec(line)?.[1] ?? '';
}

/** Creates a new folder that only its owner can read. */
async function newFolder(parent: string, name: string): Promise<string> {
  return unused(
    (suffix) => join(parent, `${name}${suffix}`),
    async (path) => mkdir(path, { mode: 0o700 }),
  );
}

/** The first path that does not exist: two runs may start in the same second. */
async function unused(
  pathWith: (suffix: string) => string,
  make: (path: string) => Promise<void>,
): Promise<string> {
  for (let count = 1; ; count += 1) {
    const path = pathWith(count === 1 ? '' : `-${count}`);
    try {
      await make(path);
      return path;
    } catch (error) {
      if (!hasCode(error, 'EEXIST') || count === 100) throw error;
    }
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
}

function reason(error: unknown, path: string): string {
  const known = error instanceof GauthError ? error : fileError(`${path} cannot be written to`, path, error);
  return known.message;
}

/** `20260102T030405Z`, valid as a file name on every system. */
function stamp(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d+/g, '');
}
