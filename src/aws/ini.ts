/** A lossless line editor for AWS's shared files: it finds what the AWS readers read and changes that, and no other byte. */
import { GauthError } from '../errors.ts';

/*
 * Where AWS's readers differ, botocore (the AWS CLI, boto3) decides what a file says, and what is written here is
 * read back the same by botocore, by the SDK for JavaScript and by aws-google-auth. The rules, as measured:
 * - A header is everything between the first `[` and the last `]` of a line, blanks included.
 * - A key ends at the first `=` or `:` and is matched in any case; the SDK for JavaScript wants `=` and the very
 *   letters, so a key that is set is respelt where it has another form.
 * - A line that is indented deeper than the key above it continues that key's value. Behind an empty value such lines
 *   are a nested block (`google_config =` with `duration = 7200` under it, as `aws configure set` writes it).
 * - A comment fills its line. Behind a value, ` # ...` is a comment to the SDKs and part of the value to botocore:
 *   it is left out when a value is read, and goes when the value is replaced, or botocore would read it along.
 */

/** One `[header]` with its lines, as offsets into the text. */
export interface Section {
  /** What stands between the brackets. */
  readonly header: string;
  /** Where the header's line starts. */
  readonly start: number;
  /** Where the line behind the header starts. */
  readonly body: number;
  /** Where the next header's line starts, or the text ends. */
  readonly end: number;
}

export interface Ini {
  readonly text: string;
  /** For messages only. */
  readonly path: string;
  readonly sections: readonly Section[];
}

/** What to change in one section; a section that does not exist is made as soon as there is something to set. */
export interface Edit {
  /** The header as it would be written: `default`, `profile sts-temp`, `profile 'a b'`, `sts-temp`. Quotes and blanks in the file may differ. */
  readonly section: string;
  /** `google_config.duration` names a dotted key and a nested one: every form that is there is changed. */
  readonly set: readonly (readonly [key: string, value: string])[];
  readonly remove?: readonly string[];
}

/** A key with its value: one line, and perhaps indented lines that belong to it. */
interface Entry {
  readonly key: string;
  /** The start of the line. */
  readonly start: number;
  /** The first letter of the key. */
  readonly name: number;
  readonly value: number;
  readonly valueEnd: number;
  /** The start of the next line. */
  readonly end: number;
  /** Whether botocore alone reads this spelling: a colon where others want `=`. */
  readonly colon: boolean;
  /** The lines that continue the value, comments and blank lines between them not counted. */
  readonly continued: Line[];
  /** The nested keys among these lines. */
  readonly children: Entry[];
}

interface Line {
  readonly start: number;
  readonly end: number;
}

/** Replaces the text between two offsets. */
interface Splice extends Line {
  readonly text: string;
}

const PREFIX = 'profile ';
const TAB = 9;
const LINE_FEED = 10;
const RETURN = 13;
const BLANK = 32;
const HASH = 35;
const SEMICOLON = 59;
const BRACKET = 91;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Reads a config or credentials file's text. Values are looked at only when they are asked for.
 * Throws GauthError FILE, naming the path and the line, for a text that cannot be understood.
 */
export function parseIni(text: string, path: string): Ini {
  const nul = text.indexOf('\0');
  if (nul !== -1) throw damaged(path, text, nul, 'holds a NUL byte');

  const sections: { header: string; start: number; body: number; end: number }[] = [];
  /** The column of the key that deeper lines continue; -1 where there is none. */
  let column = -1;
  let carriage = text.indexOf('\r');
  const first = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  for (let start = first, stop; start < text.length; start = stop + 1) {
    stop = lineStop(text, start);
    if (carriage !== -1 && carriage < start) carriage = text.indexOf('\r', start);
    if (carriage !== -1 && carriage < withoutReturns(text, start, stop)) {
      throw damaged(path, text, start, 'has a carriage return within it');
    }
    const ink = firstInk(text, start, stop);
    if (ink === stop || isComment(text, ink)) continue;
    const continues = column !== -1 && ink - start > column;
    if (text.charCodeAt(ink) === BRACKET) {
      // botocore takes such a line for a part of the value above, the SDKs for a header.
      if (continues) throw damaged(path, text, start, 'is a section header indented under a key');
      const close = text.lastIndexOf(']', stop - 1);
      if (close <= ink + 1) throw damaged(path, text, start, 'starts a section header and does not end it');
      const before = sections.at(-1);
      if (before) before.end = start;
      const header = text.slice(ink + 1, close);
      sections.push({ header, start, body: afterLine(text, stop), end: text.length });
      column = -1;
    } else if (sections.length === 0) {
      throw damaged(path, text, start, 'stands before the first section header');
    } else if (!continues) {
      column = ink - start;
    }
  }
  return { text, path, sections };
}

/**
 * The keys of a section in lower case with their values, nested ones as `block.key`; undefined where no such section is.
 * Of a key that stands twice the later one counts; a nested one wins over a dotted one, as in the AWS CLI.
 */
export function keysOf(ini: Ini, section: string): ReadonlyMap<string, string> | undefined {
  const group = sectionsRead(ini, section);
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

/** One value as `keysOf` gives it. */
export function valueAt(ini: Ini, section: string, key: string): string | undefined {
  return keysOf(ini, section)?.get(key.toLowerCase());
}

/** The name in a `[profile x]` header, quoted or not, as botocore takes it apart; undefined for other headers. */
export function profileOf(header: string): string | undefined {
  if (!header.startsWith(PREFIX.trimEnd())) return undefined;
  const name = header.slice(PREFIX.length);
  if (name !== '' && header.startsWith(PREFIX) && !/[\s'"\\]/.test(name)) return name;
  const words = shellWords(header);
  return words?.length === 2 && words[0] === 'profile' ? words[1] : undefined;
}

/**
 * The text with the edits made: the same string where they change nothing.
 * Throws GauthError FILE for a text that cannot be understood, BAD_OPTION (without the value) for a value that the AWS readers would not read back.
 */
export function edit(text: string, edits: readonly Edit[], path: string): string {
  const ini = parseIni(text, path);
  const eol = lineEndOf(text);
  const splices: Splice[] = [];
  let appended = '';
  for (const wanted of together(edits, path)) {
    const group = sectionsRead(ini, wanted.section);
    if (group.length > 0) splices.push(...changesIn(ini, group, wanted, eol));
    else if (wanted.set.size > 0) appended += newSection(wanted, eol);
  }
  if (appended !== '') {
    splices.push({ start: text.length, end: text.length, text: blankLineBefore(text, eol) + appended });
  }
  return splice(text, splices);
}

/** The edits of one section, gathered: the lower-case key with its spelling and value, or undefined for one to remove. */
interface Wanted {
  readonly section: string;
  readonly set: Map<string, readonly [key: string, value: string]>;
  readonly remove: Set<string>;
}

function together(edits: readonly Edit[], path: string): readonly Wanted[] {
  const bySection = new Map<string, Wanted>();
  for (const { section, set, remove = [] } of edits) {
    if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\]]|^$/.test(section)) {
      throw new GauthError('INTERNAL', 'a section header with characters that cannot be written');
    }
    const profile = profileOf(section);
    // A line feed stands in no header, so no header is taken for a profile's.
    const id = profile === undefined ? section : `profile\n${profile}`;
    const wanted: Wanted = bySection.get(id) ?? { section, set: new Map(), remove: new Set() };
    bySection.set(id, wanted);
    for (const key of remove) {
      wanted.remove.add(key.toLowerCase());
      wanted.set.delete(key.toLowerCase());
    }
    for (const [key, value] of set) {
      checkReadable(key, value, path);
      wanted.remove.delete(key.toLowerCase());
      wanted.set.set(key.toLowerCase(), [key, value]);
    }
  }
  return [...bySection.values()];
}

function checkReadable(key: string, value: string, path: string): void {
  if (!/^[\w.-]+$/.test(key))
    throw new GauthError('INTERNAL', 'a key with characters that cannot be written');
  const why =
    value === ''
      ? 'is empty'
      : /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u.test(value)
        ? 'holds a line break or another control character'
        : value.trim() !== value
          ? 'starts or ends with a blank'
          : /(^|\s)[#;]/.test(value)
            ? 'holds what some AWS tools take for a comment (# or ; at its start or behind a blank)'
            : undefined;
  if (why === undefined) return;
  throw new GauthError('BAD_OPTION', `the value of ${key} cannot be written to ${path}: it ${why}`);
}

function changesIn(ini: Ini, group: readonly Section[], wanted: Wanted, eol: string): readonly Splice[] {
  const { text } = ini;
  const entries = group.flatMap((section) => entriesOf(text, section));
  const splices: Splice[] = [];
  for (const key of wanted.remove) splices.push(...removal(ini, entries, key));

  const added: string[] = [];
  for (const [key, [spelling, value]] of wanted.set) {
    const entry = entries.findLast((one) => one.key.toLowerCase() === key);
    const child = entries.flatMap((one) => childrenNamed(one, key)).at(-1);
    if (entry) splices.push(...replacement(ini, entry, spelling, value));
    if (child) splices.push(...replacement(ini, child, child.key, value));
    if (!entry && !child) added.push(`${spelling} = ${value}`);
  }
  const last = group.at(-1);
  if (last && added.length > 0) {
    const at = ownEnd(text, last);
    const open =
      text.charCodeAt(at - 1) !== LINE_FEED && !splices.some(({ text: to, end }) => to === '' && end === at);
    const lines = added.join(eol);
    splices.push({ start: at, end: at, text: open ? eol + lines : lines + eol });
  }
  return splices;
}

/** The nested entries of one key that `block.key` (in lower case) names. */
function childrenNamed(entry: Entry, dotted: string): readonly Entry[] {
  const block = `${entry.key.toLowerCase()}.`;
  if (!dotted.startsWith(block)) return [];
  return entry.children.filter((child) => block + child.key.toLowerCase() === dotted);
}

function replacement(ini: Ini, entry: Entry, key: string, value: string): readonly Splice[] {
  const { text } = ini;
  const block = continuation(ini, entry);
  if (entry.key !== key || entry.colon) {
    return [{ start: entry.name, end: entry.valueEnd, text: `${key} = ${value}` }, ...block];
  }
  if (text.slice(entry.value, entry.valueEnd) === value) return block;
  // `key =` has nothing behind the sign that could be kept: it gets the blank that stands before the sign.
  const blank = text.slice(entry.value - 2, entry.value) === ' =' ? ' ' : '';
  return [{ start: entry.value, end: entry.valueEnd, text: blank + value }, ...block];
}

/** Takes away all lines of a key, and of a nested block its head when nothing is left in it. */
function removal(ini: Ini, entries: readonly Entry[], key: string): readonly Splice[] {
  const splices: Splice[] = [];
  for (const entry of entries) {
    const children = childrenNamed(entry, key);
    const whole =
      entry.key.toLowerCase() === key || (children.length > 0 && children.length === entry.children.length);
    if (whole) splices.push({ start: entry.start, end: entry.end, text: '' }, ...continuation(ini, entry));
    else for (const child of children) splices.push({ start: child.start, end: child.end, text: '' });
  }
  return splices;
}

/** Takes away the lines under a key. Under a value of its own they are further keys to some readers and more of the value to others, so nothing is guessed. */
function continuation(ini: Ini, entry: Entry): readonly Splice[] {
  const [first] = entry.continued;
  if (first && valueOf(ini.text, entry) !== '') {
    throw damaged(
      ini.path,
      ini.text,
      first.start,
      `is indented under a value (${entry.key}), which AWS tools read in different ways`,
    );
  }
  return entry.continued.map(({ start, end }) => ({ start, end, text: '' }));
}

/** The sections that botocore reads under this header: of differently quoted ones the last, and all that are spelt like it (which botocore refuses and others merge). */
function sectionsRead(ini: Ini, section: string): readonly Section[] {
  const profile = profileOf(section);
  const last = ini.sections.findLast(
    ({ header }) => header === section || (profile !== undefined && profileOf(header) === profile),
  );
  return last ? ini.sections.filter(({ header }) => header === last.header) : [];
}

function entriesOf(text: string, section: Section): readonly Entry[] {
  const entries: Entry[] = [];
  let column = -1;
  let current: Entry | undefined;
  for (let start = section.body, stop; start < section.end; start = stop + 1) {
    stop = lineStop(text, start);
    const ink = firstInk(text, start, stop);
    if (ink === stop || isComment(text, ink)) continue;
    const continues = column !== -1 && ink - start > column;
    const entry = entryAt(text, start, ink, stop, continues ? /=/ : /[=:]/);
    if (!continues) {
      column = ink - start;
      current = entry;
      if (entry) entries.push(entry);
    } else if (current) {
      current.continued.push({ start, end: afterLine(text, stop) });
      if (entry && valueOf(text, current) === '') current.children.push(entry);
    }
  }
  return entries;
}

/** The key and value of a line; undefined for a line without a key or without a sign behind it, which no reader reads. */
function entryAt(text: string, start: number, ink: number, stop: number, signs: RegExp): Entry | undefined {
  const line = text.slice(ink, stop);
  const sign = line.search(signs);
  if (sign < 1) return undefined;
  const behind = ink + sign + 1;
  const stopOfText = withoutReturns(text, behind, stop);
  const value = firstInk(text, behind, stopOfText);
  return {
    key: line.slice(0, sign).trimEnd(),
    start,
    name: ink,
    value,
    valueEnd: inkEnd(text, value, stopOfText),
    end: afterLine(text, stop),
    colon: line[sign] === ':',
    continued: [],
    children: [],
  };
}

/** The value without a comment behind it. */
function valueOf(text: string, entry: Entry): string {
  // The character before the value is the sign or a blank: behind a blank, even a comment sign at the very start counts.
  const withLead = text.slice(entry.value - 1, entry.valueEnd);
  const comment = withLead.search(/\s[#;]/);
  return (comment === -1 ? withLead : withLead.slice(0, comment)).slice(1).trimEnd();
}

/** Where a new key goes: behind the section's last key, and behind the comments that follow it unless they stand right above the next header. */
function ownEnd(text: string, section: Section): number {
  let own = section.body;
  let withComments = section.body;
  for (let start = section.body, stop; start < section.end; start = stop + 1) {
    stop = lineStop(text, start);
    const ink = firstInk(text, start, stop);
    if (ink === stop) continue;
    const comment = isComment(text, ink);
    if (!comment) own = afterLine(text, stop);
    if (!comment || withComments === start) withComments = afterLine(text, stop);
  }
  return withComments === section.end && section.end < text.length ? own : withComments;
}

/** As Python's configparser lays a section out: the keys, then one empty line. */
function newSection(wanted: Wanted, eol: string): string {
  const lines = [...wanted.set.values()].map(([key, value]) => `${key} = ${value}${eol}`);
  return `[${wanted.section}]${eol}${lines.join('')}${eol}`;
}

/** What is missing to an empty line at the end. */
function blankLineBefore(text: string, eol: string): string {
  if (text === '' || text === String.fromCharCode(BYTE_ORDER_MARK)) return '';
  if (!text.endsWith('\n')) return eol + eol;
  return /(^|\n)[ \t\r]*\n$/.test(text.slice(-100)) ? '' : eol;
}

function splice(text: string, splices: readonly Splice[]): string {
  let result = '';
  let done = 0;
  for (const { start, end, text: to } of splices.toSorted((a, b) => a.start - b.start)) {
    // A nested key may be asked away together with its block.
    if (start < done) continue;
    result += text.slice(done, start) + to;
    done = end;
  }
  return result + text.slice(done);
}

/** The words of a header as Python's `shlex.split` gives them; undefined where a quote is not closed. */
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

/** Between double quotes a backslash is itself, except before a quote and another backslash. */
function unquoted(_: string, escaped?: string, single?: string, double?: string): string {
  return escaped ?? single ?? double?.replace(/\\(["\\])/g, '$1') ?? '';
}

/** The text's own line end, told by its first one. */
function lineEndOf(text: string): string {
  const first = text.indexOf('\n');
  return first > 0 && text.charCodeAt(first - 1) === RETURN ? '\r\n' : '\n';
}

/** The offset of the line feed that ends the line, or of the text's end. */
function lineStop(text: string, start: number): number {
  const stop = text.indexOf('\n', start);
  return stop === -1 ? text.length : stop;
}

function afterLine(text: string, stop: number): number {
  return Math.min(stop + 1, text.length);
}

/** The first character that is no blank, or `stop`. */
function firstInk(text: string, start: number, stop: number): number {
  let at = start;
  while (at < stop && isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

/** The offset behind the last character that is no blank, or `start`. */
function inkEnd(text: string, start: number, stop: number): number {
  let at = stop;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

function withoutReturns(text: string, start: number, stop: number): number {
  let at = stop;
  while (at > start && text.charCodeAt(at - 1) === RETURN) at -= 1;
  return at;
}

/** White space to Python: what `\s` is, four separators and NEL. */
function isBlank(code: number): boolean {
  if (code <= BLANK) return code === BLANK || (code >= TAB && code <= RETURN) || code >= 28;
  return (
    code === 0x85 ||
    code === 0xa0 ||
    (code >= 0x1680 && code !== BYTE_ORDER_MARK && /\s/.test(String.fromCharCode(code)))
  );
}

function isComment(text: string, ink: number): boolean {
  const code = text.charCodeAt(ink);
  return code === HASH || code === SEMICOLON;
}

function damaged(path: string, text: string, offset: number, what: string): GauthError {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return new GauthError('FILE', `${path} cannot be understood: line ${String(line)} ${what}`, {
    hints: ['the file was left as it is: mend that line, then try again'],
  });
}
