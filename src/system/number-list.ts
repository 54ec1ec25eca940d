/** Reads the numbers of several items, as a user types them on a terminal that cannot redraw. Pure. */

/** The indexes (from 0) in a text like `1 3-5` or `all`; undefined if there is none, or one outside the list. */
export function parseNumbers(text: string, length: number): readonly number[] | undefined {
  if (text.trim().toLowerCase() === 'all') return Array.from({ length }, (_, index) => index);
  const places = new Set<number>();
  for (const word of text.split(/[\s,]+/).filter((each) => each !== '')) {
    const [, from, to = from] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(word) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!(first >= 1 && first <= last && last <= length)) return undefined;
    for (let place = first; place <= last; place += 1) places.add(place - 1);
  }
  return places.size === 0 ? undefined : [...places].toSorted((a, b) => a - b);
}
