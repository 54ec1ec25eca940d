/** Tasks with limited concurrency: results in order, and no task is started after a failure. */
import { expect, it } from 'vitest';
import { mapConcurrently } from '../src/concurrency.ts';

/** Lets everything go on that can. */
const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('gives the results in the order of the items, whichever ends first', async () => {
  const waits = [3, 0, 2, 1];
  const results = await mapConcurrently(waits, 2, async (wait) => {
    for (let each = 0; each < wait; each += 1) await turn();
    return `after ${String(wait)}`;
  });
  expect(results).toEqual(['after 3', 'after 0', 'after 2', 'after 1']);
});

it('runs at most the given number at a time', async () => {
  let busy = 0;
  let busiest = 0;
  await mapConcurrently(Array.from({ length: 20 }), 8, async () => {
    busiest = Math.max(busiest, ++busy);
    await turn();
    busy -= 1;
  });
  expect(busiest).toBe(8);
});

it('starts nothing after a failure', async () => {
  const begun: number[] = [];
  const work = mapConcurrently([0, 1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    await turn();
    if (item === 1) throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  await turn();
  await turn();
  expect(begun).toEqual([0, 1, 2]);
});

it('returns nothing for no items', async () => {
  expect(await mapConcurrently([], 8, () => Promise.reject(new Error('never')))).toEqual([]);
});
