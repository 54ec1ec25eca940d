/** Words for people: text from elsewhere made safe for a terminal, words to type, numbers, and how near two words are. */

/** Control characters (C0, DEL, C1), which carry escape sequences, and the marks that turn the direction of writing. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** What takes no room and can hide words within words: zero-width spaces, marks of interlinear text, tags. The joiners are letters' own. */
const INVISIBLE = /[\u00ad\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]+/gu;

/** One line of plain text: invisible characters go, unsafe characters and runs of white space become one space, the ends are trimmed, the rest is cut at `limit` characters. */
export function oneLine(text: string, limit = 300): string {
  const line = text.replace(INVISIBLE, '').replace(UNSAFE, ' ').replace(/\s+/g, ' ').trim();
  if (line.length <= limit) return line;
  // No half of a character that takes two places.
  return `${line.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Text with a space for each run of unsafe characters, and else as it is: blanks may be part of a path in it. */
export function sanitise(text: string): string {
  return text.replace(UNSAFE, ' ');
}

/** A word of a command that somebody is told to type: in quotes where a shell would take it apart. */
export function shellQuote(text: string): string {
  const word = oneLine(text);
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `1 profile`, `2 profiles`. */
export function pluralise(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** Levenshtein's distance, case aside. */
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
