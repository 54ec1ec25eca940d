/** Pages that the emulator does not show, and, if they are available, four that were captured from Google. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SamplePage } from './pages.ts';

const FIXTURES = new URL('../fixtures/pages', import.meta.url).pathname;
/** Captures that are not part of this project. */
const CAPTURED = fileURLToPath(new URL('../../../shared/google-pages', import.meta.url));

export function fixturePages(): readonly SamplePage[] {
  return pagesIn(FIXTURES);
}

export function capturedPages(): readonly SamplePage[] {
  return existsSync(CAPTURED) ? pagesIn(CAPTURED) : [];
}

export const NO_CAPTURES =
  'needs pages captured from Google, which are no part of this project: ../shared/google-pages';

function pagesIn(folder: string): readonly SamplePage[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.html'))
    .map((name) => ({
      name,
      url: new URL('https://accounts.google.com/v3/signin/challenge'),
      status: 200,
      html: readFileSync(join(folder, name), 'utf8'),
    }));
}
