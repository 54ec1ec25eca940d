/** `npm run bench`: what gauth costs, measured on the built command, against the limits it has to keep. */
import { measureBrowser } from './bench/browser.ts';
import { startEmulators } from './bench/emulator-process.ts';
import { measureIni } from './bench/ini.ts';
import { measureLatency } from './bench/latency.ts';
import type { Row } from './bench/measure.ts';
import { measureSignIn } from './bench/signin.ts';
import { measureStartup } from './bench/startup.ts';

const emulators = await startEmulators();
const rows: readonly Row[] = [
  ...measureStartup(),
  ...measureSignIn(emulators),
  ...(await measureLatency(emulators)),
  ...(await measureBrowser()),
  {
    name: 'edit among 10,000 profiles / read and split',
    measured: measureIni().ratio,
    limit: 2,
    unit: 'x',
  },
];
emulators.close();

function figure(value: number, unit: Row['unit']): string {
  return unit === 'x' ? `${value.toFixed(2)} x` : `${value.toFixed(0)} ${unit}`.trimEnd();
}

function verdict({ measured, limit, goal, unit }: Row): string {
  if (!(measured <= limit)) return 'MISSED';
  return goal === undefined || measured <= goal ? 'ok' : `ok, but the goal is ${figure(goal, unit)}`;
}

const table = rows.map((row) => [
  row.name,
  figure(row.measured, row.unit),
  `<= ${figure(row.limit, row.unit)}`,
  verdict(row),
]);
const lines = [['measured on', `Node ${process.versions.node}`, 'limit', ''], ...table];
const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
for (const line of lines) {
  console.log(
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
// A figure that is no number (NaN) is a miss, too.
process.exitCode = rows.every(({ measured, limit }) => measured <= limit) ? 0 : 1;
