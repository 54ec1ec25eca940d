/**
 * The entry point of the program, started by the launcher: runs `main` with argv and the real system, and sets the exit
 * status.
 */
import { main } from './main.ts';
import { realSystem } from './system/real-system.ts';

export async function run(argv: readonly string[]): Promise<void> {
  process.exitCode = await main(argv, realSystem());
}
