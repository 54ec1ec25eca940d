/** Searches a list by what the user types: words in any order, exact matches before approximate ones. Pure. */

export interface SearchedItem {
  /** All columns of the item in one line. */
  readonly text: string;
  /** The item comes first when this number is typed. */
  readonly number?: number;
}

/** The indexes of the items that contain all typed words, the best match first, else in the order of the list. */
export function searchList(items: readonly SearchedItem[], typed: string): readonly number[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const number = /^\d+$/.test(typed.trim()) ? Number(typed) : undefined;
  const found = items.flatMap((item, index) => {
    // So that Enter chooses it.
    if (number !== undefined && item.number === number) return { index, penalty: -1 };
    const penalties = words.map((word) => mismatch(searchedText(item.text, word), word));
    const isMatch = penalties.every((penalty) => penalty !== undefined);
    return isMatch ? { index, penalty: Math.max(0, ...penalties) } : [];
  });
  return found.toSorted((a, b) => a.penalty - b.penalty).map(({ index }) => index);
}

/** The common parts of role ARNs match only if the user types an ARN: "ro" should not match every ":role/". */
function searchedText(text: string, word: string): string {
  return (/[:/]/.test(word) ? text : shortenArns(text)).toLowerCase();
}

/** The text with the account and the name of each role in place of its ARN. */
export function shortenArns(text: string): string {
  return text.replace(/arn:[\w-]*:iam::(\d*):role\//g, '$1 ');
}

/** How far the letters of a word may be apart, in multiples of its length. */
const LOOSEST = 4;

/**
 * 0 if the text contains the word; else how many other characters are between its letters, if they are all there in this order;
 * else undefined. Numbers must be exact, because every account ID has most digits, and so must parts of ARNs.
 */
function mismatch(text: string, word: string): number | undefined {
  if (text.includes(word)) return 0;
  if (word.length < 2 || /^\d+$|[:/]/.test(word)) return undefined;
  let shortest = Infinity;
  for (let start = text.indexOf(word.charAt(0)); start >= 0; start = text.indexOf(word.charAt(0), start + 1))
    shortest = Math.min(shortest, spanFrom(text, start, word));
  return shortest > word.length * LOOSEST ? undefined : shortest - word.length;
}

/** The length of the shortest part of the text that begins at `start` and has the letters of the word in order. */
function spanFrom(text: string, start: number, word: string): number {
  let at = start;
  for (const letter of word.slice(1)) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return Infinity;
  }
  return at + 1 - start;
}
