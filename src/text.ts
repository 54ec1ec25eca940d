/** Text from elsewhere, made safe to show on a terminal. */

/** Control characters (C0, DEL, C1), which carry escape sequences, and the marks that turn the direction of writing. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** One line of plain text: unsafe characters and runs of white space become one space, the ends are trimmed, the rest is cut at `limit` characters. */
export function plain(text: string, limit = 300): string {
  const line = text.replace(UNSAFE, ' ').replace(/\s+/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** Text with a space for each run of unsafe characters, and else as it is: blanks may be part of a path in it. */
export function harmless(text: string): string {
  return text.replace(UNSAFE, ' ');
}

/** `1 profile`, `2 profiles`. */
export function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`;
}
