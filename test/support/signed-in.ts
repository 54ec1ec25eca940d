/** A home folder with signed-in profiles of one account, and more text in the config file below them. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { temporaryHome } from '../fakes/system.ts';
import { FLAGS, type Organisation, organisation, USER } from './organisation.ts';
import { runScenario } from './scenario.ts';

export async function signedIn(
  names: readonly string[],
  config: string,
): Promise<{ world: Organisation; home: string }> {
  const world = organisation();
  const home = temporaryHome();
  for (const [index, name] of names.entries()) {
    const result = await runScenario(world, [...FLAGS.slice(0, -1), name], {
      home,
      dialogue: index === 0 ? [[/Password/, USER.password]] : [],
    });
    expect(result.status, result.err).toBe(0);
  }
  appendFileSync(join(home, '.aws', 'config'), config);
  return { world, home };
}
