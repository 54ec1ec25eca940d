/** Selects several items: shows the searchable list again after each mark, because the checkboxes of @inquirer/prompts cannot be searched. */
import type { Item } from './picker.ts';

type Row<Value> = { readonly kind: 'end' } | { readonly kind: 'item'; readonly item: Item<Value> };

/**
 * Marks and unmarks the item that `pickOne` returns, until it returns the first row, which selects all items if none is
 * marked. The values are in the order of the items.
 */
export async function pickSeveral<Value>(
  items: readonly Item<Value>[],
  pickOne: (rows: readonly Item<Row<Value>>[]) => Promise<Row<Value>>,
): Promise<readonly Value[]> {
  const free = items.filter((item) => item.disabled === undefined);
  const marked = new Set<Item<Value>>();
  for (;;) {
    const text =
      marked.size === 0 ? `all ${String(free.length)} items` : `done, with ${String(marked.size)} marked`;
    const end = { value: { kind: 'end' } as const, text, disabled: undefined };
    const rows = items.map((item) => ({
      ...item,
      value: { kind: 'item', item } as const,
      text: `[${marked.has(item) ? 'x' : ' '}] ${item.text}`,
      taken: `${marked.has(item) ? 'unmarked' : 'marked'} ${item.text}`,
    }));
    const row = await pickOne([end, ...rows]);
    if (row.kind === 'end') {
      return (marked.size === 0 ? free : free.filter((item) => marked.has(item))).map(({ value }) => value);
    }
    if (!marked.delete(row.item)) marked.add(row.item);
  }
}

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
