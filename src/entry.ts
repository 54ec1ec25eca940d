/** The entry point of the program: runs `main` with argv and the implemented ports, and sets the exit status. */
import { main } from './main.ts';
import { realSystem } from './system/index.ts';

export async function run(argv: readonly string[]): Promise<void> {
  process.exitCode = await main(argv, realSystem());
}
