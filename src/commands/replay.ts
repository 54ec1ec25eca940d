/** `gauth replay`: shows how gauth interprets saved pages, one line per page. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GauthError } from '../errors.ts';
import { fileError } from '../files/file-error.ts';
import { readTextFile } from '../files/files.ts';
import type { Page } from '../google/page.ts';
import { INDEX_FILE } from '../google/recorder.ts';
import { readPage } from '../google/page-reader.ts';
import { NO_PROGRESS, type SignInRequest } from '../google/sign-in-progress.ts';
import { type Step, nextStep } from '../google/next-step.ts';
import type { System } from '../ports.ts';
import type { Flags } from '../options/settings.ts';
import { oneLine } from '../text.ts';

/** The URL of a page that was saved without one. */
const UNKNOWN_URL = 'https://accounts.google.com/';
/** Bytes of one saved page. */
const MAX_FILE = 20_000_000;
/** The user does not matter for what a page is. */
const ANY_USER: SignInRequest = {
  username: 'user@example.com',
  idpId: 'C0example',
  spId: '1',
  bgResponse: 'js_enabled',
  method: undefined,
};
const HEADINGS = ['PAGE', 'STATUS', 'KIND', 'ABOUT', 'FIELDS', 'NEXT'];

interface Origin {
  readonly url: URL;
  readonly status: number;
}

/** Throws GauthError FILE for a path that cannot be read, BAD_OPTION for a folder without pages. */
export async function replay(_given: Flags, system: System, operands: readonly string[]): Promise<void> {
  const rows: (readonly string[])[] = [HEADINGS];
  for (const operand of operands) {
    const path = resolve(system.folder, operand);
    const { folder, names } = await pagesAt(path);
    const origins = await originsIn(folder);
    for (const name of names) {
      const html = await readTextFile(join(folder, name), MAX_FILE);
      if (html === undefined) throw new GauthError('FILE', `the file ${join(folder, name)} does not exist`);
      const origin = origins.get(name) ?? { url: new URL(UNKNOWN_URL), status: 200 };
      rows.push(row(name, origin, readPage({ ...origin, html })));
    }
  }
  system.stdout.write(table(rows));
}

async function pagesAt(
  path: string,
): Promise<{ readonly folder: string; readonly names: readonly string[] }> {
  try {
    if (!(await stat(path)).isDirectory()) return { folder: dirname(path), names: [basename(path)] };
    const names = (await readdir(path)).filter((name) => /\.html?$/i.test(name)).sort();
    if (names.length > 0) return { folder: path, names };
  } catch (error) {
    throw fileError(`${path} cannot be read`, path, error);
  }
  throw new GauthError('BAD_OPTION', `${path} contains no HTML files`, {
    hints: ["record a sign-in with 'gauth --save-saml-flow', and give the folder that it creates"],
  });
}

/** URLs and statuses as recorded, by file name of the page. */
async function originsIn(folder: string): Promise<ReadonlyMap<string, Origin>> {
  const text = await readTextFile(join(folder, INDEX_FILE), MAX_FILE);
  const origins = new Map<string, Origin>();
  for (const exchange of exchangesIn(text ?? '{}')) {
    const { page, url, status } = exchange;
    if (typeof page !== 'string' || typeof url !== 'string' || typeof status !== 'number') continue;
    if (URL.canParse(url)) origins.set(page, { url: new URL(url), status });
  }
  return origins;
}

function exchangesIn(text: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const flow: unknown = JSON.parse(text);
    const list: unknown =
      typeof flow === 'object' && flow !== null && 'exchanges' in flow ? flow.exchanges : [];
    return Array.isArray(list) ? list.filter(isRecord) : [];
  } catch {
    return [];
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function row(name: string, { status }: Origin, page: Page): readonly string[] {
  const step = nextStep(page, ANY_USER, NO_PROGRESS);
  return [name, String(status), page.kind, aboutOf(page), fieldsOf(page).join(' '), describeStep(step)];
}

function aboutOf(page: Page): string {
  switch (page.kind) {
    case 'code':
    case 'key':
      return page.method;
    case 'identifier':
    case 'password':
      return page.captcha === undefined ? page.dialect : `${page.dialect}, captcha`;
    case 'approval':
      return page.number === undefined ? page.dialect : `${page.dialect}, a number`;
    case 'send':
      return page.ways.map((way) => way.method).join(', ');
    case 'chooser':
      return page.offers.map((offer) => (offer.available ? offer.method : `(${offer.method})`)).join(', ');
    case 'refusal':
      return page.refusal;
    case 'unrecognised':
      return page.title ?? '';
    case 'phone-number':
      return page.dialect;
    case 'accounts':
    case 'confirm':
    case 'detour':
    case 'assertion':
      return '';
  }
}

/** The names of the fields that would be sent. */
function fieldsOf(page: Page): readonly string[] {
  switch (page.kind) {
    case 'identifier':
    case 'password':
    case 'code':
    case 'phone-number':
    case 'approval':
      return [...page.form.names].map((name) => oneLine(name, 30));
    case 'confirm':
      return page.submission.fields.map((field) => oneLine(field.name, 30));
    default:
      return [];
  }
}

function describeStep(step: Step): string {
  switch (step.kind) {
    case 'ask':
      return `ask for ${step.questions.map((question) => question.kind).join(' and ')}, post to ${step.submission.url.pathname}`;
    case 'submit':
    case 'approve':
      return `${step.kind === 'submit' ? 'post' : 'wait, post'} to ${step.submission.url.pathname}`;
    case 'choose':
      return `offer ${step.offers.length} methods`;
    case 'start-again':
      return 'open the start URL again';
    case 'stop':
      return `stop: ${step.error.code}`;
    case 'done':
      return 'done';
  }
}

/** A table; text from pages is sanitised. */
function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((cells) => cells.map((cell) => oneLine(cell, 120)));
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((each) => each[column]?.length ?? 0)));
  const lines = cells.map((each) =>
    each
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
