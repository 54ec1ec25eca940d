/** Removes and renames whole sections of AWS's files, and changes no other byte. Pure. */
import {
  firstNonBlank,
  type Ini,
  insertionPoint,
  lineEnd,
  nextLine,
  parseIni,
  type Section,
  syntaxError,
} from './ini.ts';

/** Which sections are meant, by their header. */
type Matches = (header: string) => boolean;

/**
 * The text without these sections. Comments right above the next header stay. Throws GauthError FILE for a text that cannot be
 * parsed, or where a section cannot be removed without changing another.
 */
export function removeSections(text: string, matches: Matches, path: string): string {
  const ini = parseIni(text, path);
  const kept: string[] = [];
  let done = 0;
  for (const section of ini.sections.filter(({ header }) => matches(header))) {
    kept.push(text.slice(done, section.start));
    done = nextInk(text, insertionPoint(text, section), section.end);
  }
  const result = kept.join('') + text.slice(done);
  checkHeaders(ini, result, (header) => (matches(header) ? [] : [header]));
  return result;
}

/** The text with another header in place of these. Throws GauthError FILE as above. */
export function renameSections(text: string, matches: Matches, header: string, path: string): string {
  const ini = parseIni(text, path);
  const [first, second] = ini.sections.filter((each) => matches(each.header));
  if (second !== undefined)
    throw syntaxError(path, text, second.start, 'starts a second section of the same profile: gauth doctor');
  const result = first === undefined ? text : withHeader(text, first, header);
  checkHeaders(ini, result, (each) => [matches(each) ? header : each]);
  return result;
}

/** The text with another text between the brackets of a section. */
function withHeader(text: string, { start }: Section, header: string): string {
  const open = text.indexOf('[', start) + 1;
  const close = text.lastIndexOf(']', lineEnd(text, start));
  return text.slice(0, open) + header + text.slice(close);
}

/** The start of the first line from `start` on that is not blank. */
function nextInk(text: string, start: number, end: number): number {
  let at = start;
  for (let stop; at < end; at = nextLine(text, stop)) {
    stop = lineEnd(text, at);
    if (firstNonBlank(text, at, stop) < stop) break;
  }
  return at;
}

/** Throws if other headers than these have changed, because a line was read as a part of another section. */
function checkHeaders(ini: Ini, result: string, change: (header: string) => readonly string[]): void {
  const wanted = ini.sections.flatMap(({ header }) => change(header));
  const found = parseIni(result, ini.path).sections.map(({ header }) => header);
  if (wanted.join('\n') === found.join('\n')) return;
  throw syntaxError(ini.path, ini.text, 0, 'and others cannot be changed without changing other sections');
}
