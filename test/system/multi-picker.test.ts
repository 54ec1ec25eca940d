/** Choosing several: marks that come and go, and numbers where nothing can be redrawn. */
import { describe, expect, it, test } from 'vitest';
import { pickSeveral, parseNumbers } from '../../src/system/multi-picker.ts';

const items = ['dev', 'prod', 'old', 'test'].map((name) => ({
  value: name,
  text: name,
  disabled: name === 'old' ? '(gone)' : undefined,
}));

/** Picks the rows that fit, one after the other, and notes what the first row and the marks said. */
async function mark(...words: readonly RegExp[]) {
  const seen: string[] = [];
  const left = [...words];
  const values = await pickSeveral(items, (rows) => {
    const word = left.shift();
    const found = rows.filter((row) => word?.test(row.text));
    seen.push(
      `${rows[0]?.text ?? ''} | ${rows
        .slice(1)
        .map(({ text }) => text)
        .join(' ')}`,
    );
    if (found.length !== 1 || !found[0]) throw new Error(`${String(word)} fits ${String(found.length)} rows`);
    return Promise.resolve(found[0].value);
  });
  expect(left).toEqual([]);
  return { values, seen };
}

describe('markSeveral', () => {
  it('gives what was marked, in the order of the list', async () => {
    const { values, seen } = await mark(/test/, /dev/, /^done/);
    expect(values).toEqual(['dev', 'test']);
    expect(seen).toEqual([
      'all 3 items | [ ] dev [ ] prod [ ] old [ ] test',
      'done, with 1 marked | [ ] dev [ ] prod [ ] old [x] test',
      'done, with 2 marked | [x] dev [ ] prod [ ] old [x] test',
    ]);
  });

  it('takes a mark away again', async () => {
    expect((await mark(/dev/, /prod/, /dev/, /^done/)).values).toEqual(['prod']);
  });

  it('gives all that can be chosen where none is marked', async () => {
    expect((await mark(/^all/)).values).toEqual(['dev', 'prod', 'test']);
  });
});

test.each([
  ['1', [0]],
  ['3 1', [0, 2]],
  ['2-4', [1, 2, 3]],
  [' 1,3-4, 3 ', [0, 2, 3]],
  ['ALL', [0, 1, 2, 3]],
  ['', undefined],
  ['0', undefined],
  ['5', undefined],
  ['2-9', undefined],
  ['4-2', undefined],
  ['1 x', undefined],
])('"%s" names the places %j', (text, places) => {
  expect(parseNumbers(text, 4)).toEqual(places);
});
