/** How long gauth takes to answer by itself, as a ratio to a bare start of the same Node. */
import { GAUTH, type Row, wallTimes } from './measure.ts';

export function measureStartup(): readonly Row[] {
  const [bare = NaN, version = NaN, help = NaN] = wallTimes(
    [
      ['-e', '0'],
      [GAUTH, '--version'],
      [GAUTH, '--help'],
    ],
    41,
  );
  return [
    { name: 'gauth --version / node -e 0', measured: version / bare, limit: 1.25, unit: 'x' },
    { name: 'gauth --help / node -e 0', measured: help / bare, limit: 1.4, unit: 'x' },
  ];
}
