/** Tables as text. Pure. */

/**
 * Lines with a heading, each column as wide as its widest cell. Cells must be safe to print. `paint` may colour a cell, whose width
 * stays that of its text.
 */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (cell: string, row: number, heading: string) => string = (cell) => cell,
): string {
  const lines = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells, line) =>
      cells
        .map((cell, column) => {
          const padding = ' '.repeat(Math.max(0, (widths[column] ?? 0) - cell.length));
          return (line === 0 ? cell : paint(cell, line - 1, heading[column] ?? '')) + padding;
        })
        .join('  '),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}
