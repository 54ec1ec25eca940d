/** What `--log` shows: lines on standard error for the person who looks for a fault. */
import type { Log, LogLevel, Output } from './ports.ts';
import { oneLine } from './text.ts';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2 };

/** Messages are never given a secret; what they hold from elsewhere is made plain here. */
export function createLog(level: LogLevel, stderr: Output): Log {
  const at =
    (rank: LogLevel) =>
    (message: string): void => {
      if (RANK[rank] >= RANK[level]) stderr.write(`gauth: ${oneLine(message, 1_000)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn') };
}
