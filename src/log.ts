/** The log (`--log LEVEL`): lines on standard error. */
import type { Log, LogLevel, Output } from './ports.ts';
import { oneLine } from './text.ts';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2 };

/** Messages never contain secrets. Text from elsewhere is made safe for a terminal here. */
export function createLog(level: LogLevel, stderr: Output): Log {
  const at =
    (rank: LogLevel) =>
    (message: string, hints: readonly string[] = []): void => {
      if (RANK[rank] < RANK[level]) return;
      stderr.write(`gauth: ${oneLine(message, 1_000)}\n`);
      for (const hint of hints) stderr.write(`  ${oneLine(hint, 1_000)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn') };
}
