/** Changes in AWS's shared files, made line by line: what is named changes, and no other byte. */
import { GauthError } from '../errors.ts';
import { checkReadable, checkShadow } from './ini-checks.ts';
import {
  nextLine,
  BYTE_ORDER_MARK,
  syntaxError,
  entriesOf,
  type Entry,
  firstNonBlank,
  type Ini,
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

/** What to change in one section; a section that does not exist is made as soon as there is something to set. */
export interface IniEdit {
  /** The header as it would be written: `default`, `profile sts-temp`, `profile 'a b'`, `sts-temp`. Quotes and blanks in the file may differ. */
  readonly section: string;
  /** Whether the header stands for itself, as in the credentials file, and not for the profile in it. */
  readonly exact?: boolean;
  /** `google_config.duration` names a dotted key and a nested one: every form that is there is changed. */
  readonly set: readonly (readonly [key: string, value: string])[];
  readonly remove?: readonly string[];
}

/** Replaces the text between two offsets. */
interface Splice extends Line {
  readonly text: string;
}

/**
 * The text with the edits made: the same string where they change nothing.
 * Throws GauthError FILE for a text that cannot be understood, BAD_OPTION (without the value) for a value that the AWS readers would not read back.
 */
export function editIni(text: string, edits: readonly IniEdit[], path: string): string {
  const ini = parseIni(text, path);
  const eol = lineEndOf(text);
  const splices: Splice[] = [];
  let appended = '';
  for (const wanted of together(edits, path)) {
    const group = matchingSections(ini, wanted.section, wanted.exact);
    if (group.length > 0) {
      if (!wanted.exact) checkShadow(ini, group, wanted.section);
      const changes = changesIn(ini, group, wanted, eol);
      for (const section of group) checkHeaders(ini, section, changes);
      splices.push(...changes);
    } else if (wanted.set.size > 0) appended += newSection(wanted, eol);
  }
  if (appended !== '') {
    // A byte order mark makes botocore refuse the file. Where there is nothing else, it goes.
    const start = text === BYTE_ORDER_MARK_TEXT ? 0 : text.length;
    splices.push({ start, end: text.length, text: blankLineBefore(text, eol) + appended });
  }
  return splice(text, splices);
}

/**
 * The edits that make of one text's keys those of another, section by section: what a program changed that wrote the whole file.
 * Throws GauthError FILE for a text that cannot be understood.
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

/** The edits of one section, gathered: the lower-case key with its spelling and value, or undefined for one to remove. */
interface Wanted {
  readonly section: string;
  readonly exact: boolean;
  readonly set: Map<string, readonly [key: string, value: string]>;
  readonly remove: Set<string>;
}

function together(edits: readonly IniEdit[], path: string): readonly Wanted[] {
  const bySection = new Map<string, Wanted>();
  for (const { section, exact = false, set, remove = [] } of edits) {
    if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\]]|^$/.test(section)) {
      throw new GauthError('INTERNAL', 'a section header with characters that cannot be written');
    }
    const profile = exact ? undefined : profileNameOf(section);
    // A line feed stands in no header, so no header is taken for a profile's.
    const id = profile === undefined ? section : `profile\n${profile}`;
    const wanted: Wanted = bySection.get(id) ?? { section, exact, set: new Map(), remove: new Set() };
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

function changesIn(ini: Ini, group: readonly Section[], wanted: Wanted, eol: string): readonly Splice[] {
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
    const at = ownEnd(text, last);
    const open =
      text.charCodeAt(at - 1) !== LINE_FEED && !splices.some(({ text: to, end }) => to === '' && end === at);
    const indent = indentOf(ini, last);
    const lines = added.map((line) => indent + line).join(eol);
    splices.push({ start: at, end: at, text: open ? eol + lines : lines + eol });
  }
  return splices;
}

/**
 * The blanks before a new key: those of the section's last one. Behind less, an indented header below would continue the key to
 * botocore; behind more, the key would continue the last one.
 */
function indentOf({ text }: Ini, section: Section): string {
  const inkAt = (start: number): number => firstNonBlank(text, start, lineEnd(text, start));
  let last: string | undefined;
  for (let start = section.body; start < section.end; start = lineEnd(text, start) + 1) {
    const ink = inkAt(start);
    if (ink === lineEnd(text, start) || isComment(text, ink)) continue;
    if (last === undefined || ink - start <= last.length) last = text.slice(start, ink);
  }
  // To the SDK for JavaScript, an indented key behind an empty one is nested in it.
  const isNested = entriesOf(text, section).some((entry) => valueOf(text, entry) === '');
  return last === undefined || isNested ? text.slice(section.end, inkAt(section.end)) : last;
}

/** Whether the next header still is one behind what the section becomes: a state of readers ends at each header, so the rest of the file need not be looked at. */
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
    'starts a section that cannot be changed without its neighbour',
  );
}

/** The nested entries of one key that `block.key` (in lower case) names. */
function childrenNamed(entry: Entry, dotted: string): readonly Entry[] {
  const block = `${entry.key.toLowerCase()}.`;
  if (!dotted.startsWith(block)) return [];
  return entry.children.filter((child) => block + child.key.toLowerCase() === dotted);
}

/** Nested keys are read in the very letters by all. */
function nestedReplacement(ini: Ini, block: Entry, dotted: string, value: string): readonly Splice[] {
  const key = dotted.slice(block.key.length + 1);
  const children = childrenNamed(block, dotted.toLowerCase());
  const child = children.findLast((one) => one.key === key) ?? children.at(-1);
  if (!child) return [];
  // To botocore, a comment after the block's own sign is a value that the block continues. Without the comment the lines are
  // nested keys, and botocore refuses the whole file if one of them has no equals sign.
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
  if (entry.continued.length > 0 && valueOf(ini.text, entry) !== '') throw ambiguous(ini, entry);
  return entry.continued.map(({ start, end }) => ({ start, end, text: '' }));
}

function ambiguous({ path, text }: Ini, { key, start, continued }: Entry): GauthError {
  return syntaxError(
    path,
    text,
    continued[0]?.start ?? start,
    `is indented under a value (${key}), which AWS tools read in different ways`,
  );
}

/** Where a new key goes: behind the section's last key, and behind the comments that follow it unless they stand right above the next header. */
function ownEnd(text: string, section: Section): number {
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

/** As Python's configparser lays a section out: the keys, then one empty line. */
function newSection(wanted: Wanted, eol: string): string {
  const lines = [...wanted.set.values()].map(([key, value]) => `${key} = ${value}${eol}`);
  return `[${wanted.section}]${eol}${lines.join('')}${eol}`;
}

/** What is missing to an empty line at the end. */
function blankLineBefore(text: string, eol: string): string {
  if (text === '' || text === BYTE_ORDER_MARK_TEXT) return '';
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

/** The text's own line end, told by its first one. */
function lineEndOf(text: string): string {
  const first = text.indexOf('\n');
  return first > 0 && text.charCodeAt(first - 1) === RETURN ? '\r\n' : '\n';
}
