/** Parses AWS's files as AWS tools read them, with offsets for the editor (ini-editor.ts). Pure. */
import { GauthError } from '../errors.ts';

/*
 * If AWS's tools differ, this file follows botocore (the AWS CLI, boto3), and gauth writes only what botocore, the SDK for JavaScript
 * and aws-google-auth read in the same way. The rules, as measured:
 * - A header is everything between the first `[` and the last `]` of a line, including spaces.
 * - A key ends at the first `=` or `:` and is matched in any case. The SDK for JavaScript requires `=` and the exact case, so a key
 *   with another spelling is rewritten when it is set.
 * - A line that is indented deeper than the key above it continues the value of that key. After an empty value such lines are a
 *   nested block (`google_config =` with `duration = 7200` below it, as `aws configure set` writes it).
 * - A comment is a line of its own. After a value, ` # ...` is a comment for the SDKs and part of the value for botocore: it is
 *   ignored when a value is read, and removed when the value is replaced.
 */

/** One `[header]` with its lines, as offsets into the text. */
export interface Section {
  /** The text between the brackets. */
  readonly header: string;
  /** The start of the header's line. */
  readonly start: number;
  /** The start of the line after the header. */
  readonly body: number;
  /** The start of the next header's line, or the end of the text. */
  readonly end: number;
}

export interface Ini {
  readonly text: string;
  /** For messages only. */
  readonly path: string;
  readonly sections: readonly Section[];
}

/** A key with its value: one line and the indented lines that belong to it. */
export interface Entry {
  readonly key: string;
  /** The start of the line. */
  readonly start: number;
  /** The first letter of the key. */
  readonly name: number;
  readonly value: number;
  readonly valueEnd: number;
  /** The start of the next line. */
  readonly end: number;
  /** Whether the key ends with a colon, which only botocore reads. */
  readonly colon: boolean;
  /** The lines that continue the value, without comments and empty lines. */
  readonly continued: Line[];
  /** The nested keys among these lines. */
  readonly children: Entry[];
}

export interface Line {
  readonly start: number;
  readonly end: number;
}

const PREFIX = 'profile ';
const TAB = 9;
const RETURN = 13;
const BLANK = 32;
const HASH = 35;
const SEMICOLON = 59;
const BRACKET = 91;
export const BYTE_ORDER_MARK = 0xfeff;

/**
 * Parses the text of a config or credentials file. Values are parsed only on demand.
 * Throws GauthError FILE, with the path and the line, for a text that cannot be parsed.
 */
export function parseIni(text: string, path: string): Ini {
  const nul = text.indexOf('\0');
  if (nul !== -1) throw syntaxError(path, text, nul, 'contains a NUL byte');

  const sections: { header: string; start: number; body: number; end: number }[] = [];
  /** The column of the key that deeper lines continue; -1 if there is none. */
  let column = -1;
  let carriage = text.indexOf('\r');
  const first = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  for (let start = first, stop; start < text.length; start = stop + 1) {
    stop = lineEnd(text, start);
    if (carriage !== -1 && carriage < start) carriage = text.indexOf('\r', start);
    if (carriage !== -1 && carriage < withoutReturns(text, start, stop)) {
      throw syntaxError(path, text, start, 'contains a carriage return');
    }
    const ink = firstNonBlank(text, start, stop);
    if (ink === stop || isComment(text, ink)) continue;
    const continues = column !== -1 && ink - start > column;
    if (text.charCodeAt(ink) === BRACKET) {
      // botocore reads such a line as part of the value above, the SDKs read it as a header.
      if (continues) throw syntaxError(path, text, start, 'is a section header that is indented below a key');
      const close = text.lastIndexOf(']', stop - 1);
      if (close <= ink + 1)
        throw syntaxError(path, text, start, 'has a section header without a closing bracket');
      const before = sections.at(-1);
      if (before) before.end = start;
      const header = text.slice(ink + 1, close);
      sections.push({ header, start, body: nextLine(text, stop), end: text.length });
      column = -1;
    } else if (sections.length === 0) {
      throw syntaxError(path, text, start, 'is before the first section header');
    } else if (!continues) {
      column = ink - start;
    }
  }
  return { text, path, sections };
}

/**
 * The keys of a section in lower case with their values, nested ones as `block.key`; undefined if there is no such section.
 * The last of duplicate keys wins, and a nested key wins over a dotted one, as in the AWS CLI.
 */
export function keyValues(ini: Ini, section: string, exact = false): ReadonlyMap<string, string> | undefined {
  const group = matchingSections(ini, section, exact);
  if (group.length === 0) return undefined;
  const keys = new Map<string, string>();
  const nested = new Map<string, string>();
  for (const entry of group.flatMap((one) => entriesOf(ini.text, one))) {
    const key = entry.key.toLowerCase();
    if (entry.children.length === 0) keys.set(key, valueOf(ini.text, entry));
    for (const child of entry.children) nested.set(`${key}.${child.key}`, valueOf(ini.text, child));
  }
  for (const [key, value] of nested) keys.set(key, value);
  return keys;
}

/** One value of `keyValues`. */
export function valueAt(ini: Ini, section: string, key: string): string | undefined {
  return keyValues(ini, section)?.get(key.toLowerCase());
}

/** The name in a `[profile x]` header, quoted or not, as botocore parses it; undefined for other headers. */
export function profileNameOf(header: string): string | undefined {
  if (!header.startsWith(PREFIX.trimEnd())) return undefined;
  const name = header.slice(PREFIX.length);
  if (name !== '' && header.startsWith(PREFIX) && !/[\s'"\\]/.test(name)) return name;
  const words = shellWords(header);
  return words?.length === 2 && words[0] === 'profile' ? words[1] : undefined;
}

/** Whether the SDK for JavaScript reads a profile with this name: it matches `[\w-@+.%:/]+` in a header. */
export function isReadByAll(name: string): boolean {
  return /^[\w@+.%:/-]+$/.test(name);
}

/** The profile that only botocore finds in a header: it accepts any first word that starts with `profile`, as in `[profile-old x]`. */
export function lenientProfileNameOf(header: string): string | undefined {
  if (!/^profile\S/.test(header)) return undefined;
  const words = shellWords(header);
  return words?.length === 2 && words[0] !== 'profile' ? words[1] : undefined;
}

/**
 * The sections that botocore reads for this header: the last of differently quoted ones, and all with the same spelling (which
 * botocore refuses and others merge). In a credentials file headers are `exact`: `[profile 'x']` is the name including the quotes.
 */
export function matchingSections(ini: Ini, section: string, exact = false): readonly Section[] {
  const profile = exact ? undefined : profileNameOf(section);
  const last = ini.sections.findLast(
    ({ header }) => header === section || (profile !== undefined && profileNameOf(header) === profile),
  );
  return last ? ini.sections.filter(({ header }) => header === last.header) : [];
}

export function entriesOf(text: string, section: Section): readonly Entry[] {
  const entries: Entry[] = [];
  let column = -1;
  let current: Entry | undefined;
  for (let start = section.body, stop; start < section.end; start = stop + 1) {
    stop = lineEnd(text, start);
    const ink = firstNonBlank(text, start, stop);
    if (ink === stop || isComment(text, ink)) continue;
    const continues = column !== -1 && ink - start > column;
    const entry = entryAt(text, start, ink, stop, continues ? /=/ : /[=:]/);
    if (!continues) {
      column = ink - start;
      current = entry;
      if (entry) entries.push(entry);
    } else if (current) {
      current.continued.push({ start, end: nextLine(text, stop) });
      if (entry && valueOf(text, current) === '') current.children.push(entry);
    }
  }
  return entries;
}

/** The key and value of a line; undefined for a line without a key or an equals sign, which all tools ignore. */
function entryAt(text: string, start: number, ink: number, stop: number, signs: RegExp): Entry | undefined {
  const line = text.slice(ink, stop);
  const sign = line.search(signs);
  if (sign < 1) return undefined;
  const behind = ink + sign + 1;
  const stopOfText = withoutReturns(text, behind, stop);
  const value = firstNonBlank(text, behind, stopOfText);
  return {
    key: line.slice(0, sign).trimEnd(),
    start,
    name: ink,
    value,
    valueEnd: lastNonBlank(text, value, stopOfText),
    end: nextLine(text, stop),
    colon: line[sign] === ':',
    continued: [],
    children: [],
  };
}

/** The value without a comment after it. */
export function valueOf(text: string, entry: Entry): string {
  // Include the character before the value: after a space, even a `#` at the start of the value begins a comment.
  const withLead = text.slice(entry.value - 1, entry.valueEnd);
  const comment = withLead.search(/\s[#;]/);
  return (comment === -1 ? withLead : withLead.slice(0, comment)).slice(1).trimEnd();
}

/** The words of a header as in Python's `shlex.split`; undefined if a quote is not closed. */
function shellWords(header: string): readonly string[] | undefined {
  const words: string[] = [];
  let rest = header;
  while ((rest = rest.replace(/^[ \t\r]+/, '')) !== '') {
    const word = /^(?:[^ \t\r'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+(?=[ \t\r]|$)/s.exec(rest)?.[0];
    if (word === undefined) return undefined;
    rest = rest.slice(word.length);
    words.push(word.replace(/\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/gs, unquoted));
  }
  return words;
}

/** Between double quotes a backslash is literal, except before a quote or another backslash. */
function unquoted(_: string, escaped?: string, single?: string, double?: string): string {
  return escaped ?? single ?? double?.replace(/\\(["\\])/g, '$1') ?? '';
}

/** The offset of the line feed that ends the line, or of the end of the text. */
export function lineEnd(text: string, start: number): number {
  const stop = text.indexOf('\n', start);
  return stop === -1 ? text.length : stop;
}

export function nextLine(text: string, stop: number): number {
  return Math.min(stop + 1, text.length);
}

/** The offset of the first character that is not white space, or `stop`. */
export function firstNonBlank(text: string, start: number, stop: number): number {
  let at = start;
  while (at < stop && isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

/** The offset after the last character that is not white space, or `start`. */
function lastNonBlank(text: string, start: number, stop: number): number {
  let at = stop;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

function withoutReturns(text: string, start: number, stop: number): number {
  let at = stop;
  while (at > start && text.charCodeAt(at - 1) === RETURN) at -= 1;
  return at;
}

/** White space in Python: `\s`, four separators and NEL. */
function isBlank(code: number): boolean {
  if (code <= BLANK) return code === BLANK || (code >= TAB && code <= RETURN) || code >= 28;
  return (
    code === 0x85 ||
    code === 0xa0 ||
    (code >= 0x1680 && code !== BYTE_ORDER_MARK && /\s/.test(String.fromCharCode(code)))
  );
}

export function isComment(text: string, ink: number): boolean {
  const code = text.charCodeAt(ink);
  return code === HASH || code === SEMICOLON;
}

/** Where a new key is inserted: after the section's last key and its comments, but before comments right above the next header. */
export function insertionPoint(text: string, section: Section): number {
  let own = section.body;
  let withComments = section.body;
  for (let start = section.body, stop; start < section.end; start = stop + 1) {
    stop = lineEnd(text, start);
    const ink = firstNonBlank(text, start, stop);
    if (ink === stop) continue;
    const comment = isComment(text, ink);
    if (!comment) own = nextLine(text, stop);
    if (!comment || withComments === start) withComments = nextLine(text, stop);
  }
  return withComments === section.end && section.end < text.length ? own : withComments;
}

/** Whether a text starts with a byte order mark. One without any other text does not count: it is removed when the file is written. */
export function hasByteOrderMark(text: string): boolean {
  return text.length > 1 && text.charCodeAt(0) === BYTE_ORDER_MARK;
}

export function syntaxError(path: string, text: string, offset: number, what: string): GauthError {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return new GauthError('FILE', `cannot parse ${path}: line ${String(line)} ${what}`, {
    hints: ['the file was not changed: fix that line, then try again'],
  });
}
