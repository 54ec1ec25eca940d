/** Findings about the permissions of files. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkModes } from '../../src/doctor/file-checks.ts';
import { temporaryHome } from '../fakes/system.ts';
import { POSIX } from '../support/needs.ts';

describe('the modes of files', POSIX, () => {
  it('are a problem with a fix if others can read keys', async () => {
    const folder = join(temporaryHome(), '.aws');
    mkdirSync(folder, { mode: 0o700 });
    const credentials = join(folder, 'credentials');
    writeFileSync(credentials, '');
    chmodSync(credentials, 0o644);
    const found = await checkModes({ config: join(folder, 'config'), credentials }, 'linux');
    expect(found).toMatchObject([
      { level: 'problem', fix: { kind: 'mode', path: credentials, mode: 0o600 } },
    ]);
  });

  it('are not checked for a device in their place, which --fix would take from everybody', async () => {
    const found = await checkModes({ config: '/dev/null', credentials: '/dev/null' }, 'linux');
    expect(found).toMatchObject([{ level: 'fine' }]);
  });
});
