/** The numbers of several items. */
import { expect, test } from 'vitest';
import { parseNumbers } from '../../src/system/number-list.ts';

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
])('"%s" means the positions %j', (text, places) => {
  expect(parseNumbers(text, 4)).toEqual(places);
});
