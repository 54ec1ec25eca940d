/** The lossless editor of AWS's files: changes the named keys and no other byte. */
import { GauthError } from '../errors.ts';
import { checkReadable, checkShadow } from './ini-checks.ts';
import {
  BYTE_ORDER_MARK,
  syntaxError,
  entriesOf,
  type Entry,
  firstNonBlank,
  type Ini,
  insertionPoint,
  isComment,
  keyValues,
  type Line,
  lineEnd,
  parseIni,
  profileNameOf,
  type Section,
  matchingSections,
  valueOf,
} from './ini.ts';

const LINE_FEED = 10;
const RETURN = 13;
const BYTE_ORDER_MARK_TEXT = String.fromCharCode(BYTE_ORDER_MARK);

/** The changes of one section. A missing section is added if there is a key to set. */
export interface IniEdit {
  /** The header as gauth would write it: `default`, `profile sts-temp`, `profile 'a b'`, `sts-temp`. The file may use other quotes and spaces. */
  readonly section: string;
  /** Whether the header is matched literally, as in the credentials file, instead of by the profile name in it. */
  readonly exact?: boolean;
  /** `google_config.duration` means a dotted key and a nested one: all forms in the file are changed. */
  readonly set: readonly (readonly [key: string, value: string])[];
  readonly remove?: readonly string[];
}

/** Replaces the text between two offsets. */
interface Splice extends Line {
  readonly text: string;
}

/**
 * Applies the edits; returns the same string if they change nothing.
 * Throws GauthError FILE for a text that cannot be parsed, BAD_OPTION (without the value) for a value that AWS tools would not read back.
 */
export function editIni(text: string, edits: readonly IniEdit[], path: string): string {
  const ini = parseIni(text, path);
  const eol = lineEndOf(text);
  const splices: Splice[] = [];
  let appended = '';
  for (const wanted of mergeEdits(edits, path)) {
    const group = matchingSections(ini, wanted.section, wanted.exact);
    if (group.length > 0) {
      if (!wanted.exact) checkShadow(ini, group, wanted.section);
      const changes = changesIn(ini, group, wanted, eol);
      for (const section of group) checkHeaders(ini, section, changes);
      splices.push(...changes);
    } else if (wanted.set.size > 0) appended += newSection(wanted, eol);
  }
  if (appended !== '') {
    // botocore refuses a file with a byte order mark. If the file has nothing else, the mark is removed.
    const start = text === BYTE_ORDER_MARK_TEXT ? 0 : text.length;
    splices.push({ start, end: text.length, text: blankLineBefore(text, eol) + appended });
  }
  return splice(text, splices);
}

/**
 * The edits that turn the keys of one text into those of another, section by section: the changes of a program that rewrote the file.
 * Throws GauthError FILE for a text that cannot be parsed.
 */
export function editsBetween(before: string, after: string, path: string): readonly IniEdit[] {
  const [old, now] = [parseIni(before, path), parseIni(after, path)];
  const headers = new Set([...old.sections, ...now.sections].map(({ header }) => header));
  return [...headers].flatMap((section) => {
    const oldKeys = keyValues(old, section, true) ?? new Map<string, string>();
    const newKeys = keyValues(now, section, true) ?? new Map<string, string>();
    const set = [...newKeys].filter(([key, value]) => value !== '' && oldKeys.get(key) !== value);
    const remove = [...oldKeys.keys()].filter((key) => !newKeys.has(key));
    return set.length + remove.length === 0 ? [] : [{ section, exact: true, set, remove }];
  });
}

/** All edits of one section. `set` maps the lower-case key to its spelling and value. */
interface MergedEdit {
  readonly section: string;
  readonly exact: boolean;
  readonly set: Map<string, readonly [key: string, value: string]>;
  readonly remove: Set<string>;
}

function mergeEdits(edits: readonly IniEdit[], path: string): readonly MergedEdit[] {
  const bySection = new Map<string, MergedEdit>();
  for (const { section, exact = false, set, remove = [] } of edits) {
    if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\]]|^$/.test(section)) {
      throw new GauthError('INTERNAL', 'a section header with characters that cannot be written');
    }
    const profile = exact ? undefined : profileNameOf(section);
    // No header contains a line feed, so this cannot equal a header.
    const id = profile === undefined ? section : `profile\n${profile}`;
    const wanted: MergedEdit = bySection.get(id) ?? { section, exact, set: new Map(), remove: new Set() };
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

function changesIn(ini: Ini, group: readonly Section[], wanted: MergedEdit, eol: string): readonly Splice[] {
  const { text } = ini;
  const entries = group.flatMap((section) => entriesOf(text, section));
  const splices: Splice[] = [];
  for (const key of wanted.remove) splices.push(...removal(ini, entries, key));

  const added: string[] = [];
  for (const [key, [spelling, value]] of wanted.set) {
    const entry = entries.findLast((one) => one.key.toLowerCase() === key);
    const block = entries.findLast((one) => childrenNamed(one, key).length > 0);
    if (entry) splices.push(...replacement(ini, entry, spelling, value));
    if (block) splices.push(...nestedReplacement(ini, block, spelling, value));
    if (!entry && !block) added.push(`${spelling} = ${value}`);
  }
  const last = group.at(-1);
  if (last && added.length > 0) {
    const at = insertionPoint(text, last);
    const open =
      text.charCodeAt(at - 1) !== LINE_FEED && !splices.some(({ text: to, end }) => to === '' && end === at);
    const indent = indentOf(ini, last);
    const lines = added.map((line) => indent + line).join(eol);
    splices.push({ start: at, end: at, text: open ? eol + lines : lines + eol });
  }
  return splices;
}

/**
 * The indentation of a new key: that of the section's last key. With less, botocore would read an indented header below as a
 * continuation of the key; with more, the key would continue the last key.
 */
function indentOf({ text }: Ini, section: Section): string {
  const firstCharacterOf = (start: number): number => firstNonBlank(text, start, lineEnd(text, start));
  let last: string | undefined;
  for (let start = section.body; start < section.end; start = lineEnd(text, start) + 1) {
    const ink = firstCharacterOf(start);
    if (ink === lineEnd(text, start) || isComment(text, ink)) continue;
    if (last === undefined || ink - start <= last.length) last = text.slice(start, ink);
  }
  // The SDK for JavaScript reads an indented key after an empty one as nested in it.
  const isNested = entriesOf(text, section).some((entry) => valueOf(text, entry) === '');
  return last === undefined || isNested ? text.slice(section.end, firstCharacterOf(section.end)) : last;
}

/** Throws if the next header would no longer be one after the change. Parsers start anew at each header, so the rest of the file is unaffected. */
function checkHeaders(ini: Ini, section: Section, changes: readonly Splice[]): void {
  const { text } = ini;
  const end = lineEnd(text, section.end);
  const inside = changes.filter(({ start }) => start >= section.start && start <= section.end);
  const moved = inside.map((one) => ({
    ...one,
    start: one.start - section.start,
    end: one.end - section.start,
  }));
  const before = parseIni(text.slice(section.start, end), ini.path).sections;
  const after = parseIni(splice(text.slice(section.start, end), moved), ini.path).sections;
  const headers = (all: readonly Section[]): string => all.map(({ header }) => header).join('\n');
  if (headers(before) === headers(after)) return;
  throw syntaxError(
    ini.path,
    text,
    section.start,
    'starts a section that cannot be changed without changing the next one',
  );
}

/** The nested entries with the dotted name `block.key` (in lower case). */
function childrenNamed(entry: Entry, dotted: string): readonly Entry[] {
  const block = `${entry.key.toLowerCase()}.`;
  if (!dotted.startsWith(block)) return [];
  return entry.children.filter((child) => block + child.key.toLowerCase() === dotted);
}

/** Replaces a nested key. AWS tools match nested keys with case. */
function nestedReplacement(ini: Ini, block: Entry, dotted: string, value: string): readonly Splice[] {
  const key = dotted.slice(block.key.length + 1);
  const children = childrenNamed(block, dotted.toLowerCase());
  const child = children.findLast((one) => one.key === key) ?? children.at(-1);
  if (!child) return [];
  // botocore reads a comment after the block's equals sign as a value, and the lines below as its continuation. Without the comment
  // these lines are nested keys, and botocore refuses the whole file if one of them has no equals sign.
  if (block.valueEnd > block.value && block.continued.length !== block.children.length) {
    throw ambiguous(ini, block);
  }
  const comment = { start: block.value, end: block.valueEnd, text: '' };
  return [comment, ...replacement(ini, child, key, value)];
}

function replacement(ini: Ini, entry: Entry, key: string, value: string): readonly Splice[] {
  const { text } = ini;
  const block = continuation(ini, entry);
  if (entry.key !== key || entry.colon) {
    return [{ start: entry.name, end: entry.valueEnd, text: `${key} = ${value}` }, ...block];
  }
  if (text.slice(entry.value, entry.valueEnd) === value) return block;
  // `key =` gets a space after the equals sign if there is one before it.
  const space = text.slice(entry.value - 2, entry.value) === ' =' ? ' ' : '';
  return [{ start: entry.value, end: entry.valueEnd, text: space + value }, ...block];
}

/** Removes all lines of a key, and the head of a nested block that becomes empty. */
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

/** Removes the lines below a key. If the key has a value, some tools read these lines as keys and others as part of the value: that is an error. */
function continuation(ini: Ini, entry: Entry): readonly Splice[] {
  if (entry.continued.length > 0 && valueOf(ini.text, entry) !== '') throw ambiguous(ini, entry);
  return entry.continued.map(({ start, end }) => ({ start, end, text: '' }));
}

function ambiguous({ path, text }: Ini, { key, start, continued }: Entry): GauthError {
  return syntaxError(
    path,
    text,
    continued[0]?.start ?? start,
    `is indented below a value (${key}), and AWS tools read this in different ways`,
  );
}

/** A new section in the layout of Python's configparser: the keys, then an empty line. */
function newSection(wanted: MergedEdit, eol: string): string {
  const lines = [...wanted.set.values()].map(([key, value]) => `${key} = ${value}${eol}`);
  return `[${wanted.section}]${eol}${lines.join('')}${eol}`;
}

/** The line ends that are missing for an empty line at the end. */
function blankLineBefore(text: string, eol: string): string {
  if (text === '' || text === BYTE_ORDER_MARK_TEXT) return '';
  if (!text.endsWith('\n')) return eol + eol;
  return /(^|\n)[ \t\r]*\n$/.test(text.slice(-100)) ? '' : eol;
}

function splice(text: string, splices: readonly Splice[]): string {
  let result = '';
  let done = 0;
  for (const { start, end, text: to } of splices.toSorted((a, b) => a.start - b.start)) {
    // A nested key may be removed together with its block.
    if (start < done) continue;
    result += text.slice(done, start) + to;
    done = end;
  }
  return result + text.slice(done);
}

/** The line end of the text's first line. */
function lineEndOf(text: string): string {
  const first = text.indexOf('\n');
  return first > 0 && text.charCodeAt(first - 1) === RETURN ? '\r\n' : '\n';
}
