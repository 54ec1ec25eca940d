/** The program behind the front: argv and the real outside world in, exit status out. */
import { main } from './main.ts';
import { realSystem } from './system/index.ts';

export async function run(argv: readonly string[]): Promise<void> {
  process.exitCode = await main(argv, realSystem());
}
