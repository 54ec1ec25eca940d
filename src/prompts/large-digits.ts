/** Draws a number in large digits, so that it is easily compared with those on a phone. Pure. */

/** Five rows of three columns each; one bit per column. */
const DIGITS: readonly (readonly number[])[] = [
  [7, 5, 5, 5, 7],
  [2, 6, 2, 2, 7],
  [7, 1, 7, 4, 7],
  [7, 1, 7, 1, 7],
  [5, 5, 7, 1, 1],
  [7, 4, 7, 1, 7],
  [7, 4, 7, 5, 7],
  [7, 1, 1, 1, 1],
  [7, 5, 7, 5, 7],
  [7, 5, 7, 1, 7],
];
const ROWS = 5;
/** Columns of a digit with its gap: characters are about twice as high as wide. */
const WIDTH = 8;

/** The number drawn in block characters; undefined if it is not a number or does not fit into the columns. */
export function largeDigits(number: string, columns: number): string | undefined {
  const digits = [...number];
  if (!/^\d+$/.test(number) || digits.length * WIDTH > columns) return undefined;
  const rows = Array.from({ length: ROWS }, (_, row) =>
    digits.map((digit) => dots(DIGITS[Number(digit)]?.[row] ?? 0)).join('  '),
  );
  return rows.map((row) => `  ${row}`.trimEnd()).join('\n');
}

function dots(bits: number): string {
  return [4, 2, 1].map((bit) => ((bits & bit) === 0 ? '  ' : '██')).join('');
}
