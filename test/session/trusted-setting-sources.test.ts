/** Settings that run programs, in files that other users may write. */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkSources } from '../../src/doctor/file-checks.ts';
import { OPTION_NAMES, optionRow } from '../../src/options/options.ts';
import { secret } from '../../src/options/parsers.ts';
import { SECRET_VARIABLES } from '../../src/child-environment.ts';
import { placesWritableByOthers } from '../../src/session/trusted-setting-sources.ts';
import { temporaryHome } from '../fakes/system.ts';
import { needs, ROOT } from '../support/needs.ts';
import { FLAGS, organisation, USER } from '../support/organisation.ts';
import { runScenario } from '../support/scenario.ts';

function homeWith(key: string, mode: number): { home: string; config: string } {
  const home = temporaryHome();
  mkdirSync(join(home, '.aws'), { mode: 0o700 });
  const config = join(home, '.aws', 'config');
  writeFileSync(config, `[profile sts-temp]\nregion = us-east-1\n${key} = touch ran\n`);
  chmodSync(config, mode);
  return { home, config };
}

describe(
  'a program that a profile names',
  needs(process.platform !== 'win32', 'Windows has no modes'),
  () => {
    it.each(['gauth_mfa_command', 'gauth_browser_path', 'gauth_browser_args'])(
      'by %s is refused before any prompt if others can write the file',
      async (key) => {
        const { home, config } = homeWith(key, 0o646);
        const result = await runScenario(organisation(), FLAGS, { home });
        expect(result).toMatchObject({ status: 2, toGoogle: 0 });
        expect(result.err).toBe(
          `gauth: ${key} in the profile names a program, and ${config} can be written by other users (mode 646) (BAD_OPTION)\n` +
            `  make it writable for you only: chmod go-w ${config}\n` +
            `  or set it with --${key.slice('gauth_'.length).replace('_', '-').replace('args', 'arg').replace('-path', '')}\n`,
        );
        expect(
          (
            await checkSources({ config, credentials: '' }, [
              { name: 'sts-temp', config: new Map([[key, 'x']]) },
            ])
          )[0],
        ).toMatchObject({
          level: 'problem',
          hint: `chmod go-w ${config}`,
        });
      },
    );

    it('is accepted from a file that only the user can write, and other settings from any file', async () => {
      const { home } = homeWith('gauth_mfa_command', 0o600);
      const dialogue = [[/^Google Password: $/, USER.password]] as const;
      expect((await runScenario(organisation(), FLAGS, { home, dialogue })).status).toBe(0);
      const other = homeWith('output', 0o666);
      expect((await runScenario(organisation(), FLAGS, { home: other.home, dialogue })).status).toBe(0);
    });

    it('by a flag is the user’s own, whatever the file', async () => {
      const { home } = homeWith('gauth_mfa_command', 0o666);
      const dialogue = [[/^Google Password: $/, USER.password]] as const;
      const result = await runScenario(organisation(), [...FLAGS, '--mfa-command', 'echo 123456'], {
        home,
        dialogue,
      });
      expect(result.status).toBe(0);
    });

    it('is refused if others can replace the file in its folder, except a sticky one', async () => {
      const { home, config } = homeWith('gauth_mfa_command', 0o600);
      chmodSync(join(home, '.aws'), 0o777);
      expect(await placesWritableByOthers(config)).toMatchObject([{ path: join(home, '.aws') }]);
      chmodSync(join(home, '.aws'), 0o1777);
      expect(await placesWritableByOthers(config)).toEqual([]);
      expect(await placesWritableByOthers('/dev/null')).toEqual([]);
    });

    it("is refused in another user's file", ROOT, async () => {
      const { config } = homeWith('gauth_mfa_command', 0o600);
      chownSync(config, 65534, 65534);
      expect(await placesWritableByOthers(config)).toMatchObject([
        { path: config, why: "is another user's" },
      ]);
    });
  },
);

it('secret variables are those of options that are secrets', () => {
  const secrets = OPTION_NAMES.map(optionRow).filter(({ parse }) => parse === secret);
  expect(secrets.flatMap(({ env }) => env)).toEqual(SECRET_VARIABLES);
});
