/** Text for messages: untrusted text made safe for a terminal, words quoted for a POSIX shell, plurals, edit distance. */

/** Control characters (C0, DEL, C1), which start escape sequences, and characters that change the writing direction. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** Invisible characters, which can hide text: zero-width spaces, interlinear annotations, tags. Joiners are kept, since some scripts need them. */
const INVISIBLE = /[\u00ad\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]+/gu;

/** One line of plain text: without invisible characters, with one space for unsafe characters and white space, trimmed, cut at `limit` characters. */
export function oneLine(text: string, limit = 300): string {
  const line = text.replace(INVISIBLE, '').replace(UNSAFE, ' ').replace(/\s+/g, ' ').trim();
  if (line.length <= limit) return line;
  // Not half of a surrogate pair.
  return `${line.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** JSON on one line in which characters that a terminal might obey are escaped, so that the values stay exact. */
export function terminalSafeJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (run) =>
    [...run].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** The text with a space for each run of unsafe characters. White space is kept, because it may be part of a path. */
export function sanitise(text: string): string {
  return text.replace(UNSAFE, ' ');
}

/** An argument of a command in a message: quoted if a shell would split or interpret it. */
export function shellQuote(text: string): string {
  const word = oneLine(text);
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `1 profile`, `2 profiles`. */
export function pluralise(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** The words of a text in lines of at most `width` characters, if no word is longer. */
export function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The Levenshtein distance, ignoring case. */
export function editDistance(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
